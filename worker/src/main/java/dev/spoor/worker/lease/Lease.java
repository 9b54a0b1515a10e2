package dev.spoor.worker.lease;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.ledger.LedgerInput.Held;
import java.time.Duration;

/**
 * The right to run one job under one epoch. Thread-safe.
 *
 * <p>The ledger counts the lease from when Kafka appended the claim, or the last heartbeat that
 * listed the job. Both were sent before they were appended; so this side counts from the sending,
 * and stops at two thirds of the ledger's limit: it is always the first to give up. Times are
 * monotonic, in nanoseconds: they go on while the process is frozen (SIGSTOP), though not while the
 * machine sleeps.
 */
public final class Lease {
  private final Held held;
  private final int partition;
  private final long limitNanos;
  private volatile long confirmedAt;
  private volatile boolean lost;

  Lease(Held held, int partition, Duration limit, long confirmedAt) {
    this.held = held;
    this.partition = partition;
    this.limitNanos = limit.toNanos();
    this.confirmedAt = confirmedAt;
  }

  public JobId jobId() {
    return held.jobId();
  }

  public long epoch() {
    return held.epoch();
  }

  Held held() {
    return held;
  }

  int partition() {
    return partition;
  }

  /** Whether the job may go on. Once false, it stays false. */
  public boolean isValid(long now) {
    // 1. Read the time of the confirmation before the mark. confirm() writes them the other way
    //    round, so whoever sees a confirmation that came too late also sees the mark.
    long at = confirmedAt;
    if (lost) {
      return false;
    }
    if (now - at >= limitNanos) {
      lost = true;
      return false;
    }
    return true;
  }

  /**
   * A heartbeat that lists the job is in the log.
   *
   * @param sentAt when it was sent
   */
  synchronized void confirm(long sentAt) {
    if (sentAt - confirmedAt >= limitNanos) {
      // The gap was too long, though it is closed now: a woken process must not be fooled by the
      // heartbeat that it sent a moment ago.
      lost = true;
    }
    if (sentAt - confirmedAt > 0) {
      confirmedAt = sentAt;
    }
  }

  void lose() {
    lost = true;
  }
}
