package dev.spoor.telemetry.logging;

/**
 * Which records say {@code function} and {@code line}. They cost a walk of the stack, some ten
 * microseconds a record.
 */
public enum CallerData {
  /** WARNING and ERROR only. */
  WARNING,
  ALWAYS,
  NEVER
}
