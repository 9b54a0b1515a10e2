package dev.spoor.shipper;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.store.TelemetryStore;
import dev.spoor.store.lucene.LuceneStore;
import dev.spoor.testkit.RefusedStart;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A start that cannot be: one sentence and exit code 2. */
@Timeout(120)
class ShipperStartIT {
  @TempDir Path data;

  @Test
  void aSettingOfTheWrongTypeIsRefused() {
    assertThat(refused(Map.of("SPOOR_SHIPPER_MAX_TAILS", "many")))
        .containsExactly("SPOOR_SHIPPER_MAX_TAILS is 'many', expected a whole number.");
  }

  @Test
  void aStoreInUseIsRefused() throws Exception {
    Path dir = data.resolve("store").resolve("lucene");
    try (TelemetryStore _ = LuceneStore.open(dir)) {
      assertThat(refused(Map.of()))
          .containsExactly(
              "The store in "
                  + dir
                  + " is in use by another process: stop that one, or set SPOOR_DATA_DIR to"
                  + " another directory");
    }
  }

  @Test
  void aKafkaThatIsNoAddressIsRefused() {
    assertThat(refused(Map.of("KAFKA_BOOTSTRAP_SERVERS", "kafka")))
        // Health has its own word on it.
        .last()
        .asString()
        .isEqualTo(
            "KAFKA_BOOTSTRAP_SERVERS is 'kafka', expected host:port, or several with commas"
                + " between them");
  }

  @Test
  void rulesWithFaultsAreRefusedAllAtOnce() throws Exception {
    Path rules =
        Files.writeString(data.resolve("rules.yaml"), "rules:\n  - name: A\n    for: ever\n");
    assertThat(refused(Map.of("SPOOR_ALERTS_RULES_FILE", rules.toString())))
        .last()
        .asString()
        .startsWith("SPOOR_ALERTS_RULES_FILE " + rules + " has faults")
        .contains("line 2 /rules/0/metric: is missing", "line 3 /rules/0/for: is 'ever'");
    assertThat(refused(Map.of("SPOOR_ALERTS_RULES_FILE", "none.yaml")))
        .last()
        .asString()
        .isEqualTo(
            "SPOOR_ALERTS_RULES_FILE is 'none.yaml', expected a file of rules in UTF-8 that can be"
                + " read");
  }

  @Test
  void aWebhookThatIsNoAddressIsRefusedWithoutShowingIt() {
    assertThat(refused(Map.of("SPOOR_ALERTS_WEBHOOK_URL", "hooks/T0/s3cr3t")))
        .last()
        .asString()
        .contains("spoor.alerts.webhook-url is not shown, expected an http:// or https://")
        .doesNotContain("s3cr3t");
  }

  private List<String> refused(Map<String, String> environment) {
    return RefusedStart.of(ShipperApplication.class, data, environment);
  }
}
