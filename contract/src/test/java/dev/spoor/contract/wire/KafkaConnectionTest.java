package dev.spoor.contract.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class KafkaConnectionTest {
  @Test
  void aBrokerThatStandsStillIsLeftBeforeALeaseEnds() {
    // The ledger's lease is 30 s, and so is Kafka's own limit.
    assertThat(KafkaConnection.of("one:9092").with(Map.of()))
        .containsEntry("bootstrap.servers", "one:9092")
        .hasEntrySatisfying(
            "request.timeout.ms", limit -> assertThat((int) limit).isLessThanOrEqualTo(10_000))
        .hasEntrySatisfying(
            "socket.connection.setup.timeout.max.ms",
            limit -> assertThat((int) limit).isLessThanOrEqualTo(5_000));
  }

  @Test
  void aClientsOwnWinsOverTheDefaultsAndTheUsersOverBoth() {
    KafkaConnection connection =
        KafkaConnection.fromEnvironment(
            Map.of(
                "KAFKA_BOOTSTRAP_SERVERS", "one:9092,two:9092",
                "SPOOR_KAFKA_REQUEST_TIMEOUT_MS", "12345"));
    assertThat(connection.with(Map.of("request.timeout.ms", 3_000, "linger.ms", 0)))
        .containsEntry("bootstrap.servers", "one:9092,two:9092")
        .containsEntry("request.timeout.ms", "12345")
        .containsEntry("linger.ms", 0);
    assertThat(KafkaConnection.of("one:9092").with(Map.of("request.timeout.ms", 3_000)))
        .containsEntry("request.timeout.ms", 3_000);
  }

  @Test
  void noRequestOutlastsWhatItIsPartOf() {
    KafkaConnection patient =
        new KafkaConnection("one:9092", Map.of("request.timeout.ms", "60000"));
    assertThat(patient.with(Map.of("delivery.timeout.ms", 2_000, "linger.ms", 0)))
        .containsEntry("request.timeout.ms", 2_000);
    assertThat(patient.with(Map.of("default.api.timeout.ms", 4_000)))
        .containsEntry("request.timeout.ms", 4_000);
    assertThat(patient.with(Map.of("delivery.timeout.ms", 300_000)))
        .containsEntry("request.timeout.ms", "60000");
    // Kafka's own words for what is no number are better than ours.
    assertThat(
            new KafkaConnection("one:9092", Map.of("request.timeout.ms", "a minute"))
                .with(Map.of("delivery.timeout.ms", 2_000)))
        .containsEntry("request.timeout.ms", "a minute");
  }
}
