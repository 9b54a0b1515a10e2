package dev.spoor.telemetry.redaction;

import static dev.spoor.telemetry.redaction.Chars.isAlphanumeric;
import static dev.spoor.telemetry.redaction.Chars.isLineEnd;
import static dev.spoor.telemetry.redaction.Chars.isNameChar;
import static dev.spoor.telemetry.redaction.Chars.isQuote;
import static dev.spoor.telemetry.redaction.Chars.isSpace;

import java.util.Locale;
import java.util.Set;

/** Finds where the value behind a secret's name ends, in whatever format it is written. */
final class Values {
  private static final Set<String> SCHEMES =
      Set.of("bearer", "basic", "token", "apikey", "negotiate", "ntlm", "bot", "key", "jwt");

  private static final int MAX_IDENTIFIER = 40;

  private Values() {}

  /**
   * Redacts the value that starts at {@code start} or behind spaces there.
   *
   * @param otherwise where to go on if there is nothing to redact
   * @param nameQuote quotes of the name: a bare JSON value gets the same, so that it stays JSON
   * @param list whether the value may contain spaces up to the next delimiter
   */
  static int value(
      Scan scan, String kind, int start, int otherwise, String nameQuote, boolean list) {
    int at = start;
    if (at < scan.length && scan.text.charAt(at) == '>') {
      at++;
    }
    while (at < scan.length && scan.text.charAt(at) == '=') {
      at++;
    }
    at = skipSpaces(scan, at);
    if (scan.text.startsWith("%20", at)) {
      at += 3;
    }
    if (!nameQuote.isEmpty()) {
      // Pretty-printed JSON may break the line here.
      int spaces = 0;
      while (at < scan.length && scan.text.charAt(at) <= ' ' && spaces++ < 64) {
        at++;
      }
    }
    if (at >= scan.length || scan.text.startsWith(Scan.MASK_START, at)) {
      return otherwise;
    }
    char c = scan.text.charAt(at);
    if ((c == '{' && !scan.text.startsWith("{{", at)) || isLineEnd(c)) {
      return isLineEnd(c) ? block(scan, kind, at, otherwise) : otherwise;
    }
    if (c == '[') {
      return array(scan, kind, at, otherwise, nameQuote);
    }
    int quoteLength = quoteAt(scan, at);
    if (quoteLength > 0) {
      return quoted(scan, kind, at, quoteLength, otherwise);
    }
    if (c == '|' || (c == '>' && at + 1 < scan.length && isLineEnd(scan.text.charAt(at + 1)))) {
      return block(scan, kind, at, otherwise);
    }
    int end = kind.equals("cookie") ? restOfLine(scan, at) : bare(scan, at, list);
    if (kind.equals("authorization")) {
      end = credentials(scan, at, end);
      if (end < 0) {
        return otherwise;
      }
    }
    if (end == at || HarmlessValues.isHarmless(scan, at, end)) {
      return otherwise;
    }
    boolean json = !nameQuote.isEmpty() && !nameQuote.equals("'");
    return scan.hit("field", kind, at, end, json ? nameQuote : "");
  }

  /** The scheme and the word behind it; a digest has parameters up to the end of the line. */
  static int credentials(Scan scan, int start, int end) {
    String first = scan.text.substring(start, Math.min(end, start + HarmlessValues.MAX_LENGTH));
    String scheme = first.toLowerCase(Locale.ROOT);
    if (SCHEMES.contains(scheme)) {
      int next = skipSpaces(scan, end);
      if (next == end || next >= scan.length || isLineEnd(scan.text.charAt(next))) {
        return -1;
      }
      int wordEnd = bare(scan, next, false);
      return HarmlessValues.isHarmless(scan, next, wordEnd) ? -1 : wordEnd;
    }
    if (scheme.equals("digest") || scheme.startsWith("aws4-") || scheme.equals("hawk")) {
      return restOfLine(scan, start);
    }
    return end;
  }

  static int restOfLine(Scan scan, int start) {
    int at = start;
    while (at < scan.length) {
      char c = scan.text.charAt(at);
      if (isLineEnd(c) || c == '"' || c == '\'') {
        break;
      }
      if (c == '\\'
          && at + 1 < scan.length
          && (scan.text.charAt(at + 1) == 'n'
              || scan.text.charAt(at + 1) == 'r'
              || isQuote(scan.text.charAt(at + 1)))) {
        break;
      }
      at++;
    }
    return at;
  }

  /** End of an unquoted value. A delimiter counts only if what follows looks like structure. */
  static int bare(Scan scan, int start, boolean list) {
    int at = start;
    int open = 0;
    while (at < scan.length) {
      char c = scan.text.charAt(at);
      if (isLineEnd(c) || c == '"' || c == '`' || (c == '<' && at > start)) {
        break;
      }
      if (c == '(' || c == '[' || c == '{') {
        open++;
      }
      if (isSpace(c) && !list) {
        break;
      }
      if (isSpace(c) && startsField(scan, skipSpaces(scan, at))) {
        break;
      }
      if (c == '\'' && (at + 1 == scan.length || !isAlphanumeric(scan.text.charAt(at + 1)))) {
        break;
      }
      if (c == '\\' && at + 1 < scan.length) {
        char next = scan.text.charAt(at + 1);
        if (next == 'n' || next == 'r' || next == 't' || isQuote(next)) {
          break;
        }
      }
      if ((c == ',' || c == ';' || c == '&') && isDelimiter(scan, at)) {
        break;
      }
      if (c == ')' || c == ']' || c == '}') {
        if (open == 0 && isClosing(scan, at)) {
          break;
        }
        open = Math.max(0, open - 1);
      }
      at++;
    }
    while (at > start && isSpace(scan.text.charAt(at - 1))) {
      at--;
    }
    // The stop of a sentence is no part of the secret; nobody is hurt if it was.
    if (at - start > 1 && scan.text.charAt(at - 1) == '.') {
      at--;
    }
    return at;
  }

  static boolean isDelimiter(Scan scan, int at) {
    if (at + 1 >= scan.length) {
      return true;
    }
    char next = scan.text.charAt(at + 1);
    return next <= ' ' || isQuote(next) || next == '}' || next == ']' || startsField(scan, at + 1);
  }

  static boolean isClosing(Scan scan, int at) {
    if (at + 1 >= scan.length) {
      return true;
    }
    char next = scan.text.charAt(at + 1);
    return next <= ' '
        || isQuote(next)
        || next == ','
        || next == ';'
        || next == '.'
        || next == ')'
        || next == ']'
        || next == '}'
        || next == '\\'
        || next == ':';
  }

  /** Whether {@code name=} or {@code name:} stands here. */
  static boolean startsField(Scan scan, int start) {
    int at = start;
    while (at < scan.length && at - start < MAX_IDENTIFIER && isNameChar(scan.text.charAt(at))) {
      at++;
    }
    return at > start
        && at < scan.length
        && (scan.text.charAt(at) == '=' || scan.text.charAt(at) == ':');
  }

  /** An array of secrets; one of a dump has no quotes. */
  static int array(Scan scan, String kind, int start, int otherwise, String nameQuote) {
    int first = start + 1;
    while (first < scan.length
        && (isQuote(scan.text.charAt(first)) || scan.text.charAt(first) == '\\')) {
      first++;
    }
    if (scan.text.startsWith(Scan.MASK_START, first)) {
      return otherwise;
    }
    int end = scan.text.indexOf(']', start);
    if (end < 0) {
      end = scan.length;
    }
    if (end <= start + 1 || HarmlessValues.isHarmless(scan, start + 1, end)) {
      return otherwise;
    }
    return scan.hit("field", kind, start + 1, end, nameQuote);
  }

  /** A YAML block scalar or a value on the next, deeper line. */
  static int block(Scan scan, String kind, int start, int otherwise) {
    int lineEnd = start;
    while (lineEnd < scan.length && !isLineEnd(scan.text.charAt(lineEnd))) {
      if (lineEnd - start > 4) {
        return otherwise;
      }
      lineEnd++;
    }
    if (lineEnd == start) {
      // "password:" at the end of a line: a secret only as a YAML block, which needs | or >.
      return otherwise;
    }
    int at = lineEnd;
    int first = -1;
    while (at < scan.length) {
      int line = at + 1;
      int text0 = skipIndent(scan, line);
      if (text0 == line && text0 < scan.length && !isLineEnd(scan.text.charAt(text0))) {
        break;
      }
      if (first < 0) {
        first = text0;
      }
      at = text0;
      while (at < scan.length && !isLineEnd(scan.text.charAt(at))) {
        at++;
      }
    }
    int end = Math.min(at, scan.length);
    return first < 0 || first >= end ? otherwise : scan.hit("field", kind, first, end);
  }

  static int skipIndent(Scan scan, int start) {
    int at = Math.min(start, scan.length);
    while (at < scan.length && isSpace(scan.text.charAt(at))) {
      at++;
    }
    return at;
  }

  static int quoted(Scan scan, String kind, int start, int quoteLength, int otherwise) {
    int from = start + quoteLength;
    int end = closing(scan, start, quoteLength);
    if (end == from
        || scan.text.startsWith(Scan.MASK_START, from)
        || HarmlessValues.isHarmless(scan, from, end)) {
      return otherwise;
    }
    if (kind.equals("authorization")
        && SCHEMES.contains(
            scan.text
                .substring(from, Math.min(end, from + HarmlessValues.MAX_LENGTH))
                .toLowerCase(Locale.ROOT))) {
      return otherwise;
    }
    return scan.hit("field", kind, from, end);
  }

  /** Length of the opening quote here, with its escapes, or 0. */
  static int quoteAt(Scan scan, int at) {
    int i = at;
    while (i < scan.length && scan.text.charAt(i) == '\\' && i - at < 16) {
      i++;
    }
    if (i < scan.length && isQuote(scan.text.charAt(i))) {
      return i + 1 - at;
    }
    if (scan.text.startsWith("&quot;", at)) {
      return 6;
    }
    return scan.text.startsWith("%22", at) ? 3 : 0;
  }

  /** Where the closing quote starts: the same sign behind as many backslashes; else the end. */
  static int closing(Scan scan, int start, int quoteLength) {
    int from = start + quoteLength;
    char last = scan.text.charAt(from - 1);
    if (!isQuote(last)) {
      int close = scan.text.indexOf(scan.text.substring(start, from), from);
      return close < 0 ? scan.length : close;
    }
    int escapes = quoteLength - 1;
    int at = from;
    int backslashes = 0;
    while (at < scan.length) {
      char c = scan.text.charAt(at);
      if (c == '\\') {
        backslashes++;
      } else {
        if (c == last && closes(backslashes, escapes)) {
          return at - Math.min(backslashes, escapes);
        }
        backslashes = 0;
      }
      at++;
    }
    return scan.length;
  }

  /**
   * At depth 0 a quote closes behind an even number of backslashes; deeper, behind {@code escapes}
   * of them, or behind as many and pairs of escaped backslashes of the value.
   */
  static boolean closes(int backslashes, int escapes) {
    if (escapes == 0) {
      return (backslashes & 1) == 0;
    }
    return backslashes <= escapes || (backslashes - escapes) % (2 * (escapes + 1)) == 0;
  }

  static int skipSpaces(Scan scan, int start) {
    int at = start;
    while (at < scan.length && at - start < 16 && isSpace(scan.text.charAt(at))) {
      at++;
    }
    return at;
  }
}
