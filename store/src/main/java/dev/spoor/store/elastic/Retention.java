package dev.spoor.store.elastic;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Which days are deleted. A day goes as a whole. */
final class Retention {
  private Retention() {}

  /**
   * The index of one day.
   *
   * @param day its first instant
   */
  record Day(String index, Instant day, long bytes) {
    Instant end() {
      return day.plus(Duration.ofDays(1));
    }
  }

  /**
   * Those to delete, oldest first.
   *
   * @param retention zero for never
   * @param maxBytes zero for no bound
   */
  static List<Day> expired(List<Day> days, Instant now, Duration retention, long maxBytes) {
    List<Day> oldestFirst = days.stream().sorted(Comparator.comparing(Day::day)).toList();
    long bytes = days.stream().mapToLong(Day::bytes).sum();
    List<Day> expired = new ArrayList<>();
    for (Day day : oldestFirst) {
      boolean tooOld = !retention.isZero() && !day.end().isAfter(now.minus(retention));
      // Today stays, also when a broken clock has made days after it.
      boolean tooMuch = maxBytes > 0 && bytes > maxBytes && !day.end().isAfter(now);
      if (tooOld || tooMuch) {
        expired.add(day);
        bytes -= day.bytes;
      }
    }
    return expired;
  }
}
