package dev.spoor.store;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Which stretch of event time a summary is of.
 *
 * @param span the length of the stretch, by a name of the reader's choice: lower case letters
 * @param start its first instant, to the millisecond
 */
public record SummaryKey(String span, Instant start) {
  public SummaryKey {
    if (span.isEmpty() || !span.chars().allMatch(c -> c >= 'a' && c <= 'z')) {
      throw new IllegalArgumentException("No name of a span: \"" + span + "\"");
    }
    if (!start.equals(start.truncatedTo(ChronoUnit.MILLIS))) {
      throw new IllegalArgumentException("Not a whole millisecond: " + start);
    }
  }
}
