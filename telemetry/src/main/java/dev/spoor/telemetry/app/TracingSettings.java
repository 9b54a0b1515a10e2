package dev.spoor.telemetry.app;

import dev.spoor.telemetry.logging.LogSettings;
import dev.spoor.telemetry.redaction.Redactor;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Whether and where spans are exported; the SDK reads its own variables itself.
 *
 * @param endpoint null if it is left to the SDK
 * @param serviceName null for the name in the records
 */
record TracingSettings(boolean enabled, @Nullable String endpoint, @Nullable String serviceName) {
  static final String ENABLED = "OTEL_ENABLED";
  static final String ENDPOINT = "OTEL_ENDPOINT";
  static final String SERVICE_NAME = "OTEL_SERVICE_NAME";

  private static final int MAX_NAME = 255;

  /**
   * @param values by name, null where there is none
   * @param problems gets one sentence for each wrong value, which then counts as absent
   */
  static TracingSettings read(Function<String, @Nullable String> values, List<String> problems) {
    return new TracingSettings(
        enabled(values.apply(ENABLED), problems),
        endpoint(values.apply(ENDPOINT), problems),
        serviceName(values.apply(SERVICE_NAME), problems));
  }

  private static boolean enabled(@Nullable String value, List<String> problems) {
    if (value == null || value.isBlank()) {
      return false;
    }
    return switch (value.strip().toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> {
        problems.add(ENABLED + " is '" + LogSettings.shown(value) + "', expected true or false");
        yield false;
      }
    };
  }

  private static @Nullable String endpoint(@Nullable String value, List<String> problems) {
    if (value == null || value.isBlank()) {
      return null;
    }
    if (isEndpoint(value.strip())) {
      return value.strip();
    }
    problems.add(
        ENDPOINT
            + " is '"
            + LogSettings.shown(Redactor.standard().redact(value))
            + "', expected the address of an OTLP gRPC receiver such as http://localhost:4317");
    return null;
  }

  /** A path would be another protocol's, and is never asked for here. */
  private static boolean isEndpoint(String value) {
    try {
      URI uri = new URI(value);
      return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
          && uri.getHost() != null
          && uri.getPort() != 0
          && uri.getPort() <= 65_535
          && uri.getUserInfo() == null
          && (uri.getPath().isEmpty() || uri.getPath().equals("/"))
          && uri.getQuery() == null
          && uri.getFragment() == null;
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static @Nullable String serviceName(@Nullable String value, List<String> problems) {
    if (value == null || value.isBlank()) {
      return null;
    }
    String name = value.strip();
    if (name.length() > MAX_NAME || name.chars().anyMatch(Character::isISOControl)) {
      problems.add(
          SERVICE_NAME
              + " is '"
              + LogSettings.shown(value)
              + "', expected a name of "
              + MAX_NAME
              + " characters at most");
      return null;
    }
    return name;
  }
}
