package dev.spoor.system.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The environment variables of docs/configuration.md.
 *
 * @param names those of a row of their own
 */
record Variables(Set<String> names) {
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `([A-Z_]+)` \\|");

  static Variables read() throws IOException {
    return new Variables(
        ROW.matcher(Files.readString(Path.of("..", "docs", "configuration.md")))
            .results()
            .map(match -> match.group(1))
            .collect(Collectors.toUnmodifiableSet()));
  }

  boolean has(String name) {
    return names.contains(name) || name.startsWith("SPOOR_KAFKA_");
  }
}
