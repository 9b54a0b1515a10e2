package dev.spoor.shipper.ingest;

import dev.spoor.telemetry.health.QueueLagGauges;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What became of the records. At rest {@code received = stored + duplicate + dead_lettered +
 * in_flight}. A record is received when it is first taken from the topic, and gets its outcome when
 * that is durable; one that must be read again in between is not received again.
 */
final class IntakeMeters {
  private final Counter received;
  private final Counter stored;
  private final Counter duplicate;
  private final Map<DeadLetterReason, Counter> deadLettered = new EnumMap<>(DeadLetterReason.class);
  private final AtomicLong inFlight = new AtomicLong();
  private final Timer delay;
  private final QueueLagGauges lag;

  IntakeMeters(MeterRegistry registry, String group) {
    lag = new QueueLagGauges(registry, group);
    received =
        Counter.builder("spoor.telemetry.received")
            .description(
                "Records taken from the telemetry topics, and dead letters stored after all")
            .register(registry);
    stored =
        Counter.builder("spoor.telemetry.stored")
            .description("Records that are durable in the store")
            .register(registry);
    duplicate =
        Counter.builder("spoor.telemetry.duplicate")
            .description("Records that had been stored before")
            .register(registry);
    for (DeadLetterReason reason : DeadLetterReason.values()) {
      deadLettered.put(
          reason,
          Counter.builder("spoor.telemetry.dead.lettered")
              .description("Records that cannot be stored and were set aside")
              .tag("reason", reason.wireName())
              .register(registry));
    }
    Gauge.builder("spoor.telemetry.in.flight", inFlight, AtomicLong::get)
        .description("Records that were taken and have no durable outcome yet")
        .register(registry);
    delay =
        Timer.builder("spoor.shipper.delay")
            .description("From a record's timestamp until it can be searched")
            .serviceLevelObjectives(
                Duration.ofMillis(250),
                Duration.ofMillis(500),
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                Duration.ofSeconds(5),
                Duration.ofSeconds(30),
                Duration.ofMinutes(5))
            .register(registry);
  }

  void received(long records) {
    received.increment((double) records);
    inFlight.addAndGet(records);
  }

  void stored(long records) {
    stored.increment((double) records);
    inFlight.addAndGet(-records);
  }

  /** Letters that were handed back and are durable now: received again, and stored. */
  void handedBack(long records) {
    received.increment((double) records);
    stored.increment((double) records);
  }

  void duplicates(long records) {
    duplicate.increment((double) records);
    inFlight.addAndGet(-records);
  }

  void deadLettered(DeadLetterReason reason, long records) {
    Counter counter = deadLettered.get(reason);
    if (counter != null) {
      counter.increment((double) records);
    }
    inFlight.addAndGet(-records);
  }

  void searchable(long delayNanos) {
    delay.record(Math.max(0, delayNanos), TimeUnit.NANOSECONDS);
  }

  QueueLagGauges lag() {
    return lag;
  }
}
