package dev.spoor.contract.ledger;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.spoor.contract.job.ClaimId;
import dev.spoor.contract.job.JobError;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobSpec;
import dev.spoor.contract.job.Priority;
import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.job.StepSummary;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.job.WorkerId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Everything the ledger reads, on one topic, so that the order of a cancel and a claim is the order
 * in the log. None carries a time that the rules use: time is when Kafka appended the record.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = LedgerInput.Submit.class, name = "submit"),
  @JsonSubTypes.Type(value = LedgerInput.Cancel.class, name = "cancel"),
  @JsonSubTypes.Type(value = LedgerInput.Replay.class, name = "replay"),
  @JsonSubTypes.Type(value = LedgerInput.Claim.class, name = "claim"),
  @JsonSubTypes.Type(value = LedgerInput.StepCompleted.class, name = "step_completed"),
  @JsonSubTypes.Type(value = LedgerInput.AttemptFailed.class, name = "attempt_failed"),
  @JsonSubTypes.Type(value = LedgerInput.Released.class, name = "released"),
  @JsonSubTypes.Type(value = LedgerInput.Heartbeat.class, name = "heartbeat"),
  @JsonSubTypes.Type(value = LedgerInput.Tick.class, name = "tick"),
  @JsonSubTypes.Type(value = LedgerInput.QueueProbe.class, name = "queue_probe")
})
public sealed interface LedgerInput {

  /** An input about one job; its Kafka key is the job id. */
  sealed interface OfJob extends LedgerInput {
    JobId jobId();
  }

  /**
   * A new job, or the same one again.
   *
   * @param bodyHash SHA-256 of the canonical body, hexadecimal: the same key with another body is a
   *     conflict
   * @param idempotent whether the caller gave a key, and so waits for the ledger's answer
   * @param traceparent W3C trace context of the request, if there was one
   * @param input the flow's input, checked by the gateway
   */
  record Submit(
      JobId jobId,
      RequestId requestId,
      @Nullable String traceparent,
      JobSpec spec,
      String bodyHash,
      boolean idempotent,
      JsonNode input)
      implements OfJob {}

  /** Stop a job, whatever it is doing. Another tenant's job looks as if it did not exist. */
  record Cancel(JobId jobId, RequestId requestId, TenantId tenant) implements OfJob {}

  /**
   * Run an ended job again.
   *
   * @param fromStart false keeps the completed steps
   * @param call which replay of many jobs this belongs to: a job that it has replayed last is not
   *     replayed for it again; null for a replay of its own
   */
  record Replay(
      JobId jobId, RequestId requestId, TenantId tenant, boolean fromStart, @Nullable String call)
      implements OfJob {

    /** A replay of its own. */
    public Replay(JobId jobId, RequestId requestId, TenantId tenant, boolean fromStart) {
      this(jobId, requestId, tenant, fromStart, null);
    }
  }

  /**
   * A worker asks for a job that it found on a queue topic.
   *
   * @param dispatchNo of the record it found
   * @param replyPartition partition of {@code grants} that the worker reads
   */
  record Claim(JobId jobId, int dispatchNo, ClaimId claimId, WorkerId workerId, int replyPartition)
      implements OfJob {}

  /**
   * A checkpoint: this step need not run again.
   *
   * @param epoch of the grant under which it ran
   * @param output 256 KiB at most as JSON
   * @param end set on the last step of a run: how the job ends
   */
  record StepCompleted(
      JobId jobId,
      WorkerId workerId,
      long epoch,
      StepSummary step,
      JsonNode output,
      @Nullable End end)
      implements OfJob {}

  /**
   * How a run of a flow ends with its last step; the last step's output is the job's result.
   *
   * @param error null when it succeeded; else the agent said no, and no attempt will change that
   */
  record End(@Nullable JobError error) {}

  /**
   * The attempt ended with a fault.
   *
   * @param retryable false ends the job as {@code failed}; true tries again while attempts are left
   * @param retryAfterMs milliseconds the provider asked to wait, 0 if it did not say
   */
  record AttemptFailed(
      JobId jobId,
      WorkerId workerId,
      long epoch,
      JobError error,
      boolean retryable,
      long retryAfterMs)
      implements OfJob {}

  /** The worker hands the job back, for example because it stops. Does not count as an attempt. */
  record Released(JobId jobId, WorkerId workerId, long epoch, String reason) implements OfJob {}

  /**
   * A worker is alive and holds these jobs of this partition. Sent every 5 s to each partition,
   * also when it holds none.
   *
   * @param leaving true on the last heartbeat: the worker is gone on purpose
   */
  record Heartbeat(WorkerId workerId, List<Held> held, boolean leaving) implements LedgerInput {
    public Heartbeat {
      held = List.copyOf(held);
    }
  }

  /** A job and the epoch under which it is held. */
  record Held(JobId jobId, long epoch) {}

  /** Moves time on in a quiet partition. Written by the partition's owner every second. */
  record Tick() implements LedgerInput {}

  /**
   * What the broker says of a queue: records dispatched before {@code goneBefore} are no longer
   * there to be found, so a job that is still {@code queued} since then has to be dispatched again.
   */
  record QueueProbe(Priority priority, Instant goneBefore) implements LedgerInput {}
}
