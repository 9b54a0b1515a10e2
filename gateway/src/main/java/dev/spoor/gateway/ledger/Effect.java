package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.Priority;
import dev.spoor.contract.ledger.Dispatch;
import dev.spoor.contract.ledger.JobUpdate;
import dev.spoor.contract.ledger.WorkerMessage;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a rule wants done besides the new state. All of a record's effects happen, or none. */
sealed interface Effect {
  /** Send the job to its queue. */
  record Enqueue(Priority priority, Dispatch dispatch) implements Effect {}

  /** Tell the holder that it has the job. Input and outputs are put in by the partition. */
  record Give(JobState state) implements Effect {}

  /** Tell a worker. */
  record Tell(int replyPartition, WorkerMessage message) implements Effect {}

  /** Tell everyone. */
  record Publish(JobUpdate update) implements Effect {}

  /** Write a record of the trail. */
  record Trail(
      String event, String level, String message, Instant at, JobState state, Map<String, ?> more)
      implements Effect {}

  /** Keep something that is written once. The bytes are handed on, never changed or compared. */
  @SuppressWarnings("ArrayRecordComponent")
  record Keep(DataKey key, byte[] data) implements Effect {}

  /** Forget what was kept. */
  record Drop(DataKey key) implements Effect {}

  /**
   * The input changes nothing, and why. For the operator: the sender does not wait for it.
   *
   * @param jobId null if the input was about none
   */
  record Refuse(@Nullable JobId jobId, String why) implements Effect {}
}
