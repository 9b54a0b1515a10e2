package dev.spoor.shipper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Json;
import dev.spoor.testkit.ChildProcess;
import dev.spoor.testkit.TestBroker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

@Timeout(120)
@DisplayName(
    "log_aggregation_format: one line is one record, on stdout, on the topic, in the store")
class LogAggregationFormatIT {
  private static final TestBroker BROKER = TestBroker.shared();
  private static final String MINE = "logger:dev.spoor.test.Emitter";

  @TempDir private Path dir;

  @Test
  void whatIsOnStdoutIsWhatCanBeSearched() throws Exception {
    try (TestShipper shipper =
        new TestShipper(BROKER.connection(), BROKER.freshTopics(), dir.resolve("shipper"), Map.of())
            .start()) {
      List<JsonNode> printed =
          emit(shipper, "json").stream()
              .map(line -> Json.tree(line.getBytes(StandardCharsets.UTF_8)))
              .filter(record ->
                  record.path(Fields.LOGGER).asString("").equals("dev.spoor.test.Emitter"))
              .toList();
      assertThat(printed).hasSize(4);
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(shipper.logs(MINE)).hasSize(4));
      for (JsonNode line : printed) {
        assertThat(Instant.parse(line.path(Fields.TIMESTAMP).stringValue()))
            .isAfter(Instant.now().minusSeconds(300));
        assertThat(line.path(Fields.TIMESTAMP).stringValue()).endsWith("Z");
        assertThat(line.path(Fields.LEVEL).asString()).isIn("DEBUG", "INFO", "WARNING", "ERROR");
        assertThat(line.path(Fields.SERVICE).asString()).isEqualTo("emitter");
        assertThat(line.has(Fields.EVENT)).isTrue();
        assertThat(line.has(Fields.INSTANCE)).isTrue();
      }
      // The same fields with the same values; the store's record has its identity besides.
      List<JsonNode> stored = shipper.logs(MINE);
      for (JsonNode line : printed) {
        assertThat(stored)
            .anySatisfy(record ->
                line.properties()
                    .forEach(field ->
                        assertThat(record.get(field.getKey())).isEqualTo(field.getValue())));
      }
      assertThat(stored)
          .allSatisfy(record -> {
            assertThat(record.path(Fields.SOURCE).isString()).isTrue();
            assertThat(record.path(Fields.SEQ).isIntegralNumber()).isTrue();
          });
      // Types survive: numbers are numbers, and the names that people know work.
      assertThat(shipper.logs(MINE + " AND duration_ms:12.5 AND status_code:>=500")).hasSize(1);
      assertThat(shipper.logs(MINE + " AND log.level:WARNING AND event:llm.call.failed"))
          .hasSize(1);
      assertThat(shipper.logs(MINE + " AND error.stack_trace:IOException")).hasSize(1);
      // A forged line break stays inside its record, and a secret is nowhere.
      assertThat(shipper.logs("message:\"not a record\" AND level:ERROR")).isEmpty();
      assertThat(shipper.logs("message:forged")).hasSize(1);
      assertThat(shipper.get("/v1/logs?limit=1000").body()).doesNotContain("hunter2");
      // The process said goodbye, so the audit can say that this was all.
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> {
            JsonNode audit = shipper.json("/v1/audit");
            assertThat(audit.path("complete").asBoolean()).isTrue();
            assertThat(audit.path("sources")).isNotEmpty();
            for (JsonNode source : audit.path("sources")) {
              assertThat(source.path("state").asString()).isEqualTo("complete");
            }
          });
    }
  }

  @Test
  void textFormatIsForPeopleAndTheStoreHasTheSameRecords() throws Exception {
    try (TestShipper shipper =
        new TestShipper(BROKER.connection(), BROKER.freshTopics(), dir.resolve("shipper"), Map.of())
            .start()) {
      List<String> lines =
          emit(shipper, "text").stream().filter(line -> line.contains("plain line")).toList();
      assertThat(lines).hasSize(1);
      assertThatThrownBy(() -> Json.tree(lines.getFirst().getBytes(StandardCharsets.UTF_8)))
          .isInstanceOf(JacksonException.class);
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(shipper.logs(MINE)).hasSize(4));
    }
  }

  private List<String> emit(TestShipper shipper, String format) {
    try (ChildProcess emitter =
        ChildProcess.running(EmittingApp.class)
            .arguments(
                "--KAFKA_BOOTSTRAP_SERVERS=" + BROKER.bootstrapServers(),
                "--spoor.topics.prefix=" + shipper.topics().prefix(),
                "--spoor.data-dir=" + dir.resolve("emitter"))
            .environment("LOG_FORMAT", format)
            .environment("LOG_LEVEL", "INFO")
            .start()) {
      assertThat(emitter.awaitExit(Duration.ofSeconds(60))).isZero();
      return emitter.output().stream().filter(line -> !line.startsWith("WARNING:")).toList();
    }
  }
}
