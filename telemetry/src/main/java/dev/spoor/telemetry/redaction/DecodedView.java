package dev.spoor.telemetry.redaction;

import static dev.spoor.telemetry.redaction.Chars.isDigit;
import static dev.spoor.telemetry.redaction.Chars.isHex;

import org.jspecify.annotations.Nullable;

/**
 * A text as its reader will see it: percent-encoding, character references and escapes of one level
 * resolved, wide characters narrow, invisible ones gone. Knows for each character where it stands
 * in the original, so that what is found here can be masked there.
 */
final class DecodedView {
  private static final int MAX_REFERENCE = 10;

  private final String text;
  private final int[] origin;

  private DecodedView(String text, int[] origin) {
    this.text = text;
    this.origin = origin;
  }

  String text() {
    return text;
  }

  /** Where a character of the view begins in the original; its length is the original's. */
  int origin(int at) {
    return origin[at];
  }

  /** Whether a character beyond ASCII would look different in a view. */
  static boolean isCoded(char c) {
    return c == '\u00A0'
        || c == '\u00AD'
        || (c >= '\u2000' && c <= '\u200F')
        || c == '\u2060'
        || c == '\u2192'
        || c == '\u21D2'
        || c == '\u3000'
        || c == '\uFEFF'
        || (c >= '\uFF01' && c <= '\uFF5E');
  }

  /** Null if nothing is encoded. */
  static @Nullable DecodedView of(String text) {
    int length = text.length();
    char[] out = new char[length];
    int[] origin = new int[length + 1];
    int size = 0;
    int at = 0;
    while (at < length) {
      char c = text.charAt(at);
      int end = at + 1;
      char seen = c;
      boolean gone = false;
      switch (c) {
        case '%' -> {
          int value = hex(text, at + 1, 2);
          if (value >= 0 && value < 128) {
            seen = (char) value;
            end = at + 3;
          }
        }
        case '\\' -> {
          char next = at + 1 < length ? text.charAt(at + 1) : 0;
          int value = next == 'u' ? hex(text, at + 2, 4) : next == 'x' ? hex(text, at + 2, 2) : -1;
          if (value >= 0) {
            seen = (char) value;
            end = at + (next == 'u' ? 6 : 4);
          } else if (next == '/') {
            seen = '/';
            end = at + 2;
          }
        }
        case '&' -> {
          int close = text.indexOf(';', at, Math.min(length, at + MAX_REFERENCE));
          int value = close < 0 ? -1 : reference(text, at + 1, close);
          if (value > 0) {
            seen = (char) value;
            end = close + 1;
          }
        }
        case '\u001B' -> {
          // A terminal's colours.
          if (end < length && text.charAt(end) == '[') {
            int stop = end + 1;
            while (stop < length && stop - at < 16 && text.charAt(stop) < '@') {
              stop++;
            }
            end = Math.min(length, stop + 1);
            seen = ' ';
          }
        }
        case 0 -> gone = true; // UTF-16 that was read as bytes.
        default -> {
          if (c >= 128 && isCoded(c)) {
            if (c >= '\uFF01' && c <= '\uFF5E') {
              seen = (char) (c - 0xFEE0);
            } else if (c == '\u2192' || c == '\u21D2') {
              seen = '=';
            } else if (c == '\u00A0' || c == '\u3000' || (c >= '\u2000' && c <= '\u200A')) {
              seen = ' ';
            } else {
              gone = true;
            }
          }
        }
      }
      if (!gone) {
        out[size] = seen;
        origin[size++] = at;
      }
      at = end;
    }
    origin[size] = length;
    String decoded = new String(out, 0, size);
    return decoded.equals(text) ? null : new DecodedView(decoded, origin);
  }

  private static int hex(String text, int start, int count) {
    if (start + count > text.length()) {
      return -1;
    }
    int value = 0;
    for (int i = start; i < start + count; i++) {
      char c = text.charAt(i);
      if (!isHex(c)) {
        return -1;
      }
      value = value * 16 + Character.digit(c, 16);
    }
    return value;
  }

  private static int reference(String text, int start, int end) {
    String name = text.substring(start, end);
    if (name.length() > 1 && name.charAt(0) == '#') {
      boolean hex = name.charAt(1) == 'x' || name.charAt(1) == 'X';
      if (hex) {
        int value = name.length() <= 6 ? hex(name, 2, name.length() - 2) : -1;
        return name.length() > 2 ? value : -1;
      }
      int value = 0;
      for (int i = 1; i < name.length(); i++) {
        if (!isDigit(name.charAt(i)) || i > 5) {
          return -1;
        }
        value = value * 10 + name.charAt(i) - '0';
      }
      return value > 0xFFFF ? -1 : value;
    }
    return switch (name) {
      case "quot" -> '"';
      case "amp" -> '&';
      case "lt" -> '<';
      case "gt" -> '>';
      case "apos" -> '\'';
      case "colon" -> ':';
      case "equals" -> '=';
      case "nbsp" -> ' ';
      default -> -1;
    };
  }
}
