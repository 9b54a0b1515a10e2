package dev.spoor.telemetry.redaction;

/**
 * A hit and the quotes that its mask needs, so that a bare JSON value stays JSON.
 *
 * @param quote often empty
 */
record Found(String rule, String kind, int start, int end, String quote) {
  Hit hit() {
    return new Hit(rule, kind, start, end);
  }

  /** Both as one: the earlier gives rule and kind. */
  Found with(Found later) {
    return new Found(rule, kind, start, Math.max(end, later.end), quote);
  }
}
