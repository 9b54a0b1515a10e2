package dev.spoor.shipper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.spoor.contract.wire.Json;
import dev.spoor.testkit.TestBroker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@Timeout(120)
class ShipperIT {
  private static final TestBroker BROKER = TestBroker.shared();
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private Path data;
  private TestShipper shipper;

  @BeforeEach
  void start() throws Exception {
    shipper = new TestShipper(BROKER.connection(), BROKER.freshTopics(), data, Map.of()).start();
  }

  @AfterEach
  void stop() {
    shipper.close();
  }

  @Test
  void aRecordCanBeSearchedSoonAndOnce() throws Exception {
    byte[] json =
        Json.write(TestShipper.record("s", 1, Map.of("custom", Map.of("a", 1), "level", "ERROR")));
    shipper.send(shipper.topics().telemetry(), "s", 1L, json);
    shipper.send(shipper.topics().telemetry(), "s", 1L, json);
    shipper.emit(shipper.topics().telemetryLedger(), "ledger-0", 1, Map.of("level", "ERROR"));
    await()
        .atMost(SOON)
        .untilAsserted(() -> {
          assertThat(shipper.logs("level:ERROR")).hasSize(2);
          assertThat(shipper.meter("spoor.telemetry.duplicate")).isEqualTo(1);
        });
    assertThat(shipper.get("/v1/logs?q=custom.a:1").body())
        .isEqualTo("{\"records\":[" + new String(json, StandardCharsets.UTF_8) + "]}");
    assertThat(shipper.equationHolds()).isTrue();
    assertThat(shipper.meter("spoor.telemetry.in.flight")).isZero();
  }

  @Test
  void shuffledAndRepeatedRecordsAreEachStoredOnceAndAudited() throws Exception {
    List<Long> order = new ArrayList<>(LongStream.rangeClosed(1, 300).boxed().toList());
    order.addAll(order.subList(50, 150));
    order.remove(Long.valueOf(7));
    Collections.shuffle(order, new Random(5));
    for (long seq : order) {
      shipper.emit("shuffled", seq, Map.of());
    }
    shipper.emit(
        "keep",
        1,
        Map.of("event", "gap", "gap_source", "shuffled", "from", 7, "to", 7, "reason", "full"));
    shipper.emit("shuffled", 301, Map.of("event", "source.closed", "last_seq", 300));
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(source("shuffled").path("state").asString()).isEqualTo("complete"));
    JsonNode source = source("shuffled");
    assertThat(source.path("stored").asLong()).isEqualTo(300);
    assertThat(source.path("duplicates").asLong()).isEqualTo(100);
    assertThat(source.path("dropped").path("full").asLong()).isEqualTo(1);
    assertThat(source.path("missing").isEmpty()).isTrue();
    assertThat(shipper.logs("source:shuffled")).hasSize(300);
    assertThat(shipper.json("/v1/audit").path("complete").asBoolean()).isTrue();
    assertThat(shipper.equationHolds()).isTrue();
  }

  @Test
  void whatIsMissingIsNamed() throws Exception {
    for (long seq : new long[] {1, 2, 5, 9}) {
      shipper.emit("holes", seq, Map.of());
    }
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(source("holes").path("missing").toString())
                .isEqualTo("[{\"from\":3,\"to\":4},{\"from\":6,\"to\":8}]"));
    assertThat(shipper.json("/v1/audit").path("complete").asBoolean(true)).isFalse();
    shipper.emit("holes", 3, Map.of());
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(source("holes").path("missing").toString())
                .isEqualTo("[{\"from\":4,\"to\":4},{\"from\":6,\"to\":8}]"));
  }

  @Test
  void poisonOfEveryKindIsSetAsideAndStopsNothing() throws Exception {
    String telemetry = shipper.topics().telemetry();
    String deep =
        "{\"source\":\"p\",\"seq\":5,\"a\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}";
    String wide =
        LongStream.range(0, 10_000)
            .mapToObj(i -> "\"f" + i + "\":" + i)
            .collect(Collectors.joining(",", "{\"source\":\"p\",\"seq\":6,", "}"));
    byte[] large = new byte[10_000_000];
    Arrays.fill(large, (byte) 'x');
    shipper.send(telemetry, "p", 1L, bytes("{\"source\":\"p\",\"seq\":1,"));
    shipper.send(telemetry, "p", 2L, new byte[] {'{', '"', (byte) 0xc3, (byte) 0x28, '"', '}'});
    shipper.send(telemetry, "p", 3L, new byte[0]);
    shipper.send(telemetry, "p", 4L, null);
    shipper.send(telemetry, "p", 5L, bytes(deep));
    shipper.send(telemetry, "p", 6L, bytes(wide));
    shipper.send(telemetry, "p", 7L, large);
    shipper.send(telemetry, "p", 8L, bytes("{\"source\":\"p\",\"seq\":8,\"a\":\"\u0001\n\"}"));
    shipper.send(telemetry, "p", 9L, bytes("[1,2]"));
    shipper.send(telemetry, "p", 10L, bytes("{\"source\":\"p\",\"seq\":10,\"a\":1,\"a\":2}"));
    shipper.send(telemetry, "p", null, bytes("{\"message\":\"nobody's\"}"));
    shipper.send(telemetry, "q", null, bytes("{\"source\":\"p\",\"seq\":11}"));
    shipper.send(telemetry, "p", null, bytes("{\"source\":\"p\",\"seq\":-1}"));
    shipper.send(telemetry, "p", 1L, bytes("again, as after a retry"));
    shipper.emit("p", 11, Map.of("message", "good"));
    await()
        .atMost(SOON)
        .untilAsserted(() -> {
          assertThat(shipper.logs("source:p")).hasSize(1);
          assertThat(shipper.meter("spoor.telemetry.dead.lettered")).isEqualTo(13);
          assertThat(shipper.meter("spoor.telemetry.in.flight")).isZero();
        });
    Map<String, Long> reasons =
        shipper.deadLetters().stream()
            .collect(
                Collectors.groupingBy(
                    letter -> TestShipper.header(letter, "reason"), Collectors.counting()));
    assertThat(reasons)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "not_json", 3L,
                "bad_utf8", 1L,
                "empty", 2L,
                "too_deep", 1L,
                "too_many_fields", 1L,
                "too_large", 1L,
                "not_an_object", 1L,
                "no_identity", 2L,
                "wrong_key", 1L));
    // None of them is missed: their keys and headers say whose they were.
    assertThat(source("p").path("state").asString()).isEqualTo("open");
    assertThat(source("p").path("dead_lettered").asLong()).isEqualTo(10);
    assertThat(source("p").path("duplicates").asLong()).isEqualTo(1);
    assertThat(shipper.equationHolds()).isTrue();
  }

  @Test
  void aDeadLetterHasTheOriginalBytesWithoutSecrets() throws Exception {
    byte[] bytes = "x".getBytes(StandardCharsets.UTF_8);
    byte[] value =
        concat(
            new byte[] {(byte) 0xff, (byte) 0xfe},
            bytes("{\"password\":\"hunter2hunter2\", "),
            bytes);
    shipper.send(shipper.topics().telemetry(), "d", 1L, value);
    await().atMost(SOON).until(() -> shipper.meter("spoor.telemetry.dead.lettered") == 1);
    ConsumerRecord<byte[], byte[]> letter = shipper.deadLetters().getFirst();
    String text = new String(letter.value(), StandardCharsets.ISO_8859_1);
    assertThat(text)
        .startsWith("\u00ff\u00fe{\"password\":")
        .endsWith("x")
        .doesNotContain("hunter2");
    assertThat(new String(letter.key(), StandardCharsets.UTF_8)).isEqualTo("d-1");
    assertThat(TestShipper.header(letter, "origin"))
        .matches(java.util.regex.Pattern.quote(shipper.topics().telemetry()) + "/[01]@0");
    assertThat(TestShipper.header(letter, "reason")).isEqualTo("bad_utf8");
  }

  @Test
  void aRestartGoesOnWhereItWas() throws Exception {
    for (long seq = 1; seq <= 50; seq++) {
      shipper.emit("r", seq, Map.of());
    }
    await().atMost(SOON).until(() -> shipper.logs("source:r").size() == 50);
    shipper.stop();
    for (long seq = 41; seq <= 100; seq++) {
      shipper.emit("r", seq, Map.of());
    }
    shipper.start();
    await().atMost(SOON).until(() -> shipper.logs("source:r").size() == 100);
    await()
        .atMost(SOON)
        .untilAsserted(() -> {
          assertThat(shipper.meter("spoor.telemetry.received")).isEqualTo(60);
          assertThat(shipper.meter("spoor.telemetry.duplicate")).isEqualTo(10);
          assertThat(shipper.meter("spoor.telemetry.stored")).isEqualTo(50);
        });
    assertThat(source("r").path("duplicates").asLong()).isEqualTo(10);
  }

  @Test
  void aBadTimestampIsRepairedAndTheOriginalKept() throws Exception {
    shipper.emit("t", 1, Map.of("timestamp", "yesterday"));
    shipper.emit("t", 2, Map.of("timestamp", "1999-01-01T00:00:00Z"));
    shipper.emit("t", 3, Map.of("timestamp", 12));
    await().atMost(SOON).until(() -> shipper.logs("source:t AND timestamp:>now-5m").size() == 3);
    assertThat(shipper.logs("timestamp_original:yesterday"))
        .singleElement()
        .satisfies(record -> assertThat(record.path("timestamp").asString()).startsWith("20"));
  }

  @Test
  void healthNamesKafkaTheStoreAndTheDisk() {
    await()
        .atMost(SOON)
        .untilAsserted(() -> {
          JsonNode health = shipper.json("/health");
          assertThat(health.path("status").asString()).isEqualTo("healthy");
          assertThat(health.path("dependencies"))
              .isEqualTo(
                  Json.mapper()
                      .valueToTree(
                          Map.of("kafka", "healthy", "store", "healthy", "disk", "healthy")));
        });
  }

  @Test
  void aSecondShipperOnTheSameStoreIsRefused() {
    assertThatThrownBy(
            () -> {
              try (TestShipper second =
                  new TestShipper(BROKER.connection(), BROKER.freshTopics(), data, Map.of())) {
                second.start();
              }
            })
        .rootCause()
        .hasMessageMatching(
            "(?s).*(in use by another process|Lock held by this virtual machine).*");
  }

  private JsonNode source(String name) throws Exception {
    for (JsonNode source : shipper.json("/v1/audit").path("sources")) {
      if (source.path("source").asString().equals(name)) {
        return source;
      }
    }
    return Json.tree(bytes("{}"));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] concat(byte[]... parts) {
    var all = new java.io.ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
