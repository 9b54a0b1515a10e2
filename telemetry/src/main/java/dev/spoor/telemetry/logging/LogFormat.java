package dev.spoor.telemetry.logging;

/** What stdout shows: {@code LOG_FORMAT}. The journal always has JSON. */
public enum LogFormat {
  /** One JSON object a line. */
  JSON,
  /** A readable line with the same facts, coloured on a terminal. */
  TEXT
}
