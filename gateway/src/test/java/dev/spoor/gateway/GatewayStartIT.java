package dev.spoor.gateway;

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
class GatewayStartIT {
  @TempDir Path data;

  @Test
  void aSettingOfTheWrongTypeIsRefused() {
    assertThat(refused(Map.of("SPOOR_GATEWAY_KEEP_ALIVE", "many")))
        .containsExactly("SPOOR_GATEWAY_KEEP_ALIVE is 'many', expected a time like 30s or 500ms.");
  }

  @Test
  void anUnknownHostIsRefusedAfterAWhile() {
    assertThat(
            refused(
                Map.of(
                    "KAFKA_BOOTSTRAP_SERVERS", "nohost.invalid:9092",
                    "SPOOR_GATEWAY_START_TIMEOUT", "3s")))
        // Shipping and health have their own word on it.
        .last()
        .asString()
        .isEqualTo(
            "No host of KAFKA_BOOTSTRAP_SERVERS, which is 'nohost.invalid:9092', can be resolved"
                + " after 3 s: correct it, or see to it that the name is known here.");
  }

  private List<String> refused(Map<String, String> environment) {
    return RefusedStart.of(GatewayApplication.class, data, environment);
  }
}
