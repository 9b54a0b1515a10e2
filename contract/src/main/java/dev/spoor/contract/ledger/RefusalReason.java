package dev.spoor.contract.ledger;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Why a claim was refused. */
public enum RefusalReason {
  /** The job was dispatched again since. */
  @JsonProperty("outdated_dispatch")
  OUTDATED_DISPATCH,
  /** Another claim came first. */
  @JsonProperty("already_granted")
  ALREADY_GRANTED,
  /** The job is not queued: it waits for its time or its next attempt. */
  @JsonProperty("not_queued")
  NOT_QUEUED,
  /** The job has ended. */
  @JsonProperty("ended")
  ENDED,
  /** The ledger has no such job: it ended long ago and was purged. */
  @JsonProperty("unknown_job")
  UNKNOWN_JOB
}
