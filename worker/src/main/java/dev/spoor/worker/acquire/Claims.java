package dev.spoor.worker.acquire;

import dev.spoor.contract.job.ClaimId;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.WorkerId;
import dev.spoor.contract.ledger.Dispatch;
import dev.spoor.contract.ledger.LedgerInput.Claim;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Claims that the ledger has not answered. Thread-safe. Bounded by the slots: each open claim has
 * one.
 */
final class Claims {
  private final WorkerId workerId;
  private final int replyPartition;
  private final LongSupplier nanoTime;
  private final AtomicLong numbers = new AtomicLong();
  private final Map<ClaimId, Open> open = new ConcurrentHashMap<>();

  /**
   * A claim without its answer.
   *
   * @param bytes what the job counts for in the byte budget
   * @param sentAt monotonic nanoseconds
   */
  record Open(ClaimId claimId, JobId jobId, int bytes, long sentAt) {}

  Claims(WorkerId workerId, int replyPartition, LongSupplier nanoTime) {
    this.workerId = workerId;
    this.replyPartition = replyPartition;
    this.nanoTime = nanoTime;
  }

  /** A claim to be sent at once: its answer may come before the sending is known to be done. */
  Claim open(Dispatch dispatch) {
    ClaimId claimId =
        new ClaimId(workerId + "-" + Long.toString(numbers.incrementAndGet(), Character.MAX_RADIX));
    open.put(
        claimId, new Open(claimId, dispatch.jobId(), dispatch.inputBytes(), nanoTime.getAsLong()));
    return new Claim(dispatch.jobId(), dispatch.dispatchNo(), claimId, workerId, replyPartition);
  }

  /** Ends a claim; empty if it had ended already. Whoever gets it owns its slot. */
  Optional<Open> close(ClaimId claimId) {
    return Optional.ofNullable(open.remove(claimId));
  }

  /** Ends the claims that were sent longer ago than the limit. */
  void closeOlderThan(Duration limit, Consumer<Open> closed) {
    long now = nanoTime.getAsLong();
    for (Open claim : List.copyOf(open.values())) {
      if (now - claim.sentAt() >= limit.toNanos() && open.remove(claim.claimId(), claim)) {
        closed.accept(claim);
      }
    }
  }

  int size() {
    return open.size();
  }
}
