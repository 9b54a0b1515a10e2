package dev.spoor.telemetry.redaction;

import static dev.spoor.telemetry.redaction.Chars.isAlphanumeric;
import static dev.spoor.telemetry.redaction.Chars.isDigit;

import dev.spoor.telemetry.redaction.TokenShapes.Shape;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Tells at the start of a word whether a token begins there: a provider's key, a JWT, the
 * credentials behind a scheme.
 */
final class Tokens {
  private Tokens() {}

  /** End of what was redacted, or -1. */
  static int wordStart(Scan scan, int i, char c) {
    if (isDigit(c)) {
      return CardNumbers.digits(scan, i);
    }
    if (c == 'e' && i >= scan.noJwtBefore && scan.text.startsWith("eyJ", i)) {
      int end = jwt(scan, i);
      if (end >= 0) {
        return end;
      }
    }
    Shape[] shapes = TokenShapes.startingWith(c);
    if (shapes != null) {
      for (Shape shape : shapes) {
        int end = TokenShapes.match(shape, scan.text, i);
        if (end >= 0) {
          return scan.hit(shape.kind(), shape.kind(), i, end);
        }
      }
    }
    if (c == 'B' || c == 'b') {
      return scheme(scan, i);
    }
    return -1;
  }

  static int jwt(Scan scan, int i) {
    int at = i;
    int dots = 0;
    int part = 0;
    int firstDot = -1;
    while (at < scan.length) {
      char c = scan.text.charAt(at);
      if (c == '.') {
        if ((dots == 0 && part < 8) || (dots == 1 && part < 2) || dots == 4) {
          break;
        }
        if (dots++ == 0) {
          firstDot = at;
        }
        part = 0;
      } else if (isAlphanumeric(c) || c == '-' || c == '_') {
        part++;
      } else {
        break;
      }
      at++;
    }
    if (dots >= 2 || (dots == 1 && part >= 2 && at - firstDot > 8)) {
      while (scan.text.charAt(at - 1) == '.' && dots > 2) {
        at--;
        dots--;
      }
      return scan.hit("jwt", "jwt", i, at);
    }
    scan.noJwtBefore = at;
    return -1;
  }

  /** Bearer and Basic credentials outside a header. */
  static int scheme(Scan scan, int i) {
    boolean bearer = scan.text.regionMatches(true, i, "bearer", 0, 6);
    boolean basic = !bearer && scan.text.regionMatches(true, i, "basic", 0, 5);
    if (!bearer && !basic) {
      return -1;
    }
    int start = i + (bearer ? 6 : 5);
    if (scan.text.startsWith("%20", start)) {
      start += 3;
    } else if (start < scan.length
        && (scan.text.charAt(start) == ' ' || scan.text.charAt(start) == '+')) {
      start = Values.skipSpaces(scan, start + 1);
    } else {
      return -1;
    }
    int end = start;
    boolean digit = false;
    while (end < scan.length && TokenShapes.Alphabet.BASE64.has(scan.text.charAt(end))) {
      digit |= isDigit(scan.text.charAt(end));
      if (!digit && end - start > HarmlessValues.MAX_LENGTH * 4) {
        break;
      }
      end++;
    }
    while (end > start && scan.text.charAt(end - 1) == '.') {
      end--;
    }
    int size = end - start;
    int equals = scan.text.indexOf('=', start, end);
    if (equals > 0 && equals + 1 < end && scan.text.charAt(equals + 1) != '=') {
      // Padding stands at the end; this is the next field: token_type=bearer count=3.
      return -1;
    }
    if (bearer && ((size >= 8 && digit) || size >= 24)) {
      return scan.hit("bearer", "bearer_token", start, end);
    }
    if (basic && size >= 6 && isUserAndPassword(scan, start, end)) {
      return scan.hit("basic", "basic_auth", start, end);
    }
    return -1;
  }

  static boolean isUserAndPassword(Scan scan, int start, int end) {
    if (end - start > Places.MAX_USER_INFO) {
      return true;
    }
    try {
      String plain =
          new String(
              Base64.getDecoder().decode(scan.text.substring(start, end)), StandardCharsets.UTF_8);
      return plain.indexOf(':') >= 0;
    } catch (IllegalArgumentException notBase64) {
      return false;
    }
  }
}
