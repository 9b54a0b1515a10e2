package dev.spoor.telemetry.redaction;

import static dev.spoor.telemetry.redaction.Chars.isAlphanumeric;
import static dev.spoor.telemetry.redaction.Chars.isLineEnd;
import static dev.spoor.telemetry.redaction.Chars.isNameChar;
import static dev.spoor.telemetry.redaction.Chars.isQuote;
import static dev.spoor.telemetry.redaction.Chars.isSpace;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A secret's name with no separator behind it: {@code PASSWORD 'x'}, {@code setPassword("x")},
 * {@code password is x}, {@code ("password", "x")}. There is little to go by, so that what follows
 * must look made up by a machine, or by a person who was told to use digits.
 */
final class BareNames {
  private static final int MAX_GAP = 48;
  private static final int MAX_SKIPPED = 4;

  /** Words between a name and its value. */
  private static final Set<String> BETWEEN =
      Set.of(
          "is",
          "was",
          "are",
          "were",
          "has",
          "been",
          "changed",
          "set",
          "reset",
          "updated",
          "to",
          "now",
          "provided",
          "given",
          "used",
          "value",
          "code",
          "default",
          "by",
          "as",
          "with",
          "be",
          "=",
          "-",
          "|",
          ":",
          "=>",
          "->",
          ",");

  private BareNames() {}

  /** Endings of the words that matter; the sieve in front of all else here. */
  private static final int[] ENDINGS = new int[32];

  static {
    for (String word :
        new String[] {
          "password", "passwd", "pwd", "pass", "passphrase", "passcode", "secret", "token", "key",
          "psk", "pem", "jwt", "otp", "hash", "auth", "credentials", "identified", "sqlplus"
        }) {
      int size = word.length();
      ENDINGS[word.charAt(size - 1) & 31] |= 1 << (word.charAt(size - 2) & 31);
    }
  }

  /** Whether a word with these last characters may be worth a look. */
  static boolean mayEndWith(char secondLast, char last) {
    return (ENDINGS[last & 31] >> (secondLast & 31) & 1) != 0;
  }

  /**
   * Behind what was redacted, or -1.
   *
   * @param end of a word
   */
  static int at(Scan scan, int end) {
    if (end >= scan.length || end <= scan.redactedUntil) {
      return -1;
    }
    String text = scan.text;
    char c = text.charAt(end);
    // The separators ask for the name themselves, and a dot or dash makes it longer.
    if (c == '=' || c == ':' || c == '_' || c == '-') {
      return -1;
    }
    if (c == '.' && end + 1 < scan.length && isAlphanumeric(text.charAt(end + 1))) {
      return -1;
    }
    int start = end;
    int least = Math.max(0, end - SecretNames.MAX_LENGTH);
    while (start > least && isNameChar(text.charAt(start - 1))) {
      start--;
    }
    scan.work += end - start;
    while (start < end && text.charAt(start) == '-') {
      start++;
    }
    if (Names.is(scan, start, end, "identified")) {
      return identifiedBy(scan, end);
    }
    if (Names.is(scan, start, end, "sqlplus") && c == ' ') {
      int stop = Urls.userAndSlash(scan, end + 1);
      return stop == end + 1 ? -1 : stop;
    }
    String kind = kindOf(scan, start, end);
    if (kind == null) {
      return -1;
    }
    if (c == '(') {
      return argument(scan, kind, start, end);
    }
    int quoteEnd = end;
    while (quoteEnd < scan.length
        && quoteEnd - end < 8
        && (text.charAt(quoteEnd) == '\\' || isQuote(text.charAt(quoteEnd)))) {
      quoteEnd++;
    }
    if (quoteEnd > end) {
      // ["password", "x"]; a name in quotes before a separator is the separator's.
      int at = Values.skipSpaces(scan, quoteEnd);
      if (at < scan.length && text.charAt(at) == '{') {
        scan.announce(kind, at + 120);
        return -1;
      }
      return at < scan.length && text.charAt(at) == ','
          ? candidate(scan, kind, Values.skipSpaces(scan, at + 1))
          : -1;
    }
    return isSpace(c) || c == ',' ? sentence(scan, kind, end) : -1;
  }

  static @Nullable String kindOf(Scan scan, int start, int end) {
    String text = scan.text;
    String kind = scan.names.kindOf(text, start, end);
    if (kind != null || start < 4 || text.charAt(start - 1) != ' ') {
      return kind;
    }
    if (!Names.is(scan, start, end, "key") && !Names.is(scan, start, end, "code")) {
      return null;
    }
    // API key, access key, one-time code
    for (String first : new String[] {"api", "access", "secret", "account", "one-time"}) {
      int from = start - 1 - first.length();
      if (from >= 0 && text.regionMatches(true, from, first, 0, first.length())) {
        if (first.equals("one-time")) {
          return Names.is(scan, start, end, "code") ? "otp" : null;
        }
        return Names.is(scan, start, end, "key") ? "api_key" : null;
      }
    }
    return null;
  }

  /** {@code setPassword("x")}, {@code PASSWORD('x')}, {@code Credentials("user", "x")}. */
  private static int argument(Scan scan, String kind, int start, int end) {
    String text = scan.text;
    for (String asking : new String[] {"get", "has", "is", "find", "check", "validate"}) {
      if (text.startsWith(asking, start)) {
        return -1;
      }
    }
    int at = Values.skipSpaces(scan, end + 1);
    int quote = Values.quoteAt(scan, at);
    if (quote == 0) {
      return -1;
    }
    int close = Values.closing(scan, at, quote);
    if (kind.equals("credential") && text.startsWith(",", close + quote)) {
      int second = Values.skipSpaces(scan, close + quote + 1);
      int secondQuote = Values.quoteAt(scan, second);
      if (secondQuote > 0) {
        return Values.quoted(scan, kind, second, secondQuote, end);
      }
    }
    if (close - at > 256 || hasSpace(text, at + quote, close)) {
      return -1;
    }
    return Values.quoted(scan, kind, at, quote, end);
  }

  /** SQL: {@code IDENTIFIED BY 'x'}, {@code IDENTIFIED WITH plugin BY 'x'}. */
  private static int identifiedBy(Scan scan, int end) {
    String text = scan.text;
    int at = Values.skipSpaces(scan, end);
    if (text.regionMatches(true, at, "with ", 0, 5)) {
      at += 5;
      while (at < scan.length && at - end < MAX_GAP && text.charAt(at) > ' ') {
        at++;
      }
      at = Values.skipSpaces(scan, at);
    }
    if (!text.regionMatches(true, at, "by ", 0, 3) && !text.regionMatches(true, at, "as ", 0, 3)) {
      return -1;
    }
    at = Values.skipSpaces(scan, at + 3);
    int quote = Values.quoteAt(scan, at);
    if (quote > 0) {
      return hasSpace(scan.text, at, Values.closing(scan, at, quote))
          ? -1
          : Values.quoted(scan, "password", at, quote, -1);
    }
    return candidate(scan, "password", at);
  }

  /** {@code password x}, {@code password is x}, {@code password for bob: x}. */
  private static int sentence(Scan scan, String kind, int end) {
    String text = scan.text;
    int at = end;
    int skipped = 0;
    boolean afterFor = false;
    while (at < scan.length && at - end < MAX_GAP) {
      int start = at;
      while (start < scan.length && (isSpace(text.charAt(start)) || text.charAt(start) == ',')) {
        start++;
      }
      if (start >= scan.length || start - at > 16 || isLineEnd(text.charAt(start))) {
        break;
      }
      int word = start;
      while (word < scan.length && word - start < 32 && text.charAt(word) > ' ') {
        word++;
      }
      scan.work += word - at;
      String said = text.substring(start, word).toLowerCase(Locale.ROOT);
      if (said.equals("for") || said.equals("of")) {
        afterFor = true;
      } else if (!(afterFor && said.endsWith(":")) && !isBetween(said)) {
        if (afterFor) {
          return -1;
        }
        return candidate(scan, kind, start);
      } else {
        afterFor = false;
      }
      if (said.equals("for") || said.equals("of")) {
        // The next word is who has it.
        int who = Values.skipSpaces(scan, word);
        while (who < scan.length && text.charAt(who) > ' ') {
          if (who - word > MAX_GAP) {
            return -1;
          }
          who++;
        }
        if (who == word || text.charAt(who - 1) != ':') {
          return -1;
        }
        afterFor = false;
        word = who;
      }
      if (++skipped > MAX_SKIPPED) {
        return -1;
      }
      at = word;
    }
    return -1;
  }

  private static boolean isBetween(String said) {
    return BETWEEN.contains(
        said.endsWith(":") && said.length() > 1 ? said.substring(0, said.length() - 1) : said);
  }

  /** Masks a word or a quoted word if it looks like a secret. */
  private static int candidate(Scan scan, String kind, int start) {
    if (start >= scan.length) {
      return -1;
    }
    String text = scan.text;
    int quote = Values.quoteAt(scan, start);
    int from = start + quote;
    int to = from;
    char last = quote > 0 ? text.charAt(from - 1) : 0;
    while (to < scan.length && to - from < 256) {
      char c = text.charAt(to);
      if (c <= ' '
          || c == '|'
          || (quote > 0 && c == last)
          || (c == '\\' && to + 1 < scan.length && "nrt\"'".indexOf(text.charAt(to + 1)) >= 0)
          || (quote == 0 && (c == '"' || c == ')' || c == '}' || c == '<'))) {
        break;
      }
      to++;
    }
    scan.work += to - from;
    while (to > from && quote == 0 && ".,;:!?'".indexOf(text.charAt(to - 1)) >= 0) {
      to--;
    }
    if (!HarmlessValues.looksRandom(scan, from, to)
        || HarmlessValues.isHarmless(scan, from, to)
        || (quote > 0 && to < scan.length && text.charAt(to) <= ' ')) {
      return -1;
    }
    return scan.hit("name", kind, from, to);
  }

  private static boolean hasSpace(String text, int start, int end) {
    for (int i = start; i < end; i++) {
      if (text.charAt(i) <= ' ') {
        return true;
      }
    }
    return false;
  }
}
