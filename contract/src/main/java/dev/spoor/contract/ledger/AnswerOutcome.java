package dev.spoor.contract.ledger;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What became of a command. */
public enum AnswerOutcome {
  /** Done: the job was created, cancelled, or queued again. */
  @JsonProperty("done")
  DONE,
  /**
   * A submit of a job that exists, with the same body; or a replay that its call has had already.
   */
  @JsonProperty("replayed")
  REPLAYED,
  /** A submit of a job that exists, with another body. */
  @JsonProperty("body_differs")
  BODY_DIFFERS,
  /** The job's state does not allow it; {@code status} says which it is. */
  @JsonProperty("wrong_state")
  WRONG_STATE,
  /** No such job for this tenant. */
  @JsonProperty("not_found")
  NOT_FOUND,
  /** The ledger's bound on queued jobs is reached. */
  @JsonProperty("queue_full")
  QUEUE_FULL
}
