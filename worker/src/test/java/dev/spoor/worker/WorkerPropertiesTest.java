package dev.spoor.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class WorkerPropertiesTest {
  @Test
  void hasDefaults() {
    WorkerProperties properties = bind(Map.of());
    assertThat(properties.slots()).isEqualTo(256);
    assertThat(properties.drainTimeout()).isEqualTo(Duration.ofSeconds(25));
    assertThat(properties.maxBytesOr(400)).isEqualTo(100);
  }

  @Test
  void refusesWrongValuesAllAtOnceByName() {
    assertThatThrownBy(() ->
            bind(
                Map.of(
                    "spoor.worker.slots", "3",
                    "spoor.worker.drain-timeout", "-1s",
                    "spoor.worker.heartbeat-interval", "10s")))
        .rootCause()
        .hasMessageContaining("spoor.worker.slots is 3, expected 4 to 100000")
        .hasMessageContaining("spoor.worker.drain-timeout is PT-1S")
        .hasMessageContaining("spoor.worker.heartbeat-interval is PT10S, expected a quarter");
  }

  private static WorkerProperties bind(Map<String, String> values) {
    return new Binder(new MapConfigurationPropertySource(values))
        .bindOrCreate("spoor.worker", WorkerProperties.class);
  }
}
