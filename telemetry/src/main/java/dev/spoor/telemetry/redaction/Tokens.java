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
  /** Shorter words say too little to be decoded. */
  static final int MIN_BASE64 = 16;

  private static final int MAX_DEPTH = 2;

  private Tokens() {}

  /** End of what was redacted, or -1. */
  static int wordStart(Scan scan, int i, char c) {
    return i + 1 < scan.length && TokenShapes.mayStart(c, scan.text.charAt(i + 1))
        ? token(scan, i, c)
        : -1;
  }

  private static int token(Scan scan, int i, char c) {
    if (isDigit(c)) {
      int end = CardNumbers.digits(scan, i);
      if (end >= 0 || !scan.text.startsWith("1//0", i)) {
        return end;
      }
    }
    if (c == 'e' && i >= scan.noJwtBefore && scan.text.startsWith("eyJ", i)) {
      int end = jwt(scan, i);
      if (end >= 0) {
        return end;
      }
    }
    Shape[] shapes = TokenShapes.startingWith(c, scan.text.charAt(i + 1));
    if (shapes != null) {
      for (Shape shape : shapes) {
        int end = TokenShapes.match(shape, scan, i);
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
      if (end - start > HarmlessValues.MAX_LENGTH * 4 && (!digit || end < scan.noSchemeBefore)) {
        break;
      }
      end++;
    }
    scan.work += end - start;
    if (digit && end < scan.noSchemeBefore) {
      // A part of what was looked through before, up to the next field.
      return -1;
    }
    while (end > start && scan.text.charAt(end - 1) == '.') {
      end--;
    }
    int size = end - start;
    int equals = scan.text.indexOf('=', start, end);
    if (equals > 0 && equals + 1 < end && scan.text.charAt(equals + 1) != '=') {
      // Padding stands at the end; this is the next field: token_type=bearer count=3.
      scan.noSchemeBefore = equals;
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
    if (end - start > Urls.MAX_USER_INFO) {
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

  /** Tokens that only a mark in their middle gives away. */
  static int byMark(Scan scan, int start, int end) {
    int stop = TokenShapes.matchByMark(scan.text, start, end);
    if (stop < 0) {
      return -1;
    }
    String kind =
        switch (scan.text.charAt(end)) {
          case '~' -> "azure_secret";
          case '-' -> "mailchimp_key";
          default -> scan.text.startsWith(".atlasv1.", end) ? "terraform_token" : "discord_token";
        };
    return scan.hit(kind, kind, start, stop);
  }

  /** Passwords as they are stored: bcrypt, Argon2, the formats of crypt(5). */
  static int passwordHash(Scan scan, int i) {
    String text = scan.text;
    int id = i + 1;
    int idEnd = id;
    while (idEnd < scan.length && idEnd - id < 16 && isHashId(text.charAt(idEnd))) {
      idEnd++;
    }
    if (idEnd == id || idEnd >= scan.length || text.charAt(idEnd) != '$') {
      return i + 1;
    }
    String name = text.substring(id, idEnd);
    String kind =
        switch (name) {
          case "2a", "2b", "2x", "2y" -> "bcrypt_hash";
          case "argon2i", "argon2d", "argon2id" -> "argon2_hash";
          case "1", "5", "6", "7", "y", "apr1", "scrypt", "pbkdf2-sha256", "pbkdf2-sha512" ->
              "crypt_hash";
          default -> null;
        };
    if (kind == null) {
      return i + 1;
    }
    int at = idEnd;
    while (at < scan.length && isHashChar(text.charAt(at))) {
      at++;
    }
    scan.work += at - i;
    while (text.charAt(at - 1) == '.' || text.charAt(at - 1) == ',') {
      at--;
    }
    return at - idEnd >= 20 ? scan.hit(kind, kind, i, at) : at;
  }

  private static boolean isHashId(char c) {
    return isAlphanumeric(c) || c == '-';
  }

  private static boolean isHashChar(char c) {
    return TokenShapes.Alphabet.BASE64.has(c) || c == '$' || c == ',';
  }

  /** LDAP's {@code {SSHA}…}. */
  static int ldapHash(Scan scan, int i) {
    String text = scan.text;
    if (i + 1 >= scan.length || "sSmMcC".indexOf(text.charAt(i + 1)) < 0) {
      return i + 1;
    }
    if (!text.regionMatches(true, i, "{SHA", 0, 4)
        && !text.regionMatches(true, i, "{SSHA", 0, 5)
        && !text.regionMatches(true, i, "{SMD5", 0, 5)
        && !text.regionMatches(true, i, "{MD5", 0, 4)
        && !text.regionMatches(true, i, "{CRYPT", 0, 6)) {
      return i + 1;
    }
    int close = text.indexOf('}', i, Math.min(scan.length, i + 12));
    if (close < 0) {
      return i + 1;
    }
    int at = close + 1;
    while (at < scan.length && TokenShapes.Alphabet.BASE64.has(text.charAt(at))) {
      at++;
    }
    scan.work += at - i;
    return at - close > 16 ? scan.hit("ldap_hash", "ldap_hash", i, at) : i + 1;
  }

  /**
   * Base64 of a text that has a secret in it. Images and keys in binary form are no text, so that
   * the first characters say no.
   */
  static int base64(Scan scan, int start, int end) {
    String text = scan.text;
    int from = start;
    while (from > scan.redactedUntil && start - from < 64 && isBase64(text.charAt(from - 1))) {
      from--;
    }
    int to = end;
    while (to < scan.length && isBase64(text.charAt(to))) {
      to++;
    }
    scan.work += to - from;
    scan.noBase64Before = to;
    StringBuilder plain = new StringBuilder();
    int bits = 0;
    int count = 0;
    for (int i = from; i < to; i++) {
      int value = value(text.charAt(i));
      bits = bits << 6 | value;
      count += 6;
      if (count >= 8) {
        count -= 8;
        char c = (char) (bits >> count & 0xFF);
        if (c > '~' || (c < ' ' && c != '\n' && c != '\r' && c != '\t')) {
          return -1;
        }
        plain.append(c);
      }
    }
    Scan inner = scan.within(plain.toString());
    if (inner.depth > MAX_DEPTH) {
      return -1;
    }
    inner.run();
    scan.work += inner.work + plain.length();
    if (inner.founds().isEmpty()) {
      return -1;
    }
    while (to < scan.length && text.charAt(to) == '=') {
      to++;
    }
    return scan.hit("base64", inner.founds().getFirst().kind(), from, to);
  }

  private static boolean isBase64(char c) {
    return isAlphanumeric(c) || c == '+' || c == '/' || c == '-' || c == '_';
  }

  private static int value(char c) {
    if (c >= 'A' && c <= 'Z') {
      return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
      return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
      return c - '0' + 52;
    }
    return c == '+' || c == '-' ? 62 : 63;
  }
}
