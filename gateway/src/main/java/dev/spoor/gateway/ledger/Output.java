package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.Priority;
import dev.spoor.contract.ledger.Dispatch;
import dev.spoor.contract.ledger.JobUpdate;
import dev.spoor.contract.ledger.WorkerMessage;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a partition wants written, in the transaction that commits its changes; what goes to a queue
 * may also follow the commit ({@link LedgerPartition#dispatchedWithin}).
 */
public sealed interface Output {
  /**
   * To the queue of this priority.
   *
   * @param traceparent of the job's submit, if there was one
   */
  record Queue(Priority priority, Dispatch dispatch, Instant at, @Nullable String traceparent)
      implements Output {}

  /** To this partition of {@code grants}. */
  record Worker(int partition, WorkerMessage message) implements Output {}

  /**
   * To {@code job-updates}.
   *
   * @param traceparent of the job's submit, if there was one
   */
  record Update(JobUpdate update, @Nullable String traceparent) implements Output {}

  /** To {@code telemetry.ledger}: the fields of one record, {@code source} and {@code seq} too. */
  record Telemetry(String source, long seq, String event, Map<String, Object> fields)
      implements Output {}

  /**
   * To {@code ledger.dead-letters}.
   *
   * @param key of the input
   * @param value of the input, as it came
   * @param jobId the job it was about, if that could be told
   */
  @SuppressWarnings("ArrayRecordComponent") // handed on, never changed or compared
  record DeadLetter(
      long offset,
      byte @Nullable [] key,
      byte @Nullable [] value,
      @Nullable JobId jobId,
      String reason,
      Instant at)
      implements Output {}
}
