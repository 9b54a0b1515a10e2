package dev.spoor.shipper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.spoor.contract.wire.Headers;
import dev.spoor.contract.wire.Json;
import dev.spoor.testkit.TestBroker;
import dev.spoor.testkit.TestElasticsearch;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The server is killed while records come, and comes back. */
@Timeout(300)
class ElasticsearchOutageIT {
  @RegisterExtension static final TestElasticsearch ELASTICSEARCH = TestElasticsearch.ofItsOwn();

  private static final TestBroker BROKER = TestBroker.shared();
  private static final int SOURCES = 4;
  private static final int BEFORE = 500;
  private static final int DURING = 10_000;

  @TempDir private Path data;

  @Test
  void recordsWaitInKafkaAndAreEachStoredOnce() throws Exception {
    try (TestShipper shipper =
        new TestShipper(
                BROKER.connection(),
                BROKER.freshTopics(),
                data,
                Map.of(
                    ElasticsearchSettings.URIS,
                    ELASTICSEARCH.uri().toString(),
                    "spoor.elasticsearch.prefix",
                    TestElasticsearch.freshPrefix(),
                    "spoor.elasticsearch.patience",
                    "2s",
                    "spoor.shipper.max-backoff",
                    "1s"))
            .start()) {
      emit(shipper, 1, BEFORE);
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> shipper.meter("spoor.telemetry.stored") == SOURCES * BEFORE);
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> {
            assertThat(shipper.json("/health").path("dependencies").path("store").asString())
                .isEqualTo("healthy");
            assertThat(shipper.logs("n:7")).hasSize(SOURCES);
          });

      ELASTICSEARCH.kill();
      emit(shipper, BEFORE + 1, BEFORE + DURING);
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> {
            JsonNode health = shipper.json("/health");
            assertThat(health.path("dependencies").path("store").asString()).isEqualTo("unhealthy");
            assertThat(health.path("status").asString()).isEqualTo("degraded");
          });
      assertThat(shipper.get("/v1/logs?q=n:7").statusCode()).isEqualTo(503);
      // What is in memory is one poll at most, however much waits.
      double most = 0;
      long deadline = System.nanoTime() + Duration.ofSeconds(8).toNanos();
      while (System.nanoTime() - deadline < 0) {
        most = Math.max(most, shipper.meter("spoor.telemetry.in.flight"));
        Thread.sleep(50);
      }
      assertThat(most).isBetween(1.0, 2_000.0);
      assertThat(shipper.equationHolds()).isTrue();

      ELASTICSEARCH.startAgain();
      long all = SOURCES * (long) (BEFORE + DURING);
      await()
          .atMost(Duration.ofMinutes(2))
          .untilAsserted(() -> {
            JsonNode audit = shipper.json("/v1/audit");
            long stored = 0;
            for (JsonNode source : audit.path("sources")) {
              stored += source.path("stored").asLong();
              assertThat(source.path("missing").isEmpty()).isTrue();
            }
            assertThat(stored).isEqualTo(all);
            assertThat(audit.path("complete").asBoolean()).isTrue();
          });
      assertThat(shipper.meter("spoor.telemetry.in.flight")).isZero();
      assertThat(shipper.meter("spoor.telemetry.stored")).isEqualTo((double) all);
      assertThat(shipper.equationHolds()).isTrue();
      // What waited is searchable up to 10 s after it is stored.
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(everything(shipper).size()).isEqualTo((int) all));
      assertThat(
              shipper
                  .json("/v1/stats?metric=records&from=now-1h")
                  .path("series")
                  .path(0)
                  .path("total")
                  .path("count")
                  .asLong())
          .isEqualTo(all);
    }
  }

  /** {@code source-seq} of all that can be found; fails on one that is found twice. */
  private static Set<String> everything(TestShipper shipper) throws Exception {
    Set<String> found = new HashSet<>();
    String cursor = "";
    do {
      JsonNode page = shipper.json("/v1/logs?limit=1000&cursor=" + cursor);
      for (JsonNode record : page.path("records")) {
        String identity = record.path("source").asString() + "-" + record.path("seq").asLong();
        assertThat(found.add(identity)).as(identity).isTrue();
      }
      cursor = page.path("next_cursor").asString("");
    } while (!cursor.isEmpty());
    return found;
  }

  private static void emit(TestShipper shipper, int first, int last) throws Exception {
    List<Future<?>> sent = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer = TestShipper.producer(BROKER.connection())) {
      for (int seq = first; seq <= last; seq++) {
        for (int source = 0; source < SOURCES; source++) {
          String name = "source-" + source;
          byte[] value =
              Json.write(
                  TestShipper.record(name, seq, Map.of("n", seq, "message", "m ".repeat(200))));
          ProducerRecord<byte[], byte[]> record =
              new ProducerRecord<>(
                  shipper.topics().telemetry(), name.getBytes(StandardCharsets.UTF_8), value);
          record.headers().add(Headers.SEQ, Integer.toString(seq).getBytes(StandardCharsets.UTF_8));
          sent.add(producer.send(record));
        }
      }
    }
    for (Future<?> each : sent) {
      each.get();
    }
  }
}
