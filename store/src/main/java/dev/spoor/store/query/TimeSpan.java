package dev.spoor.store.query;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A time as people write it. {@code 2026-11-24} is a whole day, so {@code <=2026-11-24} reaches to
 * its end and {@code >2026-11-24} begins after it, as in Elasticsearch. Also {@code 2026}, {@code
 * 2026-11}, RFC 3339 times with or without seconds and zone (UTC if there is none), milliseconds
 * since 1970 (13 digits), and {@code now}, {@code now-15m}, {@code now-1d/d} with units {@code s m
 * h d w M y}.
 *
 * @param from the first instant of it
 * @param until the first instant after it
 */
public record TimeSpan(Instant from, Instant until) {
  /** The first time that a store can hold, in epoch nanoseconds of 64 bits: 1677-09-21. */
  public static final Instant MIN = ofNanos(Long.MIN_VALUE);

  /** The last time that a store can hold: 2262-04-11. */
  public static final Instant MAX = ofNanos(Long.MAX_VALUE);

  /** What {@link #parse} reads, for messages. */
  public static final String EXPECTED =
      "a time such as 2026-11-24, 2026-11-24T10:30:00Z or now-15m";

  private static final Pattern RELATIVE =
      Pattern.compile("now((?:[+-]\\d{1,6}[smhdwMy])*)(?:/([smhdwMy]))?");
  private static final Pattern STEP = Pattern.compile("([+-]\\d{1,6})([smhdwMy])");
  private static final Pattern ABSOLUTE =
      Pattern.compile(
          "(\\d{4}-\\d{2}-\\d{2})[Tt](\\d{2}:\\d{2})(:\\d{2}(?:[.,]\\d{1,9})?)?(Z|z|[+-]\\d{2}:?\\d{2})?");

  /**
   * @param now what {@code now} means
   * @return empty if the text is not a time, or one that no store can hold
   */
  public static Optional<TimeSpan> parse(String text, Instant now) {
    try {
      return read(text, now).filter(span -> span.from.isAfter(MIN) && span.until.isBefore(MAX));
    } catch (DateTimeException | ArithmeticException impossible) {
      return Optional.empty();
    }
  }

  /** Nanoseconds since 1970, clamped to what 64 bits hold. */
  public static long nanos(Instant instant) {
    try {
      return Math.addExact(
          Math.multiplyExact(instant.getEpochSecond(), 1_000_000_000L), instant.getNano());
    } catch (ArithmeticException far) {
      return instant.getEpochSecond() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
  }

  /** The instant of so many nanoseconds since 1970. */
  public static Instant ofNanos(long nanos) {
    return Instant.ofEpochSecond(
        Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L));
  }

  private static Optional<TimeSpan> read(String text, Instant now) {
    Matcher relative = RELATIVE.matcher(text);
    if (relative.matches()) {
      ZonedDateTime time = now.atZone(ZoneOffset.UTC);
      Matcher step = STEP.matcher(relative.group(1));
      while (step.find()) {
        time = time.plus(Long.parseLong(step.group(1)), unit(step.group(2)));
      }
      String round = relative.group(2);
      if (round == null) {
        return Optional.of(instant(time.toInstant()));
      }
      ZonedDateTime start = floor(time, round);
      return Optional.of(new TimeSpan(start.toInstant(), start.plus(1, unit(round)).toInstant()));
    }
    if (text.matches("\\d{13}")) {
      return Optional.of(instant(Instant.ofEpochMilli(Long.parseLong(text))));
    }
    if (text.matches("\\d{4}")) {
      LocalDate day = LocalDate.of(Integer.parseInt(text), 1, 1);
      return Optional.of(days(day, day.plusYears(1)));
    }
    if (text.matches("\\d{4}-\\d{2}")) {
      LocalDate day = YearMonth.parse(text).atDay(1);
      return Optional.of(days(day, day.plusMonths(1)));
    }
    if (text.matches("\\d{4}-\\d{2}-\\d{2}")) {
      LocalDate day = LocalDate.parse(text);
      return Optional.of(days(day, day.plusDays(1)));
    }
    return absolute(text);
  }

  private static Optional<TimeSpan> absolute(String text) {
    Matcher parts = ABSOLUTE.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    String seconds = parts.group(3);
    String zone = parts.group(4) == null ? "Z" : parts.group(4).toUpperCase(java.util.Locale.ROOT);
    if (zone.length() == 5) {
      zone = zone.substring(0, 3) + ":" + zone.substring(3);
    }
    try {
      Instant from =
          OffsetDateTime.parse(
                  parts.group(1)
                      + "T"
                      + parts.group(2)
                      + (seconds == null ? ":00" : seconds.replace(',', '.'))
                      + zone)
              .toInstant();
      int digits = seconds == null ? -1 : Math.max(0, seconds.length() - 4);
      ChronoUnit width =
          digits < 0
              ? ChronoUnit.MINUTES
              : digits == 0
                  ? ChronoUnit.SECONDS
                  : digits <= 3
                      ? ChronoUnit.MILLIS
                      : digits <= 6 ? ChronoUnit.MICROS : ChronoUnit.NANOS;
      return Optional.of(new TimeSpan(from, from.plus(1, width)));
    } catch (DateTimeParseException impossible) {
      return Optional.empty();
    }
  }

  private static TimeSpan instant(Instant time) {
    return new TimeSpan(time, time.plusNanos(1));
  }

  private static TimeSpan days(LocalDate from, LocalDate until) {
    return new TimeSpan(
        from.atStartOfDay(ZoneOffset.UTC).toInstant(),
        until.atStartOfDay(ZoneOffset.UTC).toInstant());
  }

  private static ZonedDateTime floor(ZonedDateTime time, String unit) {
    ZonedDateTime day = time.truncatedTo(ChronoUnit.DAYS);
    return switch (unit) {
      case "y" -> day.withDayOfYear(1);
      case "M" -> day.withDayOfMonth(1);
      case "w" -> day.minusDays(day.getDayOfWeek().getValue() - 1L);
      default -> time.truncatedTo(unit(unit));
    };
  }

  private static ChronoUnit unit(String unit) {
    return switch (unit) {
      case "s" -> ChronoUnit.SECONDS;
      case "m" -> ChronoUnit.MINUTES;
      case "h" -> ChronoUnit.HOURS;
      case "d" -> ChronoUnit.DAYS;
      case "w" -> ChronoUnit.WEEKS;
      case "M" -> ChronoUnit.MONTHS;
      case "y" -> ChronoUnit.YEARS;
      default -> throw new DateTimeException("No unit of time: " + unit);
    };
  }
}
