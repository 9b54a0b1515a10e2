package dev.spoor.telemetry.logging;

import dev.spoor.contract.wire.Json;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What is printed to stdout while it is open. */
final class CapturedOutput implements AutoCloseable {
  private final PrintStream before = System.out;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  CapturedOutput() {
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
  }

  String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** Each line as a JSON object; fails if one is none. */
  List<JsonNode> records() {
    return text().lines().map(line -> Json.tree(line.getBytes(StandardCharsets.UTF_8))).toList();
  }

  /** The only record of this logger. */
  JsonNode record(String logger) {
    List<JsonNode> found =
        records().stream().filter(r -> r.path("logger").asString("").equals(logger)).toList();
    if (found.size() != 1) {
      throw new AssertionError(found.size() + " records of " + logger + " in " + text());
    }
    return found.getFirst();
  }

  @Override
  public void close() {
    System.setOut(before);
  }
}
