package dev.spoor.worker.slot;

import dev.spoor.contract.job.Priority;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Shares a worker's slots among its queues. Thread-safe.
 *
 * <p>A queue may be polled only under a reservation of a whole batch, because a poll may return
 * that many records and none of them may be handed back for want of a slot. A poller keeps its
 * reservation for as long as its polls come back empty: a share consumer goes on fetching between
 * two polls, and what it acquires then needs a slot too.
 *
 * <p>When slots are short, waiting queues get them in order of priority, but low gets at least one
 * in ten. Bytes are known only after a poll, so the bound on bytes may be exceeded by one batch.
 */
public final class SlotAllocator {
  /** Others may take this many batches while low waits; then it is low's turn. */
  private static final int BATCHES_BEFORE_LOW = 9;

  private static final int MAX_BATCH = 64;

  private final int slots;
  private final long maxBytes;
  private final int batch;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Set<Priority> waiting = EnumSet.noneOf(Priority.class);
  private int used;
  private int reserved;
  private int quarantined;
  private long usedBytes;
  private int takenWhileLowWaits;
  private boolean closed;

  /**
   * @param slots how many jobs may be claimed or run at the same time, at least 4
   * @param maxBytes of their inputs and kept outputs, above 0
   */
  public SlotAllocator(int slots, long maxBytes) {
    if (slots < 4) {
      throw new IllegalArgumentException("slots must be at least 4, was " + slots);
    }
    if (maxBytes <= 0) {
      throw new IllegalArgumentException("maxBytes must be above 0, was " + maxBytes);
    }
    this.slots = slots;
    this.maxBytes = maxBytes;
    // Up to three reservations lie idle when only one queue has work: an eighth of the slots.
    this.batch = Math.clamp(slots / 16, 1, MAX_BATCH);
  }

  /** How many records one poll may return. */
  public int batch() {
    return batch;
  }

  /**
   * Waits until a batch is free and it is this queue's turn.
   *
   * @return false if the allocator was closed meanwhile: nothing is reserved
   */
  public boolean reserve(Priority priority) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      waiting.add(priority);
      try {
        while (!closed && !(fits() && turn() == priority)) {
          changed.await();
        }
      } finally {
        waiting.remove(priority);
        changed.signalAll();
      }
      if (closed) {
        return false;
      }
      reserved += batch;
      if (priority == Priority.LOW) {
        takenWhileLowWaits = 0;
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Turns a reservation into as many slots as a poll gave records, and gives the rest back. */
  public void take(Priority priority, int records, long bytes) {
    lock.lock();
    try {
      reserved -= batch;
      used += records;
      usedBytes += bytes;
      if (priority != Priority.LOW && waiting.contains(Priority.LOW)) {
        takenWhileLowWaits += records;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Gives a reservation back without having polled anything under it. */
  public void giveBack() {
    lock.lock();
    try {
      reserved -= batch;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** A job has ended, or its claim has. */
  public void release(long bytes) {
    lock.lock();
    try {
      used--;
      usedBytes -= bytes;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** A stopped job's code goes on all the same: its slot stays taken until it ends. */
  public void quarantine() {
    lock.lock();
    try {
      quarantined++;
    } finally {
      lock.unlock();
    }
  }

  /** The code of a quarantined job has ended after all; {@link #release} comes on top. */
  public void endQuarantine() {
    lock.lock();
    try {
      quarantined--;
    } finally {
      lock.unlock();
    }
  }

  /** No further reservations; whoever waits for one is woken. */
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** What is taken now. */
  public Load load() {
    lock.lock();
    try {
      return new Load(slots, used, reserved, quarantined, usedBytes);
    } finally {
      lock.unlock();
    }
  }

  /**
   * How slots are used.
   *
   * @param slots all there are
   * @param used claimed or running, quarantined ones included
   * @param reserved by pollers, for what they may find
   * @param quarantined held by code that does not stop
   * @param usedBytes of inputs and kept outputs
   */
  public record Load(int slots, int used, int reserved, int quarantined, long usedBytes) {}

  private boolean fits() {
    return slots - used - reserved >= batch && usedBytes < maxBytes;
  }

  private Priority turn() {
    boolean lowIsDue = takenWhileLowWaits >= BATCHES_BEFORE_LOW * batch;
    if (lowIsDue && waiting.contains(Priority.LOW)) {
      return Priority.LOW;
    }
    // Declared from high to low, and an EnumSet keeps that order.
    return waiting.iterator().next();
  }
}
