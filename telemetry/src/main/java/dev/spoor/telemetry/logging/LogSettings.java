package dev.spoor.telemetry.logging;

import ch.qos.logback.classic.Level;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How this process logs and who it is.
 *
 * @param level of all loggers that have none of their own
 * @param service who writes, for example {@code gateway}
 * @param instance which one of them; unique at a time
 * @param version of the service
 * @param environment for example {@code production}
 */
public record LogSettings(
    LogFormat format,
    Level level,
    CallerData caller,
    String service,
    String instance,
    String version,
    String environment,
    @Nullable String googleCloudProject) {
  private static final String UNNAMED = "service";

  /** Google's rule for project ids; older ones begin with a domain and a colon. */
  private static final Pattern PROJECT =
      Pattern.compile("([a-z0-9.-]{1,64}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]");

  private static final String HOST_AND_PID = hostAndPid();

  /**
   * Reads the settings from environment variables or whatever answers to their names; wrong values
   * count as absent here and are told apart.
   *
   * @param values by name, null where there is none
   * @param problems gets one sentence for each wrong value
   */
  public static LogSettings read(Function<String, @Nullable String> values, List<String> problems) {
    return new LogSettings(
        format(values.apply("LOG_FORMAT"), problems),
        level(values.apply("LOG_LEVEL"), problems),
        caller(values.apply("spoor.telemetry.caller"), problems),
        first(
            UNNAMED,
            values.apply("spoor.telemetry.service"),
            values.apply("spring.application.name"),
            values.apply("SPRING_APPLICATION_NAME")),
        first(
            HOST_AND_PID,
            values.apply("spoor.telemetry.instance"),
            values.apply("spoor.instance"),
            values.apply("SPOOR_INSTANCE")),
        first(
            "0.0.0",
            values.apply("spoor.telemetry.version"),
            values.apply("spring.application.version"),
            LogSettings.class.getPackage().getImplementationVersion()),
        first(
            "default",
            values.apply("spoor.telemetry.environment"),
            values.apply("SPOOR_ENVIRONMENT"),
            values.apply("spring.profiles.active")),
        project(values.apply("LOG_GOOGLE_CLOUD_PROJECT"), problems));
  }

  /** The same under this name, unless the process's own variables give one. */
  LogSettings named(String name) {
    return service.equals(UNNAMED)
        ? new LogSettings(
            format, level, caller, name, instance, version, environment, googleCloudProject)
        : this;
  }

  private static String first(String otherwise, @Nullable String... values) {
    for (String value : values) {
      if (value != null && !value.isBlank()) {
        return value.strip();
      }
    }
    return otherwise;
  }

  private static @Nullable String project(@Nullable String value, List<String> problems) {
    if (value == null || value.isBlank()) {
      return null;
    }
    String project = value.strip();
    if (!PROJECT.matcher(project).matches()) {
      problems.add(
          "LOG_GOOGLE_CLOUD_PROJECT is '"
              + shown(value)
              + "', expected a project id of 6 to 30 letters, digits and dashes");
      return null;
    }
    return project;
  }

  private static LogFormat format(@Nullable String value, List<String> problems) {
    if (value == null || value.isBlank()) {
      return LogFormat.JSON;
    }
    return switch (value.strip().toLowerCase(Locale.ROOT)) {
      case "json" -> LogFormat.JSON;
      case "text" -> LogFormat.TEXT;
      default -> {
        problems.add("LOG_FORMAT is '" + shown(value) + "', expected json or text");
        yield LogFormat.JSON;
      }
    };
  }

  private static Level level(@Nullable String value, List<String> problems) {
    if (value == null || value.isBlank()) {
      return Level.INFO;
    }
    return switch (value.strip().toUpperCase(Locale.ROOT)) {
      case "DEBUG" -> Level.DEBUG;
      case "INFO" -> Level.INFO;
      case "WARNING" -> Level.WARN;
      case "ERROR" -> Level.ERROR;
      default -> {
        problems.add("LOG_LEVEL is '" + shown(value) + "', expected DEBUG, INFO, WARNING or ERROR");
        yield Level.INFO;
      }
    };
  }

  private static CallerData caller(@Nullable String value, List<String> problems) {
    if (value == null || value.isBlank()) {
      return CallerData.WARNING;
    }
    return switch (value.strip().toLowerCase(Locale.ROOT)) {
      case "warning" -> CallerData.WARNING;
      case "always" -> CallerData.ALWAYS;
      case "never" -> CallerData.NEVER;
      default -> {
        problems.add(
            "spoor.telemetry.caller is '" + shown(value) + "', expected warning, always or never");
        yield CallerData.WARNING;
      }
    };
  }

  /** A wrong value in a sentence: short and without control characters. */
  public static String shown(String value) {
    String cut = value.length() > 40 ? value.substring(0, 40) + "…" : value;
    return cut.codePoints()
        .map(c -> Character.isISOControl(c) ? '?' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static String hostAndPid() {
    String host = System.getenv("HOSTNAME");
    if (host == null || host.isBlank()) {
      try {
        host = InetAddress.getLocalHost().getHostName();
      } catch (UnknownHostException e) {
        host = "localhost";
      }
    }
    return host + "-" + ManagementFactory.getRuntimeMXBean().getPid();
  }
}
