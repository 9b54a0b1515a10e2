package dev.spoor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.testkit.RefusedStart;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A start that cannot be: one sentence and exit code 2. */
@Timeout(120)
class WorkerStartIT {
  @TempDir Path data;

  @Test
  void aSettingOfTheWrongTypeIsRefused() {
    assertThat(refused(Map.of("SPOOR_WORKER_SLOTS", "many")))
        .containsExactly("SPOOR_WORKER_SLOTS is 'many', expected a whole number.");
  }

  @Test
  void anUnknownHostIsRefusedAfterAWhile() {
    assertThat(
            refused(
                Map.of(
                    "KAFKA_BOOTSTRAP_SERVERS", "nohost.invalid:9092",
                    "SPOOR_WORKER_START_TIMEOUT", "3s")))
        // Shipping and health have their own word on it.
        .last()
        .asString()
        .isEqualTo(
            "No host of KAFKA_BOOTSTRAP_SERVERS, which is 'nohost.invalid:9092', can be resolved"
                + " after 3 s: correct it, or see to it that the name is known here.");
  }

  @Test
  void aWrongAddressOfPostgresIsRefusedWithTheSettingsName() {
    assertThat(
            refused(Map.of("SPOOR_MEMORY_URL", "db:5432/spoor", "SPOOR_MEMORY_PASSWORD", "word")))
        .containsExactly(
            "SPOOR_MEMORY_URL is 'db:5432/spoor', expected jdbc:postgresql://host:port/database");
  }

  private List<String> refused(Map<String, String> environment) {
    return RefusedStart.of(WorkerApplication.class, data, environment);
  }
}
