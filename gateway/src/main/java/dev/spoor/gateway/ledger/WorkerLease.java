package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.WorkerId;
import dev.spoor.contract.ledger.LedgerInput.Heartbeat;
import dev.spoor.contract.ledger.LedgerInput.Held;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one worker's heartbeats said in this partition.
 *
 * <p>A heartbeat that no longer lists a job does not end the job's lease: it may have been written
 * before the grant arrived. It only does not extend it; so what was listed before is kept with its
 * time until that is older than the lease.
 *
 * @param lastAt when the last heartbeat was appended
 * @param leaving whether the worker said that it goes. It stays so: a worker that starts again has
 *     another id, so a later heartbeat is an old one that was delayed
 * @param held listed in the last heartbeat
 * @param before listed in an earlier one, and not since
 */
public record WorkerLease(
    WorkerId workerId, Instant lastAt, boolean leaving, List<Held> held, List<Before> before) {
  /** A job that was listed at {@code lastAt} for the last time. */
  public record Before(JobId jobId, long epoch, Instant lastAt) {}

  public WorkerLease {
    held = List.copyOf(held);
    before = List.copyOf(before);
  }

  static WorkerLease after(
      @Nullable WorkerLease last, Heartbeat heartbeat, Instant at, Duration leaseTimeout) {
    if (last == null) {
      return new WorkerLease(
          heartbeat.workerId(), at, heartbeat.leaving(), heartbeat.held(), List.of());
    }
    List<Before> before = new ArrayList<>();
    if (!last.held.isEmpty() || !last.before.isEmpty()) {
      Set<Held> now = new HashSet<>(heartbeat.held());
      for (Held held : last.held) {
        if (!now.contains(held)) {
          before.add(new Before(held.jobId(), held.epoch(), last.lastAt));
        }
      }
      for (Before old : last.before) {
        if (!now.contains(new Held(old.jobId(), old.epoch()))
            && at.isBefore(old.lastAt.plus(leaseTimeout))) {
          before.add(old);
        }
      }
    }
    return new WorkerLease(
        heartbeat.workerId(), at, last.leaving || heartbeat.leaving(), heartbeat.held(), before);
  }

  /** When the worker listed this job under this epoch for the last time; null if it never did. */
  @Nullable Instant listedAt(JobId jobId, long epoch) {
    if (held.contains(new Held(jobId, epoch))) {
      return lastAt;
    }
    for (Before old : before) {
      if (old.epoch == epoch && old.jobId.equals(jobId)) {
        return old.lastAt;
      }
    }
    return null;
  }
}
