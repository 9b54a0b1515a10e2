package dev.spoor.standalone.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;

/** Runs a command line as if it were typed, and keeps what it said. */
final class Typed {
  private final Path directory;
  private final Map<String, String> environment = new HashMap<>();
  private String input = "";
  private LocalSystem local =
      (_, _, _) -> {
        throw new AssertionError("nobody asked for a system of its own");
      };
  private boolean colour;

  Typed(Path directory) {
    this.directory = directory;
  }

  Typed environment(String name, String value) {
    environment.put(name, value);
    return this;
  }

  Typed standardInput(String text) {
    input = text;
    return this;
  }

  Typed local(LocalSystem system) {
    local = system;
    return this;
  }

  Typed colour() {
    colour = true;
    return this;
  }

  /** What came of it. */
  record Outcome(int exitCode, String out, String err) {}

  Outcome run(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        SpoorCommand.execute(
            new Output(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                colour),
            new Surroundings(
                environment,
                directory,
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                "./spoor",
                Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC)),
            local,
            arguments);
    return new Outcome(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
