package dev.spoor.telemetry.shipping;

import dev.spoor.telemetry.journal.DropReason;
import dev.spoor.telemetry.journal.Journals;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * The emitter's equation as meters: {@code logged = shipped + dropped + in.journal}. Read from the
 * journals at every scrape, so there is no second book to keep.
 */
public final class ShippingMeters implements MeterBinder {
  private final Journals journals;

  public ShippingMeters(Journals journals) {
    this.journals = journals;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    FunctionCounter.builder("spoor.telemetry.logged", journals, j -> j.counts().logged())
        .description("Records logged here or inherited from a dead process")
        .register(registry);
    FunctionCounter.builder("spoor.telemetry.shipped", journals, j -> j.counts().shipped())
        .description("Records that Kafka has acknowledged")
        .register(registry);
    for (DropReason reason : DropReason.values()) {
      FunctionCounter.builder("spoor.telemetry.dropped", journals, j -> j.counts().dropped(reason))
          .description("Records given up")
          .tag("reason", reason.wireName())
          .register(registry);
    }
    Gauge.builder("spoor.telemetry.in.journal", journals, j -> j.counts().inJournal())
        .description("Records logged and neither shipped nor dropped")
        .register(registry);
    Gauge.builder("spoor.journal.size", journals, j -> j.counts().bytes())
        .description("What the journals use on disk, or in memory in its place")
        .baseUnit("bytes")
        .register(registry);
    FunctionCounter.builder("spoor.journal.force.failures", journals, Journals::forceFailures)
        .description("Times that the disk refused what SPOOR_JOURNAL_FSYNC wants")
        .register(registry);
  }
}
