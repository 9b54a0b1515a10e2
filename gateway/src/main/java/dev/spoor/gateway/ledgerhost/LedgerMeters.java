package dev.spoor.gateway.ledgerhost;

import dev.spoor.gateway.ledger.JobState;
import dev.spoor.gateway.ledger.Noted;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;

/**
 * Counts what the ledger has committed here; the sum over all gateways is the whole. Depth and age
 * are shown by who reads the counts of all partitions.
 */
final class LedgerMeters {
  private final MeterRegistry registry;
  private final Counter refused;
  private final Counter deadLettered;
  private final Timer transaction;
  private final Counter aborted;

  LedgerMeters(MeterRegistry registry) {
    this.registry = registry;
    this.refused = registry.counter("spoor.ledger.refused");
    this.deadLettered = registry.counter("spoor.ledger.dead.lettered");
    this.aborted = registry.counter("spoor.ledger.aborted");
    this.transaction = registry.timer("spoor.ledger.transaction");
  }

  void transaction(long nanos) {
    transaction.record(Duration.ofNanos(nanos));
  }

  void aborted() {
    aborted.increment();
  }

  void noted(Noted noted) {
    switch (noted) {
      case Noted.Started started -> started(started.job());
      case Noted.Ended ended -> ended(ended.job());
      case Noted.Refused ignored -> refused.increment();
      case Noted.DeadLettered ignored -> deadLettered.increment();
    }
  }

  private void started(JobState job) {
    if (job.holder() != null && job.queuedAt() != null) {
      registry
          .timer("spoor.job.queue.time", tags(job))
          .record(between(job.queuedAt(), job.holder().grantedAt()));
    }
  }

  private void ended(JobState job) {
    registry.counter("spoor.jobs", tags(job)).increment();
    if (job.endedAt() != null) {
      registry.timer("spoor.job.duration", tags(job)).record(between(job.runAt(), job.endedAt()));
    }
  }

  private static Duration between(Instant from, Instant to) {
    return to.isAfter(from) ? Duration.between(from, to) : Duration.ZERO;
  }

  private static Tags tags(JobState job) {
    return Tags.of(
        "flow",
        job.spec().flow().value(),
        "status",
        job.status().wireName(),
        "priority",
        job.spec().priority().wireName());
  }
}
