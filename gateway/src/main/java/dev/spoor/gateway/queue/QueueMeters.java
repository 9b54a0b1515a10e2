package dev.spoor.gateway.queue;

import dev.spoor.contract.job.JobStatus;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** Depth and age as gauges. Not a number while they are not known, never zero. */
public final class QueueMeters implements MeterBinder {
  private final QueueTable table;
  private final Clock clock;

  public QueueMeters(QueueTable table, Clock clock) {
    this.table = table;
    this.clock = clock;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    for (JobStatus status : JobStatus.values()) {
      if (!status.ended()) {
        Gauge.builder("spoor.queue.depth", table, it -> depth(it, status))
            .description("Jobs in this state, as the ledger counts them")
            .tag("state", status.wireName())
            .register(registry);
      }
    }
    Gauge.builder("spoor.queue.oldest.age", table, this::oldestAge)
        .description("How long the job waits for a worker that waits longest")
        .tag("state", JobStatus.QUEUED.wireName())
        .baseUnit("seconds")
        .register(registry);
  }

  private static double depth(QueueTable table, JobStatus status) {
    QueueTable.Total total = table.total();
    return total.complete() ? total.count(status) : Double.NaN;
  }

  private double oldestAge(QueueTable table) {
    QueueTable.Total total = table.total();
    if (!total.complete()) {
      return Double.NaN;
    }
    Instant oldest = total.oldestQueuedAt();
    return oldest == null
        ? 0
        : Math.max(0, Duration.between(oldest, clock.instant()).toMillis() / 1e3);
  }
}
