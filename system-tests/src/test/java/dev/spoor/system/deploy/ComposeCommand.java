package dev.spoor.system.deploy;

import dev.spoor.contract.wire.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/** {@code docker compose} as far as it needs no engine. */
final class ComposeCommand {
  private ComposeCommand() {}

  static boolean isThere() throws InterruptedException {
    try {
      return run(List.of("version")).exitCode == 0;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  /** The files of the repository's root as one, with the defaults of all variables. */
  static JsonNode config(String... files) throws InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("--env-file", "/dev/null"));
    for (String file : files) {
      arguments.addAll(List.of("-f", file));
    }
    arguments.addAll(List.of("config", "--format", "json"));
    Ran ran = run(arguments);
    if (ran.exitCode != 0) {
      throw new AssertionError("docker compose " + String.join(" ", arguments) + ": " + ran.error);
    }
    return Json.tree(ran.output.getBytes(StandardCharsets.UTF_8));
  }

  private record Ran(int exitCode, String output, String error) {}

  private static Ran run(List<String> arguments) throws InterruptedException {
    List<String> command = new ArrayList<>(List.of("docker", "compose"));
    command.addAll(arguments);
    try {
      Path output = Files.createTempFile("compose", ".out");
      Path error = Files.createTempFile("compose", ".err");
      try {
        Process process =
            new ProcessBuilder(command)
                .directory(Path.of("..").toFile())
                .redirectOutput(output.toFile())
                .redirectError(error.toFile())
                .start();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
        return new Ran(process.waitFor(), Files.readString(output), Files.readString(error));
      } finally {
        Files.delete(output);
        Files.delete(error);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
