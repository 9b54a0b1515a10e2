package dev.spoor.telemetry.redaction;

import static dev.spoor.telemetry.redaction.Chars.isAlphanumeric;
import static dev.spoor.telemetry.redaction.Chars.isHex;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One pass over one text, from left to right, without regular expressions: finds the places where
 * something may begin and asks who knows that place.
 *
 * <p>Linear, and this is why: every look back and every look ahead that may fail is bounded by a
 * constant or remembers how far it has proved that there is nothing; a look ahead that succeeds
 * consumes what it has read.
 */
final class Scan {
  static final String MASK_START = "[REDACTED:";

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

  final String text;
  final int length;
  final SecretNames names;
  private @Nullable List<Hit> hits;
  private @Nullable StringBuilder out;

  /** Up to here the text is in {@link #out}. */
  int copied;

  /** Before this position no dotted run can be a JWT: one was looked for and not found. */
  int noJwtBefore;

  /** Up to here a field called {@code value} holds the secret that {@code name} announced. */
  int announcedUntil = -1;

  String announcedKind = "";

  Scan(String text, SecretNames names) {
    this.text = text;
    this.length = text.length();
    this.names = names;
  }

  /** The text with its secrets masked. */
  String result() {
    if (out == null) {
      return text;
    }
    return out.append(text, copied, length).toString();
  }

  /** What was found, in order. */
  List<Hit> hits() {
    return hits == null ? List.of() : List.copyOf(hits);
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
            int end = Tokens.wordStart(this, i, c);
            inWord = end < 0;
            i = end < 0 ? i + 1 : end;
          }
          continue;
        }
        case EQUALS -> i = Names.separator(this, i, i + 1);
        case COLON -> i = colon(i);
        case GREATER -> i = Places.greater(this, i);
        case DASH -> i = Places.dash(this, i, inWord);
        case BACKSLASH -> i = escape(i);
        case PERCENT -> i = percent(i);
        default -> i++;
      }
      inWord = false;
    }
  }

  int hit(String rule, String kind, int start, int end) {
    return hit(rule, kind, start, end, "");
  }

  /** Replaces start … end; the mask stands in these quotes. */
  int hit(String rule, String kind, int start, int end, String quote) {
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
    return i + 2 < length && isHex(text.charAt(i + 1)) && isHex(text.charAt(i + 2)) ? i + 3 : i + 1;
  }

  private int colon(int i) {
    if (text.startsWith("://", i)) {
      return Places.url(this, i + 3);
    }
    if (i + 1 < length && text.charAt(i + 1) == '=') {
      return Names.separator(this, i, i + 2);
    }
    return Names.separator(this, i, i + 1);
  }
}
