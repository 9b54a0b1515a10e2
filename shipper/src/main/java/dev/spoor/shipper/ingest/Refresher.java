package dev.spoor.shipper.ingest;

import dev.spoor.store.TelemetryStore;
import dev.spoor.store.query.TimeSpan;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes committed records searchable while the next ones are taken, and counts how long each was on
 * its way. One refresh at a time, on a thread of its own; used by the intake's thread alone.
 *
 * <p>Each refresh costs a server a segment, and merging it with others later. So records that are
 * late by some time when they are taken may wait as long again, up to {@link #LONGEST_WAIT}: those
 * of a backlog become searchable in fewer and larger portions, and fresh ones with every commit.
 */
final class Refresher implements AutoCloseable {
  static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

  private final TelemetryStore store;
  private final IntakeMeters meters;
  private final Clock clock;
  private final ExecutorService executor =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("shipper-refresh").daemon().factory());

  private @Nullable Refreshing refreshing;

  /** Times of records: first of those that are committed, then of those that are not. */
  private long[] timestamps = new long[1024];

  private int count;
  private int committed;

  /** How late they all were, added up, and how late those that are committed. */
  private long lateMillis;

  private long committedLateMillis;

  private long begunAt;

  /** Whether the last one failed, or nobody knows how it ended. */
  private boolean mustAgain;

  /** Records that are becoming searchable, by their times, and when they were. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Refreshing(Future<Long> done, long[] timestamps) {}

  Refresher(TelemetryStore store, IntakeMeters meters, Clock clock) {
    this.store = store;
    this.meters = meters;
    this.clock = clock;
    this.begunAt = System.nanoTime() - LONGEST_WAIT.toNanos();
  }

  /**
   * A record that the store has taken and not committed yet.
   *
   * @param nanos its own time, since 1970
   * @param late how many milliseconds it had been in its topic; by a clock that is wrong perhaps
   */
  void taken(long nanos, long late) {
    if (count == timestamps.length) {
      timestamps = Arrays.copyOf(timestamps, timestamps.length * 2);
    }
    timestamps[count++] = nanos;
    lateMillis += Math.clamp(late, 0, LONGEST_WAIT.toMillis());
  }

  /** What was taken is committed. */
  void committed() {
    committed = count;
    committedLateMillis = lateMillis;
  }

  /** Whether anything is committed that no refresh has begun for, or one that failed. */
  boolean isOwed() {
    return mustAgain || committed > 0;
  }

  /** Whether it has waited long enough. */
  boolean isDue() {
    return mustAgain
        || (committed > 0
            && System.nanoTime() - begunAt >= TimeUnit.MILLISECONDS.toNanos(lateMillis / count));
  }

  /**
   * Begins with all that is committed. To be called after a commit and before more is taken, by the
   * thread that commits.
   *
   * @throws IOException if the refresh before this one has failed
   */
  void begin() throws IOException {
    await();
    TelemetryStore.Refresh refresh = store.beginRefresh();
    mustAgain = false;
    begunAt = System.nanoTime();
    refreshing =
        new Refreshing(
            executor.submit(() -> {
              refresh.run();
              return TimeSpan.nanos(clock.instant());
            }),
            Arrays.copyOf(timestamps, committed));
    committed = 0;
    count = 0;
    committedLateMillis = 0;
    lateMillis = 0;
  }

  /** Whether a refresh has ended of which {@link #await} has not told yet. */
  boolean hasEnded() {
    return refreshing != null && refreshing.done.isDone();
  }

  /**
   * Returns when what has begun to become searchable is so.
   *
   * @throws IOException if it is not; also if the thread is interrupted, which it then still is
   */
  void await() throws IOException {
    Refreshing last = refreshing;
    if (last == null) {
      return;
    }
    refreshing = null;
    try {
      long at = last.done.get();
      for (long timestamp : last.timestamps) {
        meters.searchable(at - timestamp);
      }
    } catch (ExecutionException failed) {
      mustAgain = true;
      throw new IOException("what was stored is not searchable yet: " + failed.getCause(), failed);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while records became searchable", stop);
    }
  }

  /**
   * Forgets what is not committed, and does not wait any more for what has begun. What is committed
   * is part of the next refresh, which is owed at once if one had begun.
   */
  void forget() {
    mustAgain |= refreshing != null;
    refreshing = null;
    count = committed;
    lateMillis = committedLateMillis;
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
