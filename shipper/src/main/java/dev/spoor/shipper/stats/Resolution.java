package dev.spoor.shipper.stats;

import java.time.Duration;
import java.time.Instant;

/** How long the stretches are that figures are kept for. Each record counts in one of each. */
public enum Resolution {
  MINUTE("minute", Duration.ofMinutes(1)),
  HOUR("hour", Duration.ofHours(1));

  private final String span;
  private final Duration length;

  Resolution(String span, Duration length) {
    this.span = span;
    this.length = length;
  }

  /** Its name in the store. */
  public String span() {
    return span;
  }

  public Duration length() {
    return length;
  }

  public Instant start(Instant time) {
    return floor(time, length);
  }

  /** The last multiple of this since 1970 that is not after the time. */
  static Instant floor(Instant time, Duration step) {
    return Instant.ofEpochSecond(
        Math.floorDiv(time.getEpochSecond(), step.toSeconds()) * step.toSeconds());
  }
}
