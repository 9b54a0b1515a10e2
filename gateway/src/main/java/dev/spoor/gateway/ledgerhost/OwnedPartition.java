package dev.spoor.gateway.ledgerhost;

import dev.spoor.gateway.ledger.LedgerPartition;
import dev.spoor.gateway.ledger.PartitionFacts;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A partition of {@code ledger-in} that this process owns. The ledger's thread changes it; others
 * look at {@link #snapshot} and wait at {@link #awaitRead}.
 */
final class OwnedPartition {
  final int partition;

  /** Null until the store is open; the store may close at any time after. */
  volatile @Nullable RocksStore store;

  /** Null while the changelog is being read back. Ledger's thread only. */
  @Nullable LedgerPartition rules;

  /** Null while the changelog is being read back. Ledger's thread only. */
  @Nullable Restore restore;

  /** Since when its committed offset cannot be had; 0 if it can. Ledger's thread only. */
  long unstableSince;

  /** When that was last told. Ledger's thread only. */
  long unstableToldAt;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();
  private volatile @Nullable Snapshot snapshot;
  private boolean lost;

  OwnedPartition(int partition) {
    this.partition = partition;
  }

  /**
   * What is committed.
   *
   * @param oldestQueuedAt as of the last tick
   */
  record Snapshot(
      PartitionFacts facts,
      @Nullable Instant oldestQueuedAt,
      @Nullable Instant oldestDispatchedAt,
      List<String> workers) {}

  /** Null while the partition is not served. */
  @Nullable Snapshot snapshot() {
    return snapshot;
  }

  void committed(Snapshot now) {
    lock.lock();
    try {
      snapshot = now;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void suspended() {
    snapshot = null;
  }

  /** It moves to another owner. */
  void lost() {
    lock.lock();
    try {
      lost = true;
      snapshot = null;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until everything before {@code end} is applied and committed.
   *
   * @return whether it is; false when time is up or the partition has moved
   */
  boolean awaitRead(long end, long nanos) throws InterruptedException {
    long left = nanos;
    lock.lockInterruptibly();
    try {
      while (true) {
        Snapshot now = snapshot;
        if (now != null && now.facts().nextOffset() >= end) {
          return true;
        }
        if (lost || left <= 0) {
          return false;
        }
        left = moved.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }
}
