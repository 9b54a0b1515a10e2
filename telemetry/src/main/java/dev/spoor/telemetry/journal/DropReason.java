package dev.spoor.telemetry.journal;

import java.util.Locale;

/** Why a record was given up: a closed set, the tag {@code reason} of the drop counter. */
public enum DropReason {
  /** The journal's bytes were used up and the broker had not taken the oldest segment. */
  JOURNAL_FULL,
  /** There was no directory to write to and the memory in its place was used up. */
  MEMORY_FULL,
  /** What was read back is not what was written. */
  CORRUPT,
  /** The broker refuses a record of this size. */
  TOO_LARGE;

  /** As it travels, for example {@code journal_full}. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
