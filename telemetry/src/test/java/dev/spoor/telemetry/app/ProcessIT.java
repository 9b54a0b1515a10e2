package dev.spoor.telemetry.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.wire.Json;
import dev.spoor.testkit.ChildProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A service as a process: what it prints from its first to its last line. */
@Timeout(120)
@DisplayName("json_logging_format: a whole process")
class ProcessIT {
  private static final Duration LIMIT = Duration.ofSeconds(90);

  @TempDir Path data;

  private ChildProcess start(Map<String, String> environment) {
    return ChildProcess.running(TestApplication.class)
        .environment(environment)
        .arguments(
            "spoor.data-dir=" + data,
            "KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:1",
            "spoor.telemetry.shipping.stop-timeout=100ms")
        .start();
  }

  @Test
  void everyLineFromTheFirstToTheLastIsARecordOfTheService() {
    List<String> lines;
    try (ChildProcess child = start(Map.of())) {
      child.awaitLine(line -> line.contains("\"Running\""), LIMIT);
      child.terminate();
      child.awaitExit(LIMIT);
      lines = child.output();
    }
    assertThat(lines).hasSizeGreaterThan(2);
    for (String line : lines) {
      JsonNode record = Json.tree(line.getBytes(StandardCharsets.UTF_8));
      assertThat(record.path("timestamp").isString()).as(line).isTrue();
      assertThat(record.path("level").isString()).as(line).isTrue();
      assertThat(record.path("source").isString()).as(line).isTrue();
    }
    assertThat(lines).anyMatch(line -> line.contains("\"service\":\"test-app\""));
  }

  @Test
  void wrongSettingsAreRefusedAllAtOnceWithoutAStackTrace() {
    try (ChildProcess child =
        start(
            Map.of(
                "LOG_LEVEL", "loud",
                "LOG_FORMAT", "xml",
                "CORRELATION_ID_HEADER", "X Request",
                "SPOOR_JOURNAL_FSYNC", "often"))) {
      assertThat(child.awaitExit(LIMIT)).isEqualTo(RefusedSettings.EXIT_CODE);
      String output = String.join("\n", child.output());
      assertThat(output)
          .contains("LOG_LEVEL is 'loud', expected DEBUG, INFO, WARNING or ERROR")
          .contains("LOG_FORMAT is 'xml', expected json or text")
          .contains("CORRELATION_ID_HEADER is 'X Request', expected a header name")
          .contains("SPOOR_JOURNAL_FSYNC is 'often', expected off or a duration")
          .doesNotContain("APPLICATION FAILED")
          .doesNotContain("\\tat ")
          .doesNotContain("\tat ");
    }
  }

  @Test
  void aWrongTypeIsRefusedInOneSentence() {
    try (ChildProcess child = start(Map.of("SPOOR_TELEMETRY_HEALTH_PROBE_INTERVAL", "soon"))) {
      assertThat(child.awaitExit(LIMIT)).isEqualTo(RefusedSettings.EXIT_CODE);
      assertThat(failures(child))
          .containsExactly(
              "SPOOR_TELEMETRY_HEALTH_PROBE_INTERVAL is 'soon',"
                  + " expected a time like 30s or 500ms.");
    }
  }

  @Test
  void aWrongValueIsRefusedInOneSentence() {
    try (ChildProcess child = start(Map.of("SPOOR_TELEMETRY_JOURNAL_MAX_BYTES", "1KB"))) {
      assertThat(child.awaitExit(LIMIT)).isEqualTo(RefusedSettings.EXIT_CODE);
      assertThat(failures(child))
          .containsExactly("spoor.telemetry.journal.max-bytes is 1024B, expected at least 1MB");
    }
  }

  /** The messages of what was logged as a warning or an error. */
  private static List<String> failures(ChildProcess child) {
    return child.output().stream()
        .map(line -> Json.tree(line.getBytes(StandardCharsets.UTF_8)))
        .filter(record -> !record.path("level").asString("").equals("INFO"))
        .map(record -> record.path("message").asString(""))
        .toList();
  }

  @Test
  void textModeIsReadableAndWithoutColoursWhereThereIsNoTerminal() {
    try (ChildProcess child = start(Map.of("LOG_FORMAT", "text"))) {
      String line = child.awaitLine(text -> text.contains("Running"), LIMIT);
      assertThat(line)
          .startsWith("20")
          .contains("INFO")
          .contains("dev.spoor.telemetry.app.TestApplication: Running")
          .doesNotContain("{", "\u001b");
    }
  }
}
