package dev.spoor.telemetry.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import dev.spoor.contract.wire.Json;
import dev.spoor.testkit.Golden;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A record as an app writes it: names, their order and the kinds of their values. */
class RecordGoldenTest {
  private static final String NAME = "com.example.orders.OrderDesk";

  /** What differs from run to run, and what stands in the file for it. */
  private static final Map<String, Object> OF_THIS_RUN =
      Map.of(
          "timestamp", "2026-11-24T10:00:00.123456Z",
          "source", "test-keep",
          "seq", 7,
          "instance", "test-1",
          "version", "0.1.0",
          "thread", "main",
          "line", 42,
          "exception", "java.lang.IllegalStateException: no luck",
          "error_fingerprint", "0123456789abcdef");

  @Test
  void aRecord() {
    Pipeline pipeline = Pipeline.of((LoggerContext) LoggerFactory.getILoggerFactory());
    List<String> problems = new ArrayList<>();
    pipeline.apply(LogSettings.read(Map.of("spoor.telemetry.service", "test")::get, problems));
    assertThat(problems).isEmpty();
    CapturedOutput out = new CapturedOutput();
    try (var _ = MDC.putCloseable("request_id", "r-1");
        var _ = MDC.putCloseable("job_id", "0198b1a2-0000-7000-8000-000000000001")) {
      LoggerFactory.getLogger(NAME)
          .atWarn()
          .addKeyValue("event", "tool.call.failed")
          .addKeyValue("duration_ms", 12.5)
          .addKeyValue("status", "failure")
          .addKeyValue("labels", Map.of("team", "blue"))
          .setCause(new IllegalStateException("no luck"))
          .log("the tool said no");
      ObjectNode record = (ObjectNode) out.record(NAME);
      OF_THIS_RUN.forEach((name, value) -> {
        JsonNode stand = Json.mapper().valueToTree(value);
        if (record.has(name)) {
          assertThat(record.get(name).getNodeType()).as(name).isEqualTo(stand.getNodeType());
          record.set(name, stand);
        }
      });
      new Golden("telemetry.record.json").isWritten(Json.write(record));
    } finally {
      out.close();
      pipeline.apply(LogSettings.read(_ -> null, problems));
    }
  }
}
