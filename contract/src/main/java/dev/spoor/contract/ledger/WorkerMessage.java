package dev.spoor.contract.ledger;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.spoor.contract.job.ClaimId;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobSpec;
import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.job.StepSummary;
import dev.spoor.contract.job.WorkerId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What the ledger tells a worker, on the worker's partition of {@code grants}. Read committed. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = WorkerMessage.Grant.class, name = "grant"),
  @JsonSubTypes.Type(value = WorkerMessage.Refused.class, name = "refused"),
  @JsonSubTypes.Type(value = WorkerMessage.Stop.class, name = "stop")
})
public sealed interface WorkerMessage {
  WorkerId workerId();

  JobId jobId();

  /**
   * The claim has won: run the job, from behind its completed steps.
   *
   * @param epoch fences everything the worker says about the job from now on
   * @param runNo which run of the job; a replay starts the next
   * @param attempt counts from 1 within the run
   * @param queuedAt when it was queued, by the ledger's time
   * @param deadlineAt when the whole job must have ended; null for no limit
   * @param requestId of the submit
   * @param completed steps that need not run again, in the order of their completion
   */
  record Grant(
      WorkerId workerId,
      ClaimId claimId,
      JobId jobId,
      long epoch,
      int runNo,
      int attempt,
      JobSpec spec,
      Instant queuedAt,
      @Nullable Instant deadlineAt,
      RequestId requestId,
      @Nullable String traceparent,
      JsonNode input,
      List<CompletedStep> completed)
      implements WorkerMessage {
    public Grant {
      completed = List.copyOf(completed);
    }
  }

  /** A step that was completed under an earlier grant, with what it gave. */
  record CompletedStep(StepSummary step, JsonNode output) {}

  /** The claim has lost; the record on the queue was out of date. Nothing to do. */
  record Refused(WorkerId workerId, ClaimId claimId, JobId jobId, RefusalReason reason)
      implements WorkerMessage {}

  /** The worker no longer holds this epoch: abort its calls and forget it. */
  record Stop(WorkerId workerId, JobId jobId, long epoch, StopReason reason)
      implements WorkerMessage {}
}
