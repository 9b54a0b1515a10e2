package dev.spoor.telemetry.redaction;

import static dev.spoor.telemetry.redaction.Chars.isDigit;
import static dev.spoor.telemetry.redaction.Chars.isNameChar;

/** Passwords in addresses: {@code scheme://user:password@host}, Oracle's {@code user/password@}. */
final class Urls {
  static final int MAX_USER_INFO = 512;
  private static final int MAX_BEYOND_SLASH = 128;

  private Urls() {}

  static int userInfo(Scan scan, int start) {
    if (scan.isMask(start)) {
      return start;
    }
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
    scan.work += at - start;
    if (last < 0) {
      return start;
    }
    if (colon >= 0 && colon < last) {
      boolean tokenBefore =
          last == colon + 1
              || scan.text.startsWith("x-oauth-basic", colon + 1)
              || scan.text.startsWith("x-token-auth", colon + 1);
      if (tokenBefore && colon - start >= 8) {
        return scan.hit("url", "url_token", start, colon);
      }
      if (tokenBefore || HarmlessValues.isHarmless(scan, colon + 1, last)) {
        return last;
      }
      return scan.hit("url", "url_password", colon + 1, last);
    }
    return last - start >= 16 ? scan.hit("url", "url_token", start, last) : start;
  }

  /** {@code user/password@host}, as Oracle's tools have it. */
  static int userAndSlash(Scan scan, int start) {
    int at = start;
    while (at < scan.length && at - start < 64 && isNameChar(scan.text.charAt(at))) {
      at++;
    }
    if (at == start || at >= scan.length || scan.text.charAt(at) != '/') {
      return start;
    }
    int from = ++at;
    while (at < scan.length
        && at - from < 128
        && scan.text.charAt(at) > ' '
        && scan.text.charAt(at) != '@') {
      at++;
    }
    boolean found = at > from && at < scan.length && scan.text.charAt(at) == '@';
    return found && !HarmlessValues.isHarmless(scan, from, at)
        ? scan.hit("url", "url_password", from, at)
        : start;
  }

  static boolean isNumber(Scan scan, int start, int end) {
    for (int i = start; i < end; i++) {
      if (!isDigit(scan.text.charAt(i))) {
        return false;
      }
    }
    return true;
  }
}
