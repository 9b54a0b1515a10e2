package dev.spoor.telemetry.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.contract.wire.KafkaConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KafkaHostsTest {
  private static final Duration PAUSE = Duration.ofMillis(1);

  @Test
  void waitsUntilOneOfTheNamesIsKnown() {
    List<String> asked = new ArrayList<>();
    KafkaHosts.await(
        KafkaConnection.of("one:9092, [::1]:9093,SASL_SSL://two.example:9094"),
        Duration.ofSeconds(30),
        host -> {
          asked.add(host);
          return asked.size() == 6;
        },
        PAUSE);
    assertThat(asked).containsExactly("one", "::1", "two.example", "one", "::1", "two.example");
  }

  @Test
  void givesUpWithASentence() {
    assertThatThrownBy(() ->
            KafkaHosts.await(
                KafkaConnection.of("nohost.invalid:9092"), Duration.ZERO, _ -> false, PAUSE))
        .isInstanceOf(StartFailure.class)
        .hasMessageContaining("KAFKA_BOOTSTRAP_SERVERS, which is 'nohost.invalid:9092', can be")
        .hasMessageContaining("after 0 s");
  }

  @Test
  void refusesWhatNoNameCanMend() {
    for (String wrong : List.of("kafka", "kafka:", ":9092", "kafka:9092,other")) {
      assertThatThrownBy(
              () -> KafkaHosts.await(KafkaConnection.of(wrong), Duration.ZERO, _ -> true, PAUSE))
          .as(wrong)
          .isInstanceOf(RefusedSettings.class)
          .hasMessageContaining("'" + wrong + "', expected host:port");
    }
  }
}
