package dev.spoor.telemetry.redaction;

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
    if (end - start < 3 || start < scan.copied) {
      return after;
    }
    String kind = scan.names.kindOf(scan.text, start, end);
    if (kind == null) {
      if (end - start > 6) {
        return after;
      }
      return announced(scan, start, end, after, quote);
    }
    boolean list =
        start > 0 && isListStart(scan, start - 1 - (quote.isEmpty() ? 0 : quote.length()));
    return Values.value(scan, kind, after, after, quote, list);
  }

  /** name=password value=… : the pair that properties, headers and forms are written in. */
  static int announced(Scan scan, int start, int end, int after, String quote) {
    if (is(scan, start, end, "name")
        || is(scan, start, end, "key")
        || is(scan, start, end, "field")
        || is(scan, start, end, "header")) {
      int from = Values.skipSpaces(scan, after);
      while (from < scan.length
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
      if (kind != null) {
        scan.announcedKind = kind;
        scan.announcedUntil = to + 40;
      }
      return after;
    }
    if (start <= scan.announcedUntil
        && (is(scan, start, end, "value") || is(scan, start, end, "val"))) {
      scan.announcedUntil = -1;
      return Values.value(scan, scan.announcedKind, after, after, quote, false);
    }
    return after;
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
