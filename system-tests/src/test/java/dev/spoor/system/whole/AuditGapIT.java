package dev.spoor.system.whole;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Headers;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.Topics;
import dev.spoor.gateway.topics.TopicSettings;
import dev.spoor.gateway.topics.TopicSetup;
import dev.spoor.shipper.ShipperApplication;
import dev.spoor.standalone.Spoor;
import dev.spoor.testkit.ChildProcess;
import dev.spoor.testkit.FreePorts;
import dev.spoor.testkit.TestBroker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Records go missing between a process and the store, and the command line says what is known. */
@Timeout(240)
class AuditGapIT {
  @RegisterExtension static final TestBroker BROKER = TestBroker.ofItsOwn();

  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final String SOURCE = "worker-7-keep";
  private static final Instant T0 = Instant.parse("2026-11-24T20:00:00Z");

  private final Topics topics = Topics.DEFAULT;
  private final int port = FreePorts.one();

  @TempDir private Path dir;

  @Test
  void recordsThatTheTopicLostAreMissingAndExplained() throws Exception {
    TopicPartition partition;
    try (Admin admin = Admin.create(BROKER.connection().with(Map.of()))) {
      new TopicSetup(
              new TopicSettings(
                  topics.prefix(), 2, 8, 0, Duration.ofDays(7), Duration.ofSeconds(60)),
              admin)
          .run();
      try (ChildProcess shipper = shipper()) {
        shipper.during(() -> {
          send(1, 10);
          awaitStored(10);
        });
      }
      // While nobody reads, the topic loses five of ten: retention, or somebody by hand.
      RecordMetadata kept = send(11, 20);
      partition = new TopicPartition(kept.topic(), kept.partition());
      long firstKept = kept.offset() - 4;
      admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(firstKept))).all().get();
    }
    HttpServer gateway = gateway(port);
    try (ChildProcess shipper = shipper()) {
      shipper.during(() -> awaitStored(15));
      JsonNode source = audit().path("sources").path(0);
      assertThat(audit().path("complete").asBoolean(true)).isFalse();
      assertThat(source.path("state").asString("")).isEqualTo("missing");
      assertThat(source.path("missing")).hasSize(1);
      assertThat(source.path("missing").path(0).path("from").asLong(-1)).isEqualTo(11);
      assertThat(source.path("missing").path(0).path("to").asLong(-1)).isEqualTo(15);
      try (ChildProcess command =
          ChildProcess.running(Spoor.class)
              .directory(dir)
              .environment("TZ", "UTC")
              .arguments(
                  "audit",
                  "--explain",
                  "--server",
                  "http://127.0.0.1:" + gateway.getAddress().getPort())
              .start()) {
        int exitCode = command.awaitExit(LIMIT);
        String said = String.join("\n", command.output());
        assertThat(exitCode).as(said).isEqualTo(1);
        assertThat(said)
            .contains(
                SOURCE + ": worker worker-7, version 4.5.6",
                "records 11 to 15: written after 10 (job.started of 2026-11-24 20:00:10",
                "before 16 (job.started of 2026-11-24 20:00:16",
                "last heard of at ",
                "what was written and is not here was lost between its disk and the store");
      }
    } finally {
      gateway.stop(0);
    }
  }

  /** What a gateway answers to one who asks where the logs are. */
  private static HttpServer gateway(int shipperPort) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    byte[] answer =
        Json.write(
            Map.of(
                "name",
                "spoor",
                "links",
                Map.of("logs", "http://127.0.0.1:" + shipperPort + "/v1/logs")));
    server.createContext(
        "/v1",
        exchange -> {
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    return server;
  }

  private ChildProcess shipper() {
    return ChildProcess.running(ShipperApplication.class)
        .environment("KAFKA_BOOTSTRAP_SERVERS", BROKER.bootstrapServers())
        .environment("SERVER_PORT", Integer.toString(port))
        .environment("SPOOR_DATA_DIR", dir.resolve("shipper").toString())
        .start();
  }

  /** The metadata of the last one. */
  private RecordMetadata send(int first, int last) {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            BROKER
                .connection()
                .with(Map.of("acks", "all", "max.in.flight.requests.per.connection", 1)),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      RecordMetadata sent = null;
      for (int seq = first; seq <= last; seq++) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put(Fields.TIMESTAMP, T0.plusSeconds(seq).toString());
        fields.put(Fields.EVENT, "job.started");
        fields.put(Fields.SERVICE, "worker");
        fields.put(Fields.INSTANCE, "worker-7");
        fields.put(Fields.VERSION, "4.5.6");
        fields.put(Fields.SOURCE, SOURCE);
        fields.put(Fields.SEQ, seq);
        ProducerRecord<byte[], byte[]> record =
            new ProducerRecord<>(
                topics.telemetry(), SOURCE.getBytes(StandardCharsets.UTF_8), Json.write(fields));
        record.headers().add(Headers.SEQ, Integer.toString(seq).getBytes(StandardCharsets.UTF_8));
        sent = producer.send(record).get();
      }
      if (sent == null) {
        throw new IllegalArgumentException("nothing to send");
      }
      return sent;
    } catch (Exception failed) {
      throw new AssertionError(failed);
    }
  }

  private void awaitStored(long records) {
    await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(200))
        .ignoreExceptions()
        .until(() -> audit().path("sources").path(0).path("stored").asLong(0) == records);
  }

  private JsonNode audit() throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<byte[]> answer =
          http.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/audit")).build(),
              HttpResponse.BodyHandlers.ofByteArray());
      assertThat(answer.statusCode()).isEqualTo(200);
      return Json.tree(answer.body());
    }
  }
}
