package dev.spoor.telemetry.tracing;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * What became of spans, as meters: {@code ended = exported + dropped + in.queue}. Sampled ones
 * only. Thread-safe.
 */
public final class SpanCounts implements MeterBinder {
  private final LongAdder ended = new LongAdder();
  private final LongAdder exported = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final LongAdder notSent = new LongAdder();
  private final AtomicLong inQueue = new AtomicLong();

  /**
   * Counts a span that has ended.
   *
   * @param max how many may wait
   * @return whether it may wait too; if not it is counted as dropped
   */
  public boolean enter(int max) {
    ended.increment();
    if (inQueue.incrementAndGet() > max) {
      inQueue.decrementAndGet();
      dropped.increment();
      return false;
    }
    return true;
  }

  /** So many that waited have arrived. */
  public void exported(int spans) {
    exported.add(spans);
    inQueue.addAndGet(-spans);
  }

  /** So many that waited could not be sent. */
  public void notSent(int spans) {
    notSent.add(spans);
    inQueue.addAndGet(-spans);
  }

  /** How many wait. */
  public long inQueue() {
    return inQueue.get();
  }

  /** How many were given up, for whatever reason. */
  public long lost() {
    return dropped.sum() + notSent.sum();
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    FunctionCounter.builder("spoor.tracing.ended", ended, LongAdder::sum)
        .description("Sampled spans that have ended")
        .register(registry);
    FunctionCounter.builder("spoor.tracing.exported", exported, LongAdder::sum)
        .description("Spans that the collector has taken")
        .register(registry);
    FunctionCounter.builder("spoor.tracing.dropped", dropped, LongAdder::sum)
        .description("Spans given up")
        .tag("reason", "queue_full")
        .register(registry);
    FunctionCounter.builder("spoor.tracing.dropped", notSent, LongAdder::sum)
        .description("Spans given up")
        .tag("reason", "not_sent")
        .register(registry);
    Gauge.builder("spoor.tracing.in.queue", inQueue, AtomicLong::doubleValue)
        .description("Spans that wait to be exported, those under way included")
        .register(registry);
  }
}
