package dev.spoor.telemetry.redaction;

/**
 * Takes secrets out of text. Linear in the length of the text; thread-safe; never throws: if it
 * fails by itself, the text is replaced whole.
 */
public interface Redactor {
  /**
   * The text with each secret replaced by {@code [REDACTED:<kind>]}; the same instance if there was
   * none.
   */
  String redact(String text);
}
