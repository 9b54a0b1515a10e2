package dev.spoor.telemetry.redaction;

import dev.spoor.telemetry.redaction.TokenShapes.Shape;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rules, applied in one pass from left to right without regular expressions. Three layers: a
 * separator ({@code =}, {@code :}, {@code >}, {@code --flag}) behind a secret's name, the shape of
 * a token at the start of a word, user-info in a URL.
 *
 * <p>Linear, and this is why: every look back and every look ahead that may fail is bounded by a
 * constant or remembers how far it has proved that there is nothing; a look ahead that succeeds
 * consumes what it has read.
 */
public final class RuleRedactor implements Redactor {
  static final RuleRedactor STANDARD = new RuleRedactor();

  private static final String FAILED = "[REDACTED:redaction_failed]";
  private static final String MASK_START = "[REDACTED:";

  private static final byte PLAIN = 0;
  private static final byte WORD = 1;
  private static final byte EQUALS = 2;
  private static final byte COLON = 3;
  private static final byte GREATER = 4;
  private static final byte DASH = 5;
  private static final byte BACKSLASH = 6;
  private static final byte PERCENT = 7;
  private static final byte[] CLASS = new byte[128];

  static {
    for (char c = 0; c < 128; c++) {
      if (isAlphanumeric(c)) {
        CLASS[c] = WORD;
      }
    }
    CLASS['='] = EQUALS;
    CLASS[':'] = COLON;
    CLASS['>'] = GREATER;
    CLASS['-'] = DASH;
    CLASS['\\'] = BACKSLASH;
    CLASS['%'] = PERCENT;
  }

  /** Values that a secret's name may have without being one: code, schemas, prose, masks. */
  private static final Set<String> HARMLESS_VALUES =
      Set.of(
          "null",
          "nil",
          "none",
          "undefined",
          "true",
          "false",
          "yes",
          "no",
          "empty",
          "unset",
          "string",
          "str",
          "text",
          "boolean",
          "bool",
          "int",
          "integer",
          "number",
          "object",
          "array",
          "any",
          "varchar",
          "hidden",
          "optional",
          "required",
          "missing",
          "present",
          "invalid",
          "valid",
          "incorrect",
          "wrong",
          "expired",
          "must",
          "is",
          "was",
          "has",
          "not",
          "the",
          "a",
          "an",
          "cannot",
          "can",
          "should",
          "may",
          "will",
          "failed",
          "too",
          "does",
          "did",
          "been",
          "field",
          "changed",
          "reset",
          "mismatch",
          "updated",
          "ok",
          "redacted",
          "masked",
          "for",
          "to",
          "of",
          "in",
          "on",
          "at",
          "by",
          "and",
          "or",
          "this",
          "that",
          "it",
          "your",
          "user",
          "please",
          "authentication",
          "basic",
          "bearer",
          "self",
          "new",
          "char",
          "byte",
          "secretstr",
          "unknown");

  private static final Set<String> SCHEMES =
      Set.of("bearer", "basic", "token", "apikey", "negotiate", "ntlm", "bot", "key", "jwt");

  private static final int MAX_HARMLESS = 64;
  private static final int MAX_SPACES = 4;
  private static final int MAX_USER_INFO = 512;
  private static final int MAX_IDENTIFIER = 40;
  private static final int MAX_BEYOND_SLASH = 128;

  private final SecretNames names = new SecretNames();

  @Override
  public String redact(String text) {
    try {
      Scan scan = new Scan(text);
      scan.run();
      return scan.result();
    } catch (RuntimeException | StackOverflowError e) {
      // Fails closed: a text that cannot be judged is not shown.
      return FAILED;
    }
  }

  @Override
  public @Nullable String kindOfField(String name) {
    return names.kindOf(name, 0, name.length());
  }

  /** Which rule hit where, in order; without overlap. */
  public List<Hit> hits(String text) {
    Scan scan = new Scan(text);
    scan.run();
    return scan.hits == null ? List.of() : List.copyOf(scan.hits);
  }

  private static boolean isAlphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }

  private static boolean isNameChar(char c) {
    return isAlphanumeric(c) || c == '_' || c == '-' || c == '.';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t';
  }

  private static boolean isLineEnd(char c) {
    return c == '\n' || c == '\r' || c == '\u2028' || c == '\u2029' || c == '\u0085';
  }

  /** One pass over one text. */
  private final class Scan {
    private final String text;
    private final int length;
    private @Nullable List<Hit> hits;
    private @Nullable StringBuilder out;

    /** Up to here the text is in {@link #out}. */
    private int copied;

    /** Before this position no dotted run can be a JWT: one was looked for and not found. */
    private int noJwtBefore;

    /** Up to here a field called {@code value} holds the secret that {@code name} announced. */
    private int announcedUntil = -1;

    private String announcedKind = "";

    Scan(String text) {
      this.text = text;
      this.length = text.length();
    }

    String result() {
      if (out == null) {
        return text;
      }
      return out.append(text, copied, length).toString();
    }

    void run() {
      boolean inWord = false;
      int i = 0;
      while (i < length) {
        char c = text.charAt(i);
        byte type = c < 128 ? CLASS[c] : PLAIN;
        switch (type) {
          case WORD -> {
            if (inWord) {
              i++;
            } else {
              int end = wordStart(i, c);
              inWord = end < 0;
              i = end < 0 ? i + 1 : end;
            }
            continue;
          }
          case EQUALS -> i = separator(i, i + 1);
          case COLON -> i = colon(i);
          case GREATER -> i = greater(i);
          case DASH -> i = dash(i, inWord);
          case BACKSLASH -> i = escape(i);
          case PERCENT -> i = percent(i);
          default -> i++;
        }
        inWord = false;
      }
    }

    private int hit(String rule, String kind, int start, int end) {
      return hit(rule, kind, start, end, "");
    }

    /** Replaces start … end; the mask stands in these quotes. */
    private int hit(String rule, String kind, int start, int end, String quote) {
      if (hits == null) {
        hits = new ArrayList<>(4);
        out = new StringBuilder(length);
      }
      hits.add(new Hit(rule, kind, start, end));
      StringBuilder to = out;
      if (to != null) {
        to.append(text, copied, start).append(quote).append(MASK_START).append(kind).append(']');
        to.append(quote);
      }
      copied = end;
      return end;
    }

    // Escapes glue a letter to the word behind them: \nghp_… and %20ghp_… start at the g.

    private int escape(int i) {
      if (i + 1 < length) {
        char c = text.charAt(i + 1);
        if (c == 'u' && i + 6 <= length) {
          return i + 6;
        }
        if (c == 'n' || c == 't' || c == 'r' || c == 'b' || c == 'f') {
          return i + 2;
        }
      }
      return i + 1;
    }

    private int percent(int i) {
      return i + 2 < length && isHex(text.charAt(i + 1)) && isHex(text.charAt(i + 2))
          ? i + 3
          : i + 1;
    }

    private boolean isHex(char c) {
      return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    }

    // ---- Shapes -------------------------------------------------------------------------------

    /** End of what was redacted, or -1. */
    private int wordStart(int i, char c) {
      if (isDigit(c)) {
        return digits(i);
      }
      if (c == 'e' && i >= noJwtBefore && text.startsWith("eyJ", i)) {
        int end = jwt(i);
        if (end >= 0) {
          return end;
        }
      }
      Shape[] shapes = TokenShapes.startingWith(c);
      if (shapes != null) {
        for (Shape shape : shapes) {
          int end = TokenShapes.match(shape, text, i);
          if (end >= 0) {
            return hit(shape.kind(), shape.kind(), i, end);
          }
        }
      }
      if (c == 'B' || c == 'b') {
        return scheme(i);
      }
      return -1;
    }

    private int jwt(int i) {
      int at = i;
      int dots = 0;
      int part = 0;
      int firstDot = -1;
      while (at < length) {
        char c = text.charAt(at);
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
        while (text.charAt(at - 1) == '.' && dots > 2) {
          at--;
          dots--;
        }
        return hit("jwt", "jwt", i, at);
      }
      noJwtBefore = at;
      return -1;
    }

    /** Bearer and Basic credentials outside a header. */
    private int scheme(int i) {
      boolean bearer = text.regionMatches(true, i, "bearer", 0, 6);
      boolean basic = !bearer && text.regionMatches(true, i, "basic", 0, 5);
      if (!bearer && !basic) {
        return -1;
      }
      int start = i + (bearer ? 6 : 5);
      if (text.startsWith("%20", start)) {
        start += 3;
      } else if (start < length && (text.charAt(start) == ' ' || text.charAt(start) == '+')) {
        start = skipSpaces(start + 1);
      } else {
        return -1;
      }
      int end = start;
      boolean digit = false;
      while (end < length && TokenShapes.Alphabet.BASE64.has(text.charAt(end))) {
        digit |= isDigit(text.charAt(end));
        if (!digit && end - start > MAX_HARMLESS * 4) {
          break;
        }
        end++;
      }
      while (end > start && text.charAt(end - 1) == '.') {
        end--;
      }
      int size = end - start;
      int equals = text.indexOf('=', start, end);
      if (equals > 0 && equals + 1 < end && text.charAt(equals + 1) != '=') {
        // Padding stands at the end; this is the next field: token_type=bearer count=3.
        return -1;
      }
      if (bearer && ((size >= 8 && digit) || size >= 24)) {
        return hit("bearer", "bearer_token", start, end);
      }
      if (basic && size >= 6 && isUserAndPassword(start, end)) {
        return hit("basic", "basic_auth", start, end);
      }
      return -1;
    }

    private boolean isUserAndPassword(int start, int end) {
      if (end - start > MAX_USER_INFO) {
        return true;
      }
      try {
        String plain =
            new String(
                Base64.getDecoder().decode(text.substring(start, end)), StandardCharsets.UTF_8);
        return plain.indexOf(':') >= 0;
      } catch (IllegalArgumentException notBase64) {
        return false;
      }
    }

    /** Card numbers: 13 to 19 digits of a known issuer that pass the Luhn check. */
    private int digits(int i) {
      if (i > 0) {
        char before = text.charAt(i - 1);
        if (before == '-' || before == '_' || before == '.' || before == '+') {
          return -1;
        }
      }
      if (text.charAt(i) < '2' || text.charAt(i) > '6') {
        return telegram(i);
      }
      int at = i;
      int count = 0;
      int sum = 0;
      int alternate = 0;
      int prefix = 0;
      char separator = 0;
      int group = 0;
      while (at < length && count < 20) {
        char c = text.charAt(at);
        if (isDigit(c)) {
          int digit = c - '0';
          if (count < 4) {
            prefix = prefix * 10 + digit;
          }
          // Both parities at once: the length is not known yet.
          int twice = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
          sum += (count & 1) == 0 ? twice : digit;
          alternate += (count & 1) == 0 ? digit : twice;
          count++;
          group++;
        } else if ((c == ' ' || c == '-')
            && at + 1 < length
            && isDigit(text.charAt(at + 1))
            && (separator == 0 || separator == c)
            && group >= 4
            && group <= 6
            && count < 16) {
          separator = c;
          group = 0;
        } else {
          break;
        }
        at++;
      }
      boolean boundary =
          at == length
              || !(isAlphanumeric(text.charAt(at))
                  || text.charAt(at) == '_'
                  || text.charAt(at) == '-'
                  || (text.charAt(at) == '.' && at + 1 < length && isDigit(text.charAt(at + 1))));
      if (boundary
          && isCardLength(prefix, count)
          && ((count & 1) == 0 ? sum : alternate) % 10 == 0) {
        return hit("card", "card", i, at);
      }
      return telegram(i);
    }

    private boolean isCardLength(int prefix, int count) {
      int two = prefix / 100;
      if (prefix / 1000 == 4) {
        return count == 13 || count == 16 || count == 19;
      }
      if ((two >= 51 && two <= 55) || (prefix >= 2221 && prefix <= 2720)) {
        return count == 16;
      }
      if (two == 34 || two == 37) {
        return count == 15;
      }
      if (prefix == 6011 || two == 65 || (prefix / 10 >= 644 && prefix / 10 <= 649)) {
        return count >= 16 && count <= 19;
      }
      if (prefix >= 3528 && prefix <= 3589) {
        return count >= 16 && count <= 19;
      }
      if (two == 36 || two == 38 || two == 39 || (prefix / 10 >= 300 && prefix / 10 <= 305)) {
        return count == 14;
      }
      return two == 62 && count >= 16 && count <= 19;
    }

    /** Telegram bot tokens are 8 to 10 digits, {@code :AA} and 33 characters more. */
    private int telegram(int i) {
      int at = i;
      while (at < length && at - i < 11 && isDigit(text.charAt(at))) {
        at++;
      }
      if (at - i < 8 || !text.startsWith(":AA", at)) {
        return -1;
      }
      int end = at + 3;
      while (end < length && end - at < 48 && TokenShapes.Alphabet.URL_SAFE.has(text.charAt(end))) {
        end++;
      }
      return end - at >= 32 ? hit("telegram_token", "telegram_token", i, end) : -1;
    }

    // ---- Names --------------------------------------------------------------------------------

    private int colon(int i) {
      if (text.startsWith("://", i)) {
        return url(i + 3);
      }
      if (i + 1 < length && text.charAt(i + 1) == '=') {
        return separator(i, i + 2);
      }
      return separator(i, i + 1);
    }

    private int url(int start) {
      int at = start;
      int colon = -1;
      int last = -1;
      boolean beyond = false;
      int limit = Math.min(length, start + MAX_USER_INFO);
      while (at < limit) {
        char c = text.charAt(at);
        if (c == '@') {
          last = at;
        } else if (c == ':' && colon < 0) {
          colon = at;
        } else if (c == '/') {
          // A slash ends the authority, but careless passwords have slashes: look a little further
          // where something has begun that is no port.
          if (last >= 0 || beyond || colon < 0 || isNumber(colon + 1, at)) {
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
        if (last == colon + 1 || isHarmless(colon + 1, last)) {
          return last;
        }
        return hit("url", "url_password", colon + 1, last);
      }
      return last - start >= 16 ? hit("url", "url_token", start, last) : start;
    }

    private boolean isNumber(int start, int end) {
      for (int i = start; i < end; i++) {
        if (!isDigit(text.charAt(i))) {
          return false;
        }
      }
      return true;
    }

    private int greater(int i) {
      if (i > 0 && text.charAt(i - 1) == '=') {
        // Ruby's and PHP's arrow; the = before it found no value.
        return separator(i - 1, i + 1);
      }
      int end = i;
      int at = i;
      // <name attr="…"> is left to the attribute; only <name> and <ns:name> are elements here.
      while (at > 0 && i - at < SecretNames.MAX_LENGTH && isNameChar(text.charAt(at - 1))) {
        at--;
      }
      if (at == end || at == 0) {
        return i + 1;
      }
      char before = text.charAt(at - 1);
      if (before == ':') {
        int ns = at - 1;
        while (ns > 0 && at - ns < 20 && isNameChar(text.charAt(ns - 1))) {
          ns--;
        }
        before = ns > 0 ? text.charAt(ns - 1) : 0;
      }
      if (before != '<') {
        return i + 1;
      }
      String kind = names.kindOf(text, at, end);
      if (kind == null) {
        return i + 1;
      }
      int start = i + 1;
      int close;
      if (text.startsWith("<![CDATA[", start)) {
        start += 9;
        close = text.indexOf("]]>", start);
      } else {
        close = text.indexOf('<', start);
      }
      if (close < 0) {
        close = length;
      }
      if (!text.startsWith("</", close) && !text.startsWith("]]>", close)) {
        // A generic type, or an element whose end was cut off.
        return i + 1;
      }
      return close == start || isHarmless(start, close) ? i + 1 : hit("field", kind, start, close);
    }

    private int dash(int i, boolean inWord) {
      if (text.startsWith("-----BEGIN ", i)) {
        return pem(i);
      }
      boolean startsArgument =
          !inWord && (i == 0 || text.charAt(i - 1) <= ' ' || isQuote(text.charAt(i - 1)));
      if (!startsArgument) {
        return i + 1;
      }
      if (text.startsWith("--", i)) {
        int at = i + 2;
        while (at < length && at - i < SecretNames.MAX_LENGTH && isNameChar(text.charAt(at))) {
          at++;
        }
        if (at < length && isSpace(text.charAt(at))) {
          int value = skipSpaces(at);
          if (text.startsWith("--user ", i) || text.startsWith("--proxy-user ", i)) {
            return userAndPassword(value, at);
          }
          String kind = names.kindOf(text, i + 2, at);
          if (kind != null && value < length && text.charAt(value) != '-') {
            return value(kind, value, at, "", false);
          }
        }
        return i + 2;
      }
      if (text.startsWith("-u ", i)) {
        return userAndPassword(i + 3, i + 1);
      }
      return i + 1;
    }

    /** curl's -u user:password. */
    private int userAndPassword(int start, int otherwise) {
      int at = skipSpaces(start);
      char quote = at < length && isQuote(text.charAt(at)) ? text.charAt(at++) : 0;
      int colon = -1;
      int from = at;
      while (at < length && at - from < MAX_USER_INFO) {
        char c = text.charAt(at);
        if (quote == 0 ? c <= ' ' : c == quote || isLineEnd(c)) {
          break;
        }
        if (c == ':' && colon < 0) {
          colon = at;
        }
        at++;
      }
      return colon > from && at > colon + 1 && !isHarmless(colon + 1, at)
          ? hit("cli", "password", colon + 1, at)
          : otherwise;
    }

    private int pem(int i) {
      int label = i + 11;
      int labelEnd = text.indexOf("-----", label);
      if (labelEnd < 0 || labelEnd - label > 64) {
        return i + 11;
      }
      if (!text.substring(label, labelEnd).contains("PRIVATE KEY")) {
        return labelEnd + 5;
      }
      int end = text.indexOf("-----END ", labelEnd + 5);
      if (end >= 0) {
        int close = text.indexOf("-----", end + 9);
        end = close < 0 ? length : close + 5;
      } else {
        end = length;
      }
      return hit("pem", "private_key", i, end);
    }

    /**
     * Looks whether the name before a separator makes what follows a secret.
     *
     * @param at the separator
     * @param after behind it
     * @return where to go on
     */
    private int separator(int at, int after) {
      int end = at;
      int spaces = 0;
      while (end > 0 && isSpace(text.charAt(end - 1)) && spaces++ < MAX_SPACES) {
        end--;
      }
      if (end > 0 && text.charAt(end - 1) == ']') {
        end--;
      }
      String quote = "";
      if (end > 0 && isQuote(text.charAt(end - 1))) {
        int close = end;
        end--;
        int escapes = 0;
        while (end > 0 && text.charAt(end - 1) == '\\' && escapes++ < 16) {
          end--;
        }
        quote = text.substring(end, close);
      } else if (end >= 6 && text.startsWith("&quot;", end - 6)) {
        end -= 6;
        quote = "&quot;";
      } else if (end >= 3 && text.startsWith("%22", end - 3)) {
        end -= 3;
        quote = "%22";
      }
      int start = end;
      int least = Math.max(0, end - SecretNames.MAX_LENGTH);
      while (start > least && isNameChar(text.charAt(start - 1))) {
        start--;
      }
      if (end - start < 3 || start < copied) {
        return after;
      }
      String kind = names.kindOf(text, start, end);
      if (kind == null) {
        if (end - start > 6) {
          return after;
        }
        return announced(start, end, after, quote);
      }
      boolean list = start > 0 && isListStart(start - 1 - (quote.isEmpty() ? 0 : quote.length()));
      return value(kind, after, after, quote, list);
    }

    /** name=password value=… : the pair that properties, headers and forms are written in. */
    private int announced(int start, int end, int after, String quote) {
      if (is(start, end, "name")
          || is(start, end, "key")
          || is(start, end, "field")
          || is(start, end, "header")) {
        int from = skipSpaces(after);
        while (from < length && (isQuote(text.charAt(from)) || text.charAt(from) == '\\')) {
          from++;
        }
        int to = from;
        while (to < length && to - from < SecretNames.MAX_LENGTH && isNameChar(text.charAt(to))) {
          to++;
        }
        String kind = names.kindOf(text, from, to);
        if (kind != null) {
          announcedKind = kind;
          announcedUntil = to + 40;
        }
        return after;
      }
      if (start <= announcedUntil && (is(start, end, "value") || is(start, end, "val"))) {
        announcedUntil = -1;
        return value(announcedKind, after, after, quote, false);
      }
      return after;
    }

    private boolean is(int start, int end, String word) {
      return end - start == word.length()
          && text.regionMatches(true, start, word, 0, word.length());
    }

    /** Whether the name is an item of a list or dump, whose values may have spaces. */
    private boolean isListStart(int i) {
      if (i < 0) {
        return false;
      }
      char c = text.charAt(i);
      return c == '[' || c == '(' || c == '{' || (c == ' ' && i > 0 && text.charAt(i - 1) == ',');
    }

    /**
     * Redacts the value that starts at {@code start} or behind spaces there.
     *
     * @param otherwise where to go on if there is nothing to redact
     * @param nameQuote quotes of the name: a bare JSON value gets the same, so that it stays JSON
     * @param list whether the value may contain spaces up to the next delimiter
     */
    private int value(String kind, int start, int otherwise, String nameQuote, boolean list) {
      int at = start;
      if (at < length && text.charAt(at) == '>') {
        at++;
      }
      while (at < length && text.charAt(at) == '=') {
        at++;
      }
      at = skipSpaces(at);
      if (text.startsWith("%20", at)) {
        at += 3;
      }
      if (!nameQuote.isEmpty()) {
        // Pretty-printed JSON may break the line here.
        int spaces = 0;
        while (at < length && text.charAt(at) <= ' ' && spaces++ < 64) {
          at++;
        }
      }
      if (at >= length || text.startsWith(MASK_START, at)) {
        return otherwise;
      }
      char c = text.charAt(at);
      if ((c == '{' && !text.startsWith("{{", at)) || isLineEnd(c)) {
        return isLineEnd(c) ? block(kind, at, otherwise) : otherwise;
      }
      if (c == '[') {
        return array(kind, at, otherwise, nameQuote);
      }
      int quoteLength = quoteAt(at);
      if (quoteLength > 0) {
        return quoted(kind, at, quoteLength, otherwise);
      }
      if (c == '|' || (c == '>' && at + 1 < length && isLineEnd(text.charAt(at + 1)))) {
        return block(kind, at, otherwise);
      }
      int end = kind.equals("cookie") ? restOfLine(at) : bare(at, list);
      if (kind.equals("authorization")) {
        end = credentials(at, end);
        if (end < 0) {
          return otherwise;
        }
      }
      if (end == at || isHarmless(at, end)) {
        return otherwise;
      }
      boolean json = !nameQuote.isEmpty() && !nameQuote.equals("'");
      return hit("field", kind, at, end, json ? nameQuote : "");
    }

    /** The scheme and the word behind it; a digest has parameters up to the end of the line. */
    private int credentials(int start, int end) {
      String first = text.substring(start, Math.min(end, start + MAX_HARMLESS));
      String scheme = first.toLowerCase(Locale.ROOT);
      if (SCHEMES.contains(scheme)) {
        int next = skipSpaces(end);
        if (next == end || next >= length || isLineEnd(text.charAt(next))) {
          return -1;
        }
        int wordEnd = bare(next, false);
        return isHarmless(next, wordEnd) ? -1 : wordEnd;
      }
      if (scheme.equals("digest") || scheme.startsWith("aws4-") || scheme.equals("hawk")) {
        return restOfLine(start);
      }
      return end;
    }

    private int restOfLine(int start) {
      int at = start;
      while (at < length) {
        char c = text.charAt(at);
        if (isLineEnd(c) || c == '"' || c == '\'') {
          break;
        }
        if (c == '\\'
            && at + 1 < length
            && (text.charAt(at + 1) == 'n'
                || text.charAt(at + 1) == 'r'
                || isQuote(text.charAt(at + 1)))) {
          break;
        }
        at++;
      }
      return at;
    }

    /** End of an unquoted value. A delimiter counts only if what follows looks like structure. */
    private int bare(int start, boolean list) {
      int at = start;
      int open = 0;
      while (at < length) {
        char c = text.charAt(at);
        if (isLineEnd(c) || c == '"' || c == '`' || (c == '<' && at > start)) {
          break;
        }
        if (c == '(' || c == '[' || c == '{') {
          open++;
        }
        if (isSpace(c) && !list) {
          break;
        }
        if (isSpace(c) && startsField(skipSpaces(at))) {
          break;
        }
        if (c == '\'' && (at + 1 == length || !isAlphanumeric(text.charAt(at + 1)))) {
          break;
        }
        if (c == '\\' && at + 1 < length) {
          char next = text.charAt(at + 1);
          if (next == 'n' || next == 'r' || next == 't' || isQuote(next)) {
            break;
          }
        }
        if ((c == ',' || c == ';' || c == '&') && isDelimiter(at)) {
          break;
        }
        if (c == ')' || c == ']' || c == '}') {
          if (open == 0 && isClosing(at)) {
            break;
          }
          open = Math.max(0, open - 1);
        }
        at++;
      }
      while (at > start && isSpace(text.charAt(at - 1))) {
        at--;
      }
      // The stop of a sentence is no part of the secret; nobody is hurt if it was.
      if (at - start > 1 && text.charAt(at - 1) == '.') {
        at--;
      }
      return at;
    }

    private boolean isDelimiter(int at) {
      if (at + 1 >= length) {
        return true;
      }
      char next = text.charAt(at + 1);
      return next <= ' ' || isQuote(next) || next == '}' || next == ']' || startsField(at + 1);
    }

    private boolean isClosing(int at) {
      if (at + 1 >= length) {
        return true;
      }
      char next = text.charAt(at + 1);
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
    private boolean startsField(int start) {
      int at = start;
      while (at < length && at - start < MAX_IDENTIFIER && isNameChar(text.charAt(at))) {
        at++;
      }
      return at > start && at < length && (text.charAt(at) == '=' || text.charAt(at) == ':');
    }

    /** An array of secrets; one of a dump has no quotes. */
    private int array(String kind, int start, int otherwise, String nameQuote) {
      int first = start + 1;
      while (first < length && (isQuote(text.charAt(first)) || text.charAt(first) == '\\')) {
        first++;
      }
      if (text.startsWith(MASK_START, first)) {
        return otherwise;
      }
      int end = text.indexOf(']', start);
      if (end < 0) {
        end = length;
      }
      if (end <= start + 1 || isHarmless(start + 1, end)) {
        return otherwise;
      }
      return hit("field", kind, start + 1, end, nameQuote);
    }

    /** A YAML block scalar or a value on the next, deeper line. */
    private int block(String kind, int start, int otherwise) {
      int lineEnd = start;
      while (lineEnd < length && !isLineEnd(text.charAt(lineEnd))) {
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
      while (at < length) {
        int line = at + 1;
        int text0 = skipIndent(line);
        if (text0 == line && text0 < length && !isLineEnd(text.charAt(text0))) {
          break;
        }
        if (first < 0) {
          first = text0;
        }
        at = text0;
        while (at < length && !isLineEnd(text.charAt(at))) {
          at++;
        }
      }
      int end = Math.min(at, length);
      return first < 0 || first >= end ? otherwise : hit("field", kind, first, end);
    }

    private int skipIndent(int start) {
      int at = Math.min(start, length);
      while (at < length && isSpace(text.charAt(at))) {
        at++;
      }
      return at;
    }

    private int quoted(String kind, int start, int quoteLength, int otherwise) {
      int from = start + quoteLength;
      int end = closing(start, quoteLength);
      if (end == from || text.startsWith(MASK_START, from) || isHarmless(from, end)) {
        return otherwise;
      }
      if (kind.equals("authorization")
          && SCHEMES.contains(
              text.substring(from, Math.min(end, from + MAX_HARMLESS)).toLowerCase(Locale.ROOT))) {
        return otherwise;
      }
      return hit("field", kind, from, end);
    }

    /** Length of the opening quote here, with its escapes, or 0. */
    private int quoteAt(int at) {
      int i = at;
      while (i < length && text.charAt(i) == '\\' && i - at < 16) {
        i++;
      }
      if (i < length && isQuote(text.charAt(i))) {
        return i + 1 - at;
      }
      if (text.startsWith("&quot;", at)) {
        return 6;
      }
      return text.startsWith("%22", at) ? 3 : 0;
    }

    /** Where the closing quote starts: the same sign behind as many backslashes; else the end. */
    private int closing(int start, int quoteLength) {
      int from = start + quoteLength;
      char last = text.charAt(from - 1);
      if (!isQuote(last)) {
        int close = text.indexOf(text.substring(start, from), from);
        return close < 0 ? length : close;
      }
      int escapes = quoteLength - 1;
      int at = from;
      int backslashes = 0;
      while (at < length) {
        char c = text.charAt(at);
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
      return length;
    }

    /**
     * At depth 0 a quote closes behind an even number of backslashes; deeper, behind {@code
     * escapes} of them, or behind as many and pairs of escaped backslashes of the value.
     */
    private boolean closes(int backslashes, int escapes) {
      if (escapes == 0) {
        return (backslashes & 1) == 0;
      }
      return backslashes <= escapes || (backslashes - escapes) % (2 * (escapes + 1)) == 0;
    }

    private int skipSpaces(int start) {
      int at = start;
      while (at < length && at - start < 16 && isSpace(text.charAt(at))) {
        at++;
      }
      return at;
    }

    private boolean isQuote(char c) {
      return c == '"' || c == '\'' || c == '`';
    }

    /** Code, placeholders, masks and words that are no secret though the name says one. */
    private boolean isHarmless(int start, int end) {
      int size = end - start;
      if (size > MAX_HARMLESS) {
        return false;
      }
      char first = text.charAt(start);
      char last = text.charAt(end - 1);
      if (first == '$') {
        if (size > 2 && text.charAt(start + 1) == '{' && last == '}') {
          return true;
        }
        if (text.startsWith("$(", start)) {
          return true;
        }
        return size > 1 && isUpperName(start + 1, end);
      }
      if (text.startsWith("{{", start) && text.startsWith("}}", end - 2)) {
        return true;
      }
      if ((first == '<' && last == '>') || text.startsWith(MASK_START, start)) {
        return true;
      }
      if ((first == '%' && size <= 2)
          || (first == '?' && size == 1)
          || (first == '{' && last == '}')) {
        return true;
      }
      if (isMask(start, end)) {
        return true;
      }
      // A call or a type, as code has it: getPassword(), os.environ["X"], varchar(255).
      int paren = text.indexOf('(', start, end);
      if (paren > start && isCall(start, paren)) {
        return true;
      }
      if (text.startsWith("os.environ", start)
          || text.startsWith("process.env", start)
          || text.startsWith("System.getenv", start)) {
        return true;
      }
      int wordEnd = end;
      while (wordEnd > start && !isAlphanumeric(text.charAt(wordEnd - 1))) {
        wordEnd--;
      }
      if (wordEnd - start > 14 || wordEnd == start) {
        return wordEnd == start && size < 4;
      }
      return HARMLESS_VALUES.contains(text.substring(start, wordEnd).toLowerCase(Locale.ROOT));
    }

    private boolean isMask(int start, int end) {
      for (int i = start; i < end; i++) {
        char c = text.charAt(i);
        if (c != '*' && c != '•' && c != 'x' && c != 'X' && c != '.' && c != '…') {
          return false;
        }
      }
      return true;
    }

    private boolean isCall(int start, int paren) {
      for (int i = start; i < paren; i++) {
        char c = text.charAt(i);
        if (!isAlphanumeric(c) && c != '_' && c != '.') {
          return false;
        }
      }
      return true;
    }

    private boolean isUpperName(int start, int end) {
      for (int i = start; i < end; i++) {
        char c = text.charAt(i);
        if (!(c >= 'A' && c <= 'Z') && !isDigit(c) && c != '_') {
          return false;
        }
      }
      return true;
    }
  }
}
