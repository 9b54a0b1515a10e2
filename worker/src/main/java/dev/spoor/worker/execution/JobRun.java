package dev.spoor.worker.execution;

import dev.spoor.contract.ledger.WorkerMessage.Grant;
import dev.spoor.worker.lease.Lease;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One granted job on this worker, from grant to end. Thread-safe.
 *
 * <p>Whoever works for the run enters and leaves; a halt interrupts whoever is in it. After {@link
 * #leave} a thread is not interrupted for this run any more.
 */
final class JobRun {
  private final Grant grant;
  private final Lease lease;
  private final long bytes;
  private final Clock clock;
  private final LongSupplier nanoTime;
  private final Set<Thread> threads = new HashSet<>();
  private @Nullable Halt halt;
  private long haltedAt;
  private boolean ended;
  private boolean quarantined;
  private boolean released;

  JobRun(Grant grant, Lease lease, long bytes, Clock clock, LongSupplier nanoTime) {
    this.grant = grant;
    this.lease = lease;
    this.bytes = bytes;
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  Grant grant() {
    return grant;
  }

  Lease lease() {
    return lease;
  }

  /** What the run counts for in the byte budget. */
  long bytes() {
    return bytes;
  }

  /** The current thread works for the run from now on. */
  void enter() throws InterruptedException {
    synchronized (this) {
      threads.add(Thread.currentThread());
    }
    check();
  }

  /** The current thread has done its part; its mark of an interrupt is taken away. */
  synchronized void leave() {
    threads.remove(Thread.currentThread());
    var _ = Thread.interrupted();
  }

  /**
   * Stops the run: aborts its calls and lets nothing new begin. The first halt counts.
   *
   * @return whether this was the first, of a run that had not ended
   */
  synchronized boolean halt(Halt reason) {
    if (halt != null || ended) {
      return false;
    }
    halt = reason;
    haltedAt = nanoTime.getAsLong();
    threads.forEach(Thread::interrupt);
    return true;
  }

  synchronized @Nullable Halt halted() {
    return halt;
  }

  /** The run's last word; false if it was the last already. */
  synchronized boolean end() {
    boolean first = !ended;
    ended = true;
    return first;
  }

  synchronized boolean ended() {
    return ended;
  }

  /** Whether the run is to be handed back now: it was halted for a reason of ours, once. */
  synchronized boolean takeRelease() {
    boolean due = !released && (halt == Halt.UNCONFIRMED || halt == Halt.DRAINED);
    released |= due;
    return due;
  }

  /** Whether it was halted that long ago. */
  synchronized boolean haltedFor(long now, Duration time) {
    return halt != null && now - haltedAt >= time.toNanos();
  }

  /** Interrupts whoever else is in the run. */
  synchronized void interruptOthers() {
    for (Thread thread : threads) {
      if (thread != Thread.currentThread()) {
        thread.interrupt();
      }
    }
  }

  /** Marks a halted run that goes on all the same; false if it has ended. */
  synchronized boolean quarantine() {
    if (ended || quarantined) {
      return false;
    }
    quarantined = true;
    return true;
  }

  synchronized boolean quarantined() {
    return quarantined;
  }

  /**
   * Returns if the run may go on: it was not stopped, its lease is valid, its time is not over.
   *
   * @throws InterruptedException if it may not
   */
  void check() throws InterruptedException {
    Halt reason = halted();
    if (reason == null && !lease.isValid(nanoTime.getAsLong())) {
      reason = stopBy(Halt.UNCONFIRMED);
    }
    Instant deadlineAt = grant.deadlineAt();
    if (reason == null && deadlineAt != null && !clock.instant().isBefore(deadlineAt)) {
      reason = stopBy(Halt.DEADLINE);
    }
    if (reason == null && ended()) {
      throw new InterruptedException("the run has ended");
    }
    if (reason != null) {
      throw new InterruptedException("the job was stopped: " + reason.wireName());
    }
  }

  private Halt stopBy(Halt reason) {
    var _ = halt(reason);
    Halt first = halted();
    return first == null ? reason : first;
  }
}
