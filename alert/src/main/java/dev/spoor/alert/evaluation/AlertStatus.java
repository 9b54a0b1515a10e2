package dev.spoor.alert.evaluation;

import java.util.Locale;

/** How a series is. The words are Prometheus's, and two of ours for what is not known. */
public enum AlertStatus {
  INACTIVE,
  /** Breached, and not yet for long enough. */
  PENDING,
  FIRING,
  /** Has fired a while ago. */
  RESOLVED,
  /** Nothing to measure: not the same as a value of zero. */
  NO_DATA,
  /** Too little to say anything. */
  TOO_FEW_SAMPLES;

  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
