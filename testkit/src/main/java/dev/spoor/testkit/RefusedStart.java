package dev.spoor.testkit;

import dev.spoor.contract.wire.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Starts an app that cannot start, and tells what it had to say. */
public final class RefusedStart {
  private static final int REFUSED = 2;
  private static final Duration LIMIT = Duration.ofSeconds(90);

  private RefusedStart() {}

  /**
   * The messages above INFO, in order. Nothing listens where it looks for Kafka unless {@code
   * environment} says otherwise.
   *
   * @throws AssertionError if it does not end with exit code 2, or shows a stack trace
   */
  public static List<String> of(Class<?> app, Path data, Map<String, String> environment) {
    try (ChildProcess process =
        ChildProcess.running(app)
            .environment("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
            .environment("SPOOR_DATA_DIR", data.toString())
            .environment("SERVER_PORT", "0")
            .environment(environment)
            .start()) {
      int code = process.awaitExit(LIMIT);
      // In JSON a stack trace has its tabs escaped.
      if (code != REFUSED || process.output().stream().anyMatch(line -> line.contains("\\tat "))) {
        throw new AssertionError(
            "ended with " + code + ":\n" + String.join("\n", process.output()));
      }
      return process.output().stream()
          .map(line -> Json.tree(line.getBytes(StandardCharsets.UTF_8)))
          .filter(record -> !record.path("level").asString("").equals("INFO"))
          // Lucene's word on a module of the JVM that is there in containers only.
          .filter(record -> !record.path("logger").asString("").startsWith("org.apache.lucene"))
          .map(record -> record.path("message").asString(""))
          .toList();
    }
  }
}
