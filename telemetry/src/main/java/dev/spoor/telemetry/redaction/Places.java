package dev.spoor.telemetry.redaction;

import static dev.spoor.telemetry.redaction.Chars.isDigit;
import static dev.spoor.telemetry.redaction.Chars.isLineEnd;
import static dev.spoor.telemetry.redaction.Chars.isNameChar;
import static dev.spoor.telemetry.redaction.Chars.isQuote;
import static dev.spoor.telemetry.redaction.Chars.isSpace;

/**
 * Secrets that a place gives away without a separator: user-info of a URL, an XML element, a
 * command line's flags, a PEM block.
 */
final class Places {
  static final int MAX_USER_INFO = 512;
  private static final int MAX_BEYOND_SLASH = 128;

  private Places() {}

  static int url(Scan scan, int start) {
    int at = start;
    int colon = -1;
    int last = -1;
    boolean beyond = false;
    int limit = Math.min(scan.length, start + MAX_USER_INFO);
    while (at < limit) {
      char c = scan.text.charAt(at);
      if (c == '@') {
        last = at;
      } else if (c == ':' && colon < 0) {
        colon = at;
      } else if (c == '/') {
        // A slash ends the authority, but careless passwords have slashes: look a little further
        // where something has begun that is no port.
        if (last >= 0 || beyond || colon < 0 || isNumber(scan, colon + 1, at)) {
          break;
        }
        beyond = true;
        limit = Math.min(limit, at + MAX_BEYOND_SLASH);
      } else if (c <= ' ' || c == '"' || c == '\'' || c == '<' || c == '>' || c == '`') {
        break;
      } else if (c == '?' || c == '#' || c == '\\') {
        break;
      }
      at++;
    }
    if (last < 0) {
      return start;
    }
    if (colon >= 0 && colon < last) {
      if (last == colon + 1 || HarmlessValues.isHarmless(scan, colon + 1, last)) {
        return last;
      }
      return scan.hit("url", "url_password", colon + 1, last);
    }
    return last - start >= 16 ? scan.hit("url", "url_token", start, last) : start;
  }

  static boolean isNumber(Scan scan, int start, int end) {
    for (int i = start; i < end; i++) {
      if (!isDigit(scan.text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  static int greater(Scan scan, int i) {
    if (i > 0 && scan.text.charAt(i - 1) == '=') {
      // Ruby's and PHP's arrow; the = before it found no value.
      return Names.separator(scan, i - 1, i + 1);
    }
    int end = i;
    int at = i;
    // <name attr="…"> is left to the attribute; only <name> and <ns:name> are elements here.
    while (at > 0 && i - at < SecretNames.MAX_LENGTH && isNameChar(scan.text.charAt(at - 1))) {
      at--;
    }
    if (at == end || at == 0) {
      return i + 1;
    }
    char before = scan.text.charAt(at - 1);
    if (before == ':') {
      int ns = at - 1;
      while (ns > 0 && at - ns < 20 && isNameChar(scan.text.charAt(ns - 1))) {
        ns--;
      }
      before = ns > 0 ? scan.text.charAt(ns - 1) : 0;
    }
    if (before != '<') {
      return i + 1;
    }
    String kind = scan.names.kindOf(scan.text, at, end);
    if (kind == null) {
      return i + 1;
    }
    int start = i + 1;
    int close;
    if (scan.text.startsWith("<![CDATA[", start)) {
      start += 9;
      close = scan.text.indexOf("]]>", start);
    } else {
      close = scan.text.indexOf('<', start);
    }
    if (close < 0) {
      close = scan.length;
    }
    if (!scan.text.startsWith("</", close) && !scan.text.startsWith("]]>", close)) {
      // A generic type, or an element whose end was cut off.
      return i + 1;
    }
    return close == start || HarmlessValues.isHarmless(scan, start, close)
        ? i + 1
        : scan.hit("field", kind, start, close);
  }

  static int dash(Scan scan, int i, boolean inWord) {
    if (scan.text.startsWith("-----BEGIN ", i)) {
      return pem(scan, i);
    }
    boolean startsArgument =
        !inWord && (i == 0 || scan.text.charAt(i - 1) <= ' ' || isQuote(scan.text.charAt(i - 1)));
    if (!startsArgument) {
      return i + 1;
    }
    if (scan.text.startsWith("--", i)) {
      int at = i + 2;
      while (at < scan.length
          && at - i < SecretNames.MAX_LENGTH
          && isNameChar(scan.text.charAt(at))) {
        at++;
      }
      if (at < scan.length && isSpace(scan.text.charAt(at))) {
        int value = Values.skipSpaces(scan, at);
        if (scan.text.startsWith("--user ", i) || scan.text.startsWith("--proxy-user ", i)) {
          return userAndPassword(scan, value, at);
        }
        String kind = scan.names.kindOf(scan.text, i + 2, at);
        if (kind != null && value < scan.length && scan.text.charAt(value) != '-') {
          return Values.value(scan, kind, value, at, "", false);
        }
      }
      return i + 2;
    }
    if (scan.text.startsWith("-u ", i)) {
      return userAndPassword(scan, i + 3, i + 1);
    }
    return i + 1;
  }

  /** curl's -u user:password. */
  static int userAndPassword(Scan scan, int start, int otherwise) {
    int at = Values.skipSpaces(scan, start);
    char quote = at < scan.length && isQuote(scan.text.charAt(at)) ? scan.text.charAt(at++) : 0;
    int colon = -1;
    int from = at;
    while (at < scan.length && at - from < MAX_USER_INFO) {
      char c = scan.text.charAt(at);
      if (quote == 0 ? c <= ' ' : c == quote || isLineEnd(c)) {
        break;
      }
      if (c == ':' && colon < 0) {
        colon = at;
      }
      at++;
    }
    return colon > from && at > colon + 1 && !HarmlessValues.isHarmless(scan, colon + 1, at)
        ? scan.hit("cli", "password", colon + 1, at)
        : otherwise;
  }

  static int pem(Scan scan, int i) {
    int label = i + 11;
    int labelEnd = scan.text.indexOf("-----", label);
    if (labelEnd < 0 || labelEnd - label > 64) {
      return i + 11;
    }
    if (!scan.text.substring(label, labelEnd).contains("PRIVATE KEY")) {
      return labelEnd + 5;
    }
    int end = scan.text.indexOf("-----END ", labelEnd + 5);
    if (end >= 0) {
      int close = scan.text.indexOf("-----", end + 9);
      end = close < 0 ? scan.length : close + 5;
    } else {
      end = scan.length;
    }
    return scan.hit("pem", "private_key", i, end);
  }
}
