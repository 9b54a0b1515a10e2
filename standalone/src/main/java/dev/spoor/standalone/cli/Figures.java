package dev.spoor.standalone.cli;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Numbers and times as people read them. */
final class Figures {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT);
  private static final DateTimeFormatter DATE_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

  private Figures() {}

  static String duration(long ms) {
    if (ms < 1_000) {
      return ms + " ms";
    }
    if (ms < 60_000) {
      return String.format(Locale.ROOT, "%.1f s", ms / 1_000.0);
    }
    Duration d = Duration.ofMillis(ms);
    return d.toHours() > 0
        ? String.format(Locale.ROOT, "%d h %02d min", d.toHours(), d.toMinutesPart())
        : String.format(Locale.ROOT, "%d min %02d s", d.toMinutes(), d.toSecondsPart());
  }

  /** Time of day in this machine's zone, from RFC 3339 text; the text itself if it is none. */
  static String time(@Nullable String rfc3339) {
    return format(rfc3339, TIME);
  }

  static String dateTime(@Nullable String rfc3339) {
    return format(rfc3339, DATE_TIME);
  }

  static String time(Instant instant) {
    return TIME.format(instant.atZone(ZoneId.systemDefault()));
  }

  private static String format(@Nullable String rfc3339, DateTimeFormatter format) {
    if (rfc3339 == null || rfc3339.isEmpty()) {
      return "-";
    }
    try {
      return format.format(Instant.parse(rfc3339).atZone(ZoneId.systemDefault()));
    } catch (DateTimeParseException notATime) {
      return rfc3339;
    }
  }

  /** Milliseconds between two times of an answer; null if one of them is missing. */
  static @Nullable Long between(@Nullable String from, @Nullable String to) {
    return from == null || to == null
        ? null
        : Duration.between(Instant.parse(from), Instant.parse(to)).toMillis();
  }

  /** Input and output tokens of a usage object, empty when no model was called. */
  static String tokens(JsonNode usage) {
    long in = usage.path("input_tokens").asLong(0);
    long out = usage.path("output_tokens").asLong(0);
    return in == 0 && out == 0 ? "-" : in + " in, " + out + " out";
  }

  /** A cost that is not known is said to be so; it is never shown as zero. */
  static String cost(JsonNode usage) {
    long unpriced = usage.path("unpriced_calls").asLong(0);
    JsonNode cost = usage.path("cost_usd");
    if (!cost.isNumber()) {
      return unpriced > 0 ? "unknown" : "-";
    }
    String known = dollars(cost.decimalValue());
    return unpriced > 0 ? known + " and " + unpriced + " calls of unknown price" : known;
  }

  static String dollars(BigDecimal amount) {
    BigDecimal shown =
        amount.abs().compareTo(BigDecimal.ONE) >= 0
            ? amount.setScale(2, RoundingMode.HALF_UP)
            : amount.setScale(6, RoundingMode.HALF_UP);
    return "$" + shown.toPlainString();
  }
}
