package dev.spoor.telemetry.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

class QueueLagGaugesTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final QueueLagGauges workers = new QueueLagGauges(registry, "workers");

  @Test
  void allGroupsOfAProcessAreOneMetric() {
    workers.set("jobs", 0, 7);
    new QueueLagGauges(registry, "store").set("telemetry", 3, 0);
    assertThat(registry.getMeters())
        .extracting(Meter::getId)
        .allSatisfy(id -> {
          assertThat(id.getName()).isEqualTo("spoor.queue.lag");
          // Part of the name that Prometheus sees.
          assertThat(id.getBaseUnit()).isEqualTo("records");
        })
        .extracting(
            id -> id.getTag("group") + "/" + id.getTag("topic") + "/" + id.getTag("partition"))
        .containsExactlyInAnyOrder("workers/jobs/0", "store/telemetry/3");
  }

  @Test
  void whatIsNotKnownHereIsNotZero() {
    workers.set("jobs", 0, 7);
    workers.set("jobs", 1, 8);
    workers.unknown("jobs", 0);
    assertThat(value(0)).isNaN();
    assertThat(value(1)).isEqualTo(8);
    workers.unknown();
    assertThat(value(1)).isNaN();
    workers.set("jobs", 1, 0);
    assertThat(value(1)).isZero();
  }

  private double value(int partition) {
    return registry
        .get("spoor.queue.lag")
        .tag("partition", Integer.toString(partition))
        .gauge()
        .value();
  }
}
