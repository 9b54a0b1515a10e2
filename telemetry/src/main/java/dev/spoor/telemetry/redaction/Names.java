package dev.spoor.telemetry.redaction;

import static dev.spoor.telemetry.redaction.Chars.isDigit;
import static dev.spoor.telemetry.redaction.Chars.isLineEnd;
import static dev.spoor.telemetry.redaction.Chars.isNameChar;
import static dev.spoor.telemetry.redaction.Chars.isQuote;
import static dev.spoor.telemetry.redaction.Chars.isSpace;

/** Looks at the name before a separator: does it make what follows a secret? */
final class Names {
  private static final int MAX_SPACES = 4;

  private Names() {}

  /**
   * Looks whether the name before a separator makes what follows a secret.
   *
   * @param at the separator
   * @param after behind it
   * @return where to go on
   */
  static int separator(Scan scan, int at, int after) {
    int end = at;
    int spaces = 0;
    while (end > 0 && isSpace(scan.text.charAt(end - 1)) && spaces++ < MAX_SPACES) {
      end--;
    }
    if (end > 0 && scan.text.charAt(end - 1) == ']') {
      end--;
      int index = end;
      while (index > 0 && end - index < 6 && isDigit(scan.text.charAt(index - 1))) {
        index--;
      }
      if (index < end && index > 0 && scan.text.charAt(index - 1) == '[') {
        end = index - 1;
      }
    }
    String quote = "";
    if (end > 0 && isQuote(scan.text.charAt(end - 1))) {
      int close = end;
      end--;
      int escapes = 0;
      while (end > 0 && scan.text.charAt(end - 1) == '\\' && escapes++ < 16) {
        end--;
      }
      quote = scan.text.substring(end, close);
    } else if (end >= 6 && scan.text.startsWith("&quot;", end - 6)) {
      end -= 6;
      quote = "&quot;";
    } else if (end >= 3 && scan.text.startsWith("%22", end - 3)) {
      end -= 3;
      quote = "%22";
    }
    int start = end;
    int least = Math.max(0, end - SecretNames.MAX_LENGTH);
    while (start > least && isNameChar(scan.text.charAt(start - 1))) {
      start--;
    }
    scan.work += at - start;
    if (start > 0 && end - start > 3 && scan.text.charAt(start - 1) == '\\') {
      // A literal \n before the name, not a name that begins with n.
      char escape = scan.text.charAt(start);
      if (escape == 'n' || escape == 'r' || escape == 't') {
        start++;
      }
    }
    if (scan.text.startsWith("-D", start) || scan.text.startsWith("-P", start)) {
      start += 2;
    }
    if (end <= start || start < scan.redactedUntil) {
      return after;
    }
    if (end - start < 3) {
      if (is(scan, start, end, "pw")) {
        return Values.value(scan, "password", after, after, quote, false);
      }
      return jwk(scan, start, end, after, quote);
    }
    SecretNames.Verdict verdict = scan.names.of(scan.text, start, end);
    String kind = verdict.kind();
    if (kind == null) {
      return verdict.role() == SecretNames.Role.NONE
          ? after
          : announced(scan, verdict.role(), start, end, after, quote);
    }
    if (isWorkingDirectory(scan, start, end, after)) {
      return after;
    }
    if (end - start == 4 && at == end && scan.text.startsWith("PASS", start)) {
      // Tests say PASS: and what passed.
      int word = Values.skipSpaces(scan, after);
      int wordEnd = word;
      while (wordEnd < scan.length
          && wordEnd - word < HarmlessValues.MAX_LENGTH
          && !isSpace(scan.text.charAt(wordEnd))
          && !isLineEnd(scan.text.charAt(wordEnd))) {
        wordEnd++;
      }
      scan.work += wordEnd - word;
      if (!HarmlessValues.looksRandom(scan, word, wordEnd)) {
        return after;
      }
    }
    boolean list =
        start > 0 && isListStart(scan, start - 1 - (quote.isEmpty() ? 0 : quote.length()));
    return Values.value(scan, kind, after, after, quote, list);
  }

  /** Names that are no secret's but have to do with one: name=password value=… and the like. */
  private static int announced(
      Scan scan, SecretNames.Role role, int start, int end, int after, String quote) {
    return switch (role) {
      case NONE -> after;
      case NAMES -> announcing(scan, start, after);
      case KEY -> {
        String prose = BareNames.kindOf(scan, start, end);
        if (prose != null) {
          yield Values.value(scan, prose, after, after, quote, false);
        }
        int next = announcing(scan, start, after);
        yield next == after ? query(scan, start, end, after) : next;
      }
      case CODE -> {
        String prose = BareNames.kindOf(scan, start, end);
        yield prose != null
            ? Values.value(scan, prose, after, after, quote, false)
            : query(scan, start, end, after);
      }
      case DATA -> Manifests.data(scan, start, after);
      case LINES -> {
        int close = scan.text.indexOf("Private-MAC", after);
        yield scan.hit("pem", "private_key", after, close < 0 ? scan.length : close);
      }
      case VALUE -> {
        if (start > scan.announcedUntil) {
          yield after;
        }
        scan.announcedUntil = -1;
        yield Values.value(scan, scan.announcedKind, after, after, quote, false);
      }
    };
  }

  private static int announcing(Scan scan, int start, int after) {
    int from = Values.skipSpaces(scan, after);
    while (from < scan.length
        && from - after < SecretNames.MAX_LENGTH
        && (isQuote(scan.text.charAt(from)) || scan.text.charAt(from) == '\\')) {
      from++;
    }
    int to = from;
    while (to < scan.length
        && to - from < SecretNames.MAX_LENGTH
        && isNameChar(scan.text.charAt(to))) {
      to++;
    }
    String kind = scan.names.kindOf(scan.text, from, to);
    if (kind == null) {
      return after;
    }
    scan.announce(kind, to + 64);
    valueBefore(scan, start, kind);
    return formPart(scan, kind, to, after);
  }

  /** The shell's {@code PWD}, which ODBC has for passwords. */
  private static boolean isWorkingDirectory(Scan scan, int start, int end, int after) {
    if (!scan.text.startsWith("PWD", end - 3)
        || !(end - start == 3 || scan.text.startsWith("OLDPWD", start))) {
      return false;
    }
    int at = after;
    while (at < scan.length && (scan.text.charAt(at) == '"' || scan.text.charAt(at) == '\'')) {
      at++;
    }
    return scan.text.startsWith("/", at)
        || scan.text.startsWith("~", at)
        || scan.text.startsWith(":\\", at + 1)
        || scan.text.startsWith(":/", at + 1);
  }

  /** {@code ?code=…} and {@code &key=…}: names that are secret only in a query, if long enough. */
  private static int query(Scan scan, int start, int end, int after) {
    boolean inQuery =
        start > 0 && (scan.text.charAt(start - 1) == '?' || scan.text.charAt(start - 1) == '&');
    if (!inQuery) {
      return after;
    }
    int to = after;
    while (to < scan.length
        && to - after < 512
        && TokenShapes.Alphabet.BASE64.has(scan.text.charAt(to))
        && scan.text.charAt(to) != '=') {
      to++;
    }
    scan.work += to - after;
    boolean code = end - start == 4;
    return to - after >= (code ? 8 : 20) && HarmlessValues.looksRandom(scan, after, to)
        ? scan.hit("query", code ? "oauth_code" : "api_key", after, to)
        : after;
  }

  /** The private numbers of a JSON Web Key: {@code "d"}, {@code "k"} and their like. */
  private static int jwk(Scan scan, int start, int end, int after, String quote) {
    if (quote.isEmpty()
        || !scan.mentionsKeyType()
        || "|d|k|p|q|dp|dq|qi|".indexOf("|" + scan.text.substring(start, end) + "|") < 0) {
      return after;
    }
    int at = Values.skipSpaces(scan, after);
    int open = Values.quoteAt(scan, at);
    int from = at + open;
    int to = from;
    while (open > 0
        && to < scan.length
        && TokenShapes.Alphabet.URL_SAFE.has(scan.text.charAt(to))) {
      to++;
    }
    scan.work += to - after;
    return to - from >= 40 ? scan.hit("jwk", "private_key", from, to) : after;
  }

  /** {@code value="x" name="password"}: the value stood before its name. */
  private static void valueBefore(Scan scan, int start, String kind) {
    // Only back to the name before: what is before that was looked at for it.
    int least = Math.max(Math.max(scan.redactedUntil, scan.namesUntil), start - 160);
    scan.namesUntil = start;
    int at = start;
    while (at > least && scan.text.charAt(at - 1) != '<' && scan.text.charAt(at - 1) != '{') {
      at--;
      if (scan.text.startsWith("value", at)) {
        int value = at + 5;
        while (value < start && "\"'\\:= ".indexOf(scan.text.charAt(value)) >= 0) {
          value++;
        }
        int end = value;
        while (end < start && !isQuote(scan.text.charAt(end)) && scan.text.charAt(end) != '\\') {
          end++;
        }
        if (value > at + 6 && end > value && !HarmlessValues.isHarmless(scan, value, end)) {
          scan.hit("field", kind, value, end);
          scan.announcedUntil = -1;
        }
        break;
      }
    }
    scan.work += start - at;
  }

  /** A form's part: {@code name="password"}, an empty line, the value. */
  private static int formPart(Scan scan, String kind, int nameEnd, int after) {
    int at = nameEnd;
    int lineEnds = 0;
    while (at < scan.length && at - nameEnd < 8) {
      char c = scan.text.charAt(at);
      if (c == '\n') {
        lineEnds++;
      } else if (c != '\r' && c != '"') {
        break;
      }
      at++;
    }
    if (lineEnds != 2) {
      return after;
    }
    int end = Values.restOfLine(scan, at);
    return end == at || HarmlessValues.isHarmless(scan, at, end)
        ? after
        : scan.hit("field", kind, at, end);
  }

  static boolean is(Scan scan, int start, int end, String word) {
    return end - start == word.length()
        && scan.text.regionMatches(true, start, word, 0, word.length());
  }

  /** Whether the name is an item of a list or dump, whose values may have spaces. */
  static boolean isListStart(Scan scan, int i) {
    if (i < 0) {
      return false;
    }
    char c = scan.text.charAt(i);
    return c == '['
        || c == '('
        || c == '{'
        || (c == ' ' && i > 0 && scan.text.charAt(i - 1) == ',');
  }
}
