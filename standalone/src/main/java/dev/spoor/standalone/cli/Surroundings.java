package dev.spoor.standalone.cli;

import dev.spoor.access.ApiKey;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a command finds around it.
 *
 * @param environment variables
 * @param directory the working directory
 * @param input standard input
 * @param launcher how the user calls the program, for commands that are suggested
 */
public record Surroundings(
    Map<String, String> environment,
    Path directory,
    InputStream input,
    String launcher,
    Clock clock) {
  public Surroundings {
    environment = Map.copyOf(environment);
  }

  public static Surroundings ofProcess() {
    return new Surroundings(
        System.getenv(),
        Path.of("").toAbsolutePath(),
        System.in,
        System.getProperty("spoor.launcher", "./spoor"),
        Clock.systemUTC());
  }

  /**
   * The API key, if there is one. From the environment only: arguments are for all to see in the
   * list of processes.
   */
  Optional<String> apiKey() {
    String key = environment.getOrDefault(ApiKey.VARIABLE, "").strip();
    return key.isEmpty() ? Optional.empty() : Optional.of(key);
  }

  /** The data directory: as given, or as {@code SPOOR_DATA_DIR} says, or {@code .spoor} here. */
  public Path dataDirectory(@Nullable Path given) {
    if (given != null) {
      return directory.resolve(given).normalize();
    }
    String configured = environment.getOrDefault("SPOOR_DATA_DIR", "");
    return directory.resolve(configured.isEmpty() ? ".spoor" : configured).normalize();
  }
}
