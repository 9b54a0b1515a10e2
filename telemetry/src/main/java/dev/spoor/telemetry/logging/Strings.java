package dev.spoor.telemetry.logging;

import dev.spoor.telemetry.redaction.Redactor;

/** Makes a string fit to be written: without secrets, bounded, well-formed UTF-16. */
public final class Strings {
  /** Read beyond the cut, so that a secret that the cut goes through is still seen whole. */
  private static final int BEYOND_CUT = 1024;

  private final Redactor redactor;

  public Strings(Redactor redactor) {
    this.redactor = redactor;
  }

  /**
   * @param max UTF-16 units of the result, a mark for what is cut off aside
   */
  public String clean(String text, int max) {
    int length = text.length();
    String read = length > max + BEYOND_CUT ? text.substring(0, max + BEYOND_CUT) : text;
    String redacted = redactor.redact(read);
    if (redacted.length() > max) {
      redacted = redacted.substring(0, max) + "…[truncated, " + length + " characters]";
    }
    return wellFormed(redacted);
  }

  /** A lone surrogate is no character and no encoder writes it. */
  static String wellFormed(String text) {
    int length = text.length();
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
        if (Character.isHighSurrogate(c)
            && i + 1 < length
            && Character.isLowSurrogate(text.charAt(i + 1))) {
          i++;
        } else {
          return replaced(text);
        }
      }
    }
    return text;
  }

  private static String replaced(String text) {
    char[] chars = text.toCharArray();
    for (int i = 0; i < chars.length; i++) {
      if (Character.isSurrogate(chars[i])) {
        if (Character.isHighSurrogate(chars[i])
            && i + 1 < chars.length
            && Character.isLowSurrogate(chars[i + 1])) {
          i++;
        } else {
          chars[i] = '\uFFFD';
        }
      }
    }
    return new String(chars);
  }
}
