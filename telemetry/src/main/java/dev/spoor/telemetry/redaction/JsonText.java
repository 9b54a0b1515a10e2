package dev.spoor.telemetry.redaction;

import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Masks what was found in a text that is JSON (one value or several) so that it stays JSON: a mask
 * stands inside a string or instead of a whole number or literal, never over a comma or a brace.
 */
final class JsonText {
  private final String text;
  private final List<Found> founds;
  private final StringBuilder out;

  /** Set where the container of that depth is an object. */
  private final BitSet objects = new BitSet();

  private int depth;
  private int at;
  private int next;
  private int maskedNames;

  private JsonText(String text, List<Found> founds) {
    this.text = text;
    this.founds = founds;
    this.out = new StringBuilder(text.length());
  }

  /** Null if the text is no JSON (RFC 8259), or several values behind each other. */
  static @Nullable String masked(String text, List<Found> founds) {
    int first = 0;
    while (first < text.length() && isBlank(text.charAt(first))) {
      first++;
    }
    if (first == text.length() || "{[\"".indexOf(text.charAt(first)) < 0) {
      return null;
    }
    JsonText json = new JsonText(text, founds);
    return json.copy() ? json.out.toString() : null;
  }

  private boolean copy() {
    boolean wantsValue = true;
    boolean wantsName = false;
    boolean mayEnd = false;
    while (true) {
      while (at < text.length() && isBlank(text.charAt(at))) {
        out.append(text.charAt(at++));
      }
      if (at == text.length()) {
        return depth == 0;
      }
      char c = text.charAt(at);
      if (mayEnd && (c == '}' || c == ']')) {
        if (objects.get(depth) != (c == '}')) {
          return false;
        }
        depth--;
        out.append(c);
        at++;
        wantsValue = depth == 0;
        wantsName = false;
        mayEnd = depth > 0;
        continue;
      }
      if (wantsName) {
        if (c != '"' || !string(true)) {
          return false;
        }
        while (at < text.length() && isBlank(text.charAt(at))) {
          out.append(text.charAt(at++));
        }
        if (at == text.length() || text.charAt(at) != ':') {
          return false;
        }
        out.append(':');
        at++;
        wantsName = false;
        wantsValue = true;
        mayEnd = false;
        continue;
      }
      if (!wantsValue) {
        if (c != ',') {
          return false;
        }
        out.append(c);
        at++;
        wantsName = objects.get(depth);
        wantsValue = !wantsName;
        mayEnd = false;
        continue;
      }
      if (c == '{' || c == '[') {
        depth++;
        objects.set(depth, c == '{');
        out.append(c);
        at++;
        wantsName = c == '{';
        wantsValue = c == '[';
        mayEnd = true;
        continue;
      }
      if (!(c == '"' ? string(false) : depth > 0 && scalar())) {
        return false;
      }
      wantsValue = depth == 0;
      mayEnd = depth > 0;
    }
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
  }

  private @Nullable Found overlapping(int start, int end) {
    while (next < founds.size() && founds.get(next).end() <= start) {
      next++;
    }
    return next < founds.size() && founds.get(next).start() < end ? founds.get(next) : null;
  }

  /**
   * @param name two masked names of one object must not become one
   */
  private boolean string(boolean name) {
    out.append('"');
    at++;
    int masked = -1;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '"') {
        out.append('"');
        at++;
        return true;
      }
      if (c < ' ') {
        return false;
      }
      int unit = 1;
      if (c == '\\') {
        unit = at + 1 < text.length() && text.charAt(at + 1) == 'u' ? 6 : 2;
        if (at + unit > text.length() || !isEscape(unit)) {
          return false;
        }
      }
      Found found = overlapping(at, at + unit);
      if (found == null) {
        out.append(text, at, at + unit);
      } else if (masked != next) {
        out.append(Redactor.mask(found.kind()));
        if (name && ++maskedNames > 1) {
          out.append('#').append(maskedNames);
        }
        masked = next;
      }
      at += unit;
    }
    return false;
  }

  private boolean isEscape(int unit) {
    if (unit == 2) {
      return "\"\\/bfnrt".indexOf(text.charAt(at + 1)) >= 0;
    }
    for (int i = at + 2; i < at + 6; i++) {
      if (!Chars.isHex(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private boolean scalar() {
    int start = at;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (!Chars.isAlphanumeric(c) && c != '-' && c != '+' && c != '.') {
        break;
      }
      at++;
    }
    if (!isScalar(start, at)) {
      return false;
    }
    Found found = overlapping(start, at);
    if (found == null) {
      out.append(text, start, at);
    } else {
      out.append('"').append(Redactor.mask(found.kind())).append('"');
    }
    return true;
  }

  private boolean isScalar(int start, int end) {
    if (start == end) {
      return false;
    }
    char first = text.charAt(start);
    if (first == '-' || Chars.isDigit(first)) {
      return isNumber(start, end);
    }
    int size = end - start;
    return (size == 4 && (text.startsWith("true", start) || text.startsWith("null", start)))
        || (size == 5 && text.startsWith("false", start));
  }

  private boolean isNumber(int start, int end) {
    int i = text.charAt(start) == '-' ? start + 1 : start;
    int digits = digits(i, end);
    if (digits == i || (text.charAt(i) == '0' && digits > i + 1)) {
      return false;
    }
    i = digits;
    if (i < end && text.charAt(i) == '.') {
      digits = digits(i + 1, end);
      if (digits == i + 1) {
        return false;
      }
      i = digits;
    }
    if (i < end && (text.charAt(i) == 'e' || text.charAt(i) == 'E')) {
      i++;
      if (i < end && (text.charAt(i) == '+' || text.charAt(i) == '-')) {
        i++;
      }
      digits = digits(i, end);
      if (digits == i) {
        return false;
      }
      i = digits;
    }
    return i == end;
  }

  private int digits(int start, int end) {
    int i = start;
    while (i < end && Chars.isDigit(text.charAt(i))) {
      i++;
    }
    return i;
  }
}
