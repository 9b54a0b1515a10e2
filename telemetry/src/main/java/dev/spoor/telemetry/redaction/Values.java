package dev.spoor.telemetry.redaction;

import static dev.spoor.telemetry.redaction.Chars.isAlphanumeric;
import static dev.spoor.telemetry.redaction.Chars.isLineEnd;
import static dev.spoor.telemetry.redaction.Chars.isNameChar;
import static dev.spoor.telemetry.redaction.Chars.isQuote;
import static dev.spoor.telemetry.redaction.Chars.isSpace;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Finds where the value behind a secret's name ends, in whatever format it is written. */
final class Values {
  private static final Set<String> SCHEMES =
      Set.of("bearer", "basic", "token", "apikey", "negotiate", "ntlm", "bot", "key", "jwt");

  private static final List<String> WRAPPERS =
      List.of("Some(", "Ok(", "Just ", "Right(", "Optional(");

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
    if (at >= scan.length || scan.isMask(at)) {
      return otherwise;
    }
    char c = scan.text.charAt(at);
    if (c == '\\' && at + 1 < scan.length && isLineEnd(scan.text.charAt(at + 1))) {
      // A properties file goes on in the next line.
      at = skipSpaces(scan, at + 2);
      if (at >= scan.length) {
        return otherwise;
      }
      c = scan.text.charAt(at);
    }
    if ((c == '&' || c == '!') && at + 1 < scan.length && isAnchor(scan.text.charAt(at + 1))) {
      // YAML's anchors and tags stand before the value.
      int word = at;
      while (word < scan.length && word - at < 40 && scan.text.charAt(word) > ' ') {
        word++;
      }
      if (word < scan.length && isSpace(scan.text.charAt(word))) {
        at = skipSpaces(scan, word);
        c = at < scan.length ? scan.text.charAt(at) : 0;
      }
    }
    if (scan.isMask(at)) {
      return otherwise;
    }
    if (isLineEnd(c)) {
      return block(scan, kind, at, otherwise);
    }
    if (c == '{' && !scan.text.startsWith("{{", at)) {
      return braces(scan, kind, at, otherwise);
    }
    if (scan.text.startsWith("string(", at)) {
      // PHP's dumps: string(12) "x"
      int open = scan.text.indexOf('"', at, Math.min(scan.length, at + 20));
      at = open < 0 ? at : open;
    }
    at = pastPrefix(scan, at);
    c = at < scan.length ? scan.text.charAt(at) : 0;
    if (c == '(') {
      return tuple(scan, kind, at, otherwise);
    }
    if (c == '[') {
      return array(scan, kind, at, otherwise, nameQuote);
    }
    int quoteLength = quoteAt(scan, at);
    if (quoteLength > 0) {
      return quoted(scan, kind, at, quoteLength, otherwise);
    }
    if (c == '|' || c == '>') {
      return block(scan, kind, at, otherwise);
    }
    int end = kind.equals("cookie") ? restOfLine(scan, at) : bare(scan, at, list);
    if (kind.equals("authorization")) {
      if (end - at == 6 && scan.text.startsWith("denied", at)) {
        return otherwise;
      }
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
      if (wordEnd < scan.length
          && wordEnd > next
          && scan.text.charAt(wordEnd - 1) == '='
          && isQuote(scan.text.charAt(wordEnd))) {
        return parameters(scan, start);
      }
      return HarmlessValues.isHarmless(scan, next, wordEnd) ? -1 : wordEnd;
    }
    if (scheme.equals("digest")
        || scheme.equals("oauth")
        || scheme.startsWith("aws4-")
        || scheme.startsWith("googlelogin")
        || scheme.startsWith("hawk")
        || scheme.startsWith("signature")) {
      return parameters(scan, start);
    }
    return end;
  }

  /** A header's parameters: up to the end of the line or a quote that opens no value. */
  static int parameters(Scan scan, int start) {
    int at = start;
    boolean open = false;
    while (at < scan.length) {
      char c = scan.text.charAt(at);
      if (isLineEnd(c) || c == '\'') {
        break;
      }
      if (c == '\\' && at + 1 < scan.length) {
        char next = scan.text.charAt(at + 1);
        if (next == 'n' || next == 'r') {
          break;
        }
        if (next == '"' && scan.text.charAt(at - 1) != '=' && !open) {
          break;
        }
      }
      if (c == '"') {
        char before = scan.text.charAt(at - 1);
        if (open) {
          open = false;
        } else if (before == '=' || before == '\\') {
          open = true;
        } else {
          break;
        }
      }
      at++;
    }
    scan.work += at - start;
    return at;
  }

  private static boolean isAnchor(char c) {
    return isAlphanumeric(c) || c == '!';
  }

  /**
   * Behind the letters that languages put before a string: {@code b'x'}, {@code N'x'},
   * {@code @"x"}.
   */
  private static int pastPrefix(Scan scan, int start) {
    for (int at = start; at < start + 3 && at < scan.length; at++) {
      char c = scan.text.charAt(at);
      if (isQuote(c)) {
        return at;
      }
      if ("bBrRuUfFnN@$".indexOf(c) < 0) {
        break;
      }
    }
    // Rust, Scala, Haskell: Some("x").
    if (start >= scan.length || "SOJR".indexOf(scan.text.charAt(start)) < 0) {
      return start;
    }
    for (String wrapper : WRAPPERS) {
      if (scan.text.startsWith(wrapper, start)) {
        int inner = start + wrapper.length();
        return quoteAt(scan, inner) > 0 ? inner : start;
      }
    }
    return start;
  }

  /** {@code auth=('user', 'x')}: all strings of it. */
  private static int tuple(Scan scan, String kind, int start, int otherwise) {
    int at = skipSpaces(scan, start + 1);
    int quote = quoteAt(scan, at);
    if (quote == 0) {
      return otherwise;
    }
    int end = at;
    while (end < scan.length && end - start < 512 && scan.text.charAt(end) != ')') {
      if (isLineEnd(scan.text.charAt(end))) {
        return otherwise;
      }
      end++;
    }
    scan.work += end - start;
    return HarmlessValues.isHarmless(scan, at + quote, end)
        ? otherwise
        : scan.hit("field", kind, at, end);
  }

  /** ODBC's {@code PWD={x}}; an object whose {@code value} may be the secret. */
  private static int braces(Scan scan, String kind, int start, int otherwise) {
    int end = start + 1;
    while (end < scan.length && end - start < 128 && scan.text.charAt(end) > ' ') {
      char c = scan.text.charAt(end);
      if (c == '}') {
        return HarmlessValues.looksRandom(scan, start + 1, end)
            ? scan.hit("field", kind, start + 1, end)
            : otherwise;
      }
      if (isQuote(c) || c == '\\') {
        break;
      }
      end++;
    }
    scan.work += end - start;
    scan.announce(kind, start + 64);
    return otherwise;
  }

  static int restOfLine(Scan scan, int start) {
    int at = start;
    while (at < scan.length) {
      char c = scan.text.charAt(at);
      if (isLineEnd(c)) {
        break;
      }
      if (c == '"' || c == '\'') {
        int close = at > start && scan.text.charAt(at - 1) == '=' ? closing(scan, at) : -1;
        if (close < 0) {
          break;
        }
        at = close + 1;
        continue;
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

  /**
   * Where the quoted value of a cookie ends: in its line, before the next cookie; -1 if nowhere.
   */
  private static int closing(Scan scan, int quote) {
    int at = quote + 1;
    while (at < scan.length && !isLineEnd(scan.text.charAt(at))) {
      if (scan.text.charAt(at) == scan.text.charAt(quote)) {
        boolean ends =
            at + 1 == scan.length
                || scan.text.charAt(at + 1) == ';'
                || isLineEnd(scan.text.charAt(at + 1));
        return ends ? at : -1;
      }
      at++;
    }
    return -1;
  }

  /** End of an unquoted value. A delimiter counts only if what follows looks like structure. */
  static int bare(Scan scan, int start, boolean list) {
    int at = start;
    int open = 0;
    boolean spaces = list && !HarmlessValues.startsWithLiteral(scan, start);
    while (at < scan.length) {
      char c = scan.text.charAt(at);
      if (isLineEnd(c) || c == '"' || c == '`' || (c == '<' && at > start)) {
        break;
      }
      if (c == '(' || c == '[' || c == '{') {
        open++;
      }
      if (isSpace(c) && !spaces) {
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
    scan.work += at - start;
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
    if (scan.isMask(first)) {
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

  /** A YAML block scalar, a list or a value on the next, deeper line; PHP's dumps. */
  static int block(Scan scan, String kind, int start, int otherwise) {
    String text = scan.text;
    int lineEnd = start;
    while (lineEnd < scan.length && !isLineEnd(text.charAt(lineEnd))) {
      if (lineEnd - start > 6) {
        return otherwise;
      }
      lineEnd++;
    }
    boolean marked = lineEnd > start;
    int least = marked ? 0 : indentOfLine(scan, start);
    int at = lineEnd;
    if (text.startsWith("\r\n", at)) {
      at++;
    }
    int first = -1;
    int end = at;
    while (at < scan.length) {
      int line = at + 1;
      int word = skipIndent(scan, line);
      if (word >= scan.length || (isLineEnd(text.charAt(word)) && !marked)) {
        break;
      }
      if (word - line <= least && !isLineEnd(text.charAt(word))) {
        break;
      }
      int stop = word;
      int spaces = 0;
      while (stop < scan.length && !isLineEnd(text.charAt(stop))) {
        spaces += isSpace(text.charAt(stop)) ? 1 : 0;
        stop++;
      }
      scan.work += stop - line;
      boolean item = text.startsWith("- ", word);
      if (!marked && !item && spaces > 0) {
        // A map below, or prose; but PHP: string(12) "x"
        int open = text.startsWith("string(", word) ? text.indexOf('"', word, stop) : -1;
        return open < 0 ? otherwise : quoted(scan, kind, open, 1, otherwise);
      }
      if (!marked && spaces > (item ? 1 : 0)) {
        return otherwise;
      }
      if (first < 0) {
        first = word;
      }
      end = stop;
      at = stop;
      if (!marked && !item) {
        break;
      }
    }
    if (first < 0 || first >= end) {
      return otherwise;
    }
    int from = text.startsWith("- ", first) ? first + 2 : first;
    if (!marked && quoteAt(scan, from) > 0) {
      return quoted(scan, kind, from, quoteAt(scan, from), otherwise);
    }
    if (!marked && (text.charAt(from) == '[' || text.charAt(from) == '{')) {
      return otherwise;
    }
    return from >= end || HarmlessValues.isHarmless(scan, from, end)
        ? otherwise
        : scan.hit("field", kind, from, end);
  }

  private static int indentOfLine(Scan scan, int at) {
    int begin = at;
    while (begin > 0
        && at - begin < SecretNames.MAX_LENGTH * 2
        && !isLineEnd(scan.text.charAt(begin - 1))) {
      begin--;
    }
    scan.work += at - begin;
    int indent = skipIndent(scan, begin) - begin;
    return scan.text.startsWith("- ", begin + indent) ? indent + 2 : indent;
  }

  static int skipIndent(Scan scan, int start) {
    int at = Math.min(start, scan.length);
    while (at < scan.length && isSpace(scan.text.charAt(at))) {
      at++;
    }
    return at;
  }

  static int quoted(Scan scan, String kind, int start, int quoteLength, int otherwise) {
    if (quoteLength == 1
        && scan.text.startsWith(scan.text.substring(start, start + 1).repeat(3), start)) {
      String three = scan.text.substring(start, start + 3);
      int close = scan.text.indexOf(three, start + 3);
      int stop = close < 0 ? scan.length : close;
      return stop == start + 3 ? otherwise : scan.hit("field", kind, start + 3, stop);
    }
    int from = start + quoteLength;
    int end = closing(scan, start, quoteLength);
    scan.work += end - start;
    if (scan.text.startsWith(" + ", from)) {
      // Code puts a text together: this quote closed the one before.
      return otherwise;
    }
    if (end == from || scan.isMask(from) || HarmlessValues.isHarmless(scan, from, end)) {
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
