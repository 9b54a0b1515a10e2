package dev.spoor.standalone.cli;

import java.net.URI;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which server a command talks to. */
final class Servers {
  static final URI DEFAULT = URI.create("http://127.0.0.1:8080");

  private Servers() {}

  /**
   * The one that is named, by option or {@code SPOOR_SERVER}; else the one that runs on the data
   * directory; else the usual address.
   */
  static URI choose(@Nullable String option, Surroundings surroundings) {
    return named(option, surroundings)
        .or(() -> RunningRecord.read(surroundings.dataDirectory(null)).map(RunningRecord::url))
        .orElse(DEFAULT);
  }

  static Optional<URI> named(@Nullable String option, Surroundings surroundings) {
    if (option != null) {
      return Optional.of(parse("--server", option));
    }
    String configured = surroundings.environment().getOrDefault("SPOOR_SERVER", "");
    return configured.isEmpty() ? Optional.empty() : Optional.of(parse("SPOOR_SERVER", configured));
  }

  private static URI parse(String name, String value) {
    String url = value.contains("://") ? value : "http://" + value;
    try {
      URI uri = URI.create(url);
      if (uri.getHost() != null
          && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
        return uri;
      }
    } catch (IllegalArgumentException notAUri) {
      // Said below.
    }
    throw CliException.wrongUse(
        name + " must be an address like http://127.0.0.1:8080, was " + value);
  }
}
