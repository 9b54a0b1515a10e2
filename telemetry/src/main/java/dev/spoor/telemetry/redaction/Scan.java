package dev.spoor.telemetry.redaction;

import static dev.spoor.telemetry.redaction.Chars.isAlphanumeric;
import static dev.spoor.telemetry.redaction.Chars.isHex;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * One pass over one text, from left to right, without regular expressions: finds the places where
 * something may begin and asks who knows that place.
 *
 * <p>Linear, and this is why: every look back and every look ahead that may fail is bounded by a
 * constant or remembers how far it has proved that there is nothing; a look ahead that succeeds
 * consumes what it has read.
 */
final class Scan {
  private static final byte WORD = 1;
  private static final byte EQUALS = 2;
  private static final byte COLON = 3;
  private static final byte GREATER = 4;
  private static final byte DASH = 5;
  private static final byte BACKSLASH = 6;
  private static final byte PERCENT = 7;
  private static final byte DOLLAR = 8;
  private static final byte BRACE = 9;

  /** Begins what a {@link DecodedView} would show in another way. */
  private static final byte CODED = 10;

  private static final byte WIDE = 11;
  private static final byte BRACKET = 12;
  private static final List<Found> NONE = List.of();
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
    CLASS['$'] = DOLLAR;
    CLASS['{'] = BRACE;
    CLASS['['] = BRACKET;
    CLASS['&'] = CODED;
    CLASS[0] = CODED;
    CLASS[0x1B] = CODED;
  }

  final String text;
  final int length;
  final SecretNames names;
  private final Set<String> kinds;
  private List<Found> founds = NONE;

  /** Up to here the text is masked or judged. */
  int redactedUntil;

  /** Before this position no dotted run can be a JWT: one was looked for and not found. */
  int noJwtBefore;

  /** Before this position a run of base64 leads to the name of the next field, and is no token. */
  int noSchemeBefore;

  /** Before this position no run of base64 is worth another look. */
  int noBase64Before;

  /** Up to here a field called {@code value} holds the secret that {@code name} announced. */
  int announcedUntil = -1;

  String announcedKind = "";

  /** The command of the flags before {@link #commandUntil}; empty if that is none that matters. */
  String command = "";

  int commandUntil;

  /** Between these are URL-safe characters of which none is a digit or a capital. */
  int wordsFrom;

  int wordsUntil;

  /** Values before their names were looked for up to here. */
  int namesUntil;

  /** No line that ends a private key is left. */
  boolean noKeyEnds;

  /** No end of a CDATA section is left. */
  boolean noCdataEnds;

  /** Whether the text is a Kubernetes secret; 0 is not known yet. */
  int manifest;

  private int keyType;

  /** Characters looked at, aside from the pass itself; says whether the pass is linear. */
  long work;

  private boolean coded;

  /** How many encodings were resolved to get this text. */
  final int depth;

  Scan(String text, SecretNames names, Set<String> kinds, int depth) {
    this.depth = depth;
    this.text = text;
    this.length = text.length();
    this.names = names;
    this.kinds = kinds;
  }

  /** What was found; in the order of finding, which is not always that of the text. */
  List<Found> founds() {
    return founds;
  }

  /** Whether something is encoded, so that a {@link DecodedView} would show more. */
  boolean isCoded() {
    return coded;
  }

  /** The text of something that was encoded in this one. */
  Scan within(String decoded) {
    return new Scan(decoded, names, kinds, depth + 1);
  }

  /** Whether a mask stands here: its secret is gone already. */
  boolean isMask(int at) {
    return Kinds.maskEnd(text, at, kinds) >= 0;
  }

  /** Whether a JSON Web Key may be in the text. */
  boolean mentionsKeyType() {
    if (keyType == 0) {
      work += length;
      keyType = text.contains("kty") ? 1 : 2;
    }
    return keyType == 1;
  }

  /** A name was said; its value may follow up to there. */
  void announce(String kind, int until) {
    announcedKind = kind;
    announcedUntil = until;
  }

  void run() {
    boolean inWord = false;
    int wordStart = 0;
    int i = 0;
    while (i < length) {
      char c = text.charAt(i);
      byte type = c < 128 ? CLASS[c] : WIDE;
      if (type == WORD) {
        if (inWord) {
          i++;
        } else {
          int end = Tokens.wordStart(this, i, c);
          inWord = end < 0;
          wordStart = i;
          i = end < 0 ? i + 1 : end;
        }
        continue;
      }
      if (inWord) {
        inWord = false;
        int end = wordEnd(wordStart, i);
        if (end >= 0) {
          i = end;
          continue;
        }
        if (type == DASH) {
          i++;
          continue;
        }
      }
      switch (type) {
        case EQUALS -> i = Names.separator(this, i, i + 1);
        case COLON -> i = colon(i);
        case GREATER -> i = Elements.greater(this, i);
        case DASH -> i = Flags.dash(this, i);
        case BACKSLASH -> i = escape(i);
        case PERCENT -> i = percent(i);
        case DOLLAR -> i = Tokens.passwordHash(this, i);
        case BRACE -> i = Tokens.ldapHash(this, i);
        case BRACKET -> {
          int end = Kinds.maskEnd(text, i, kinds);
          redactedUntil = Math.max(redactedUntil, end);
          i = Math.max(i + 1, end);
        }
        case CODED -> {
          coded = true;
          i++;
        }
        case WIDE -> {
          coded |= DecodedView.isCoded(c);
          i++;
        }
        default -> i++;
      }
    }
    if (inWord) {
      wordEnd(wordStart, length);
    }
  }

  /** End of what was redacted, or -1. */
  private int wordEnd(int start, int end) {
    int size = end - start;
    if (size < 3) {
      return -1;
    }
    if (end < length) {
      char mark = text.charAt(end);
      if (mark == '~' || ((mark == '.' || mark == '-') && size >= 13 && size <= 32)) {
        int hit = Tokens.byMark(this, start, end);
        if (hit >= 0) {
          return hit;
        }
      }
    }
    if (size >= Tokens.MIN_BASE64 && start >= noBase64Before) {
      int hit = Tokens.base64(this, start, end);
      if (hit >= 0) {
        return hit;
      }
    }
    return BareNames.mayEndWith(text.charAt(end - 2), text.charAt(end - 1))
        ? BareNames.at(this, end)
        : -1;
  }

  int hit(String rule, String kind, int start, int end) {
    return hit(rule, kind, start, end, "");
  }

  /** Masks start … end; the mask stands in these quotes. */
  int hit(String rule, String kind, int start, int end, String quote) {
    if (founds.isEmpty()) {
      founds = new ArrayList<>(4);
    }
    founds.add(new Found(rule, kind, start, end, quote));
    work += end - start;
    redactedUntil = Math.max(redactedUntil, end);
    return end;
  }

  // Escapes glue a letter to the word behind them: \\nghp_… and %20ghp_… start at the g.

  private int escape(int i) {
    if (i + 1 < length) {
      char c = text.charAt(i + 1);
      boolean two = i + 4 <= length && isHex(text.charAt(i + 2)) && isHex(text.charAt(i + 3));
      if (c == 'u'
          && two
          && i + 6 <= length
          && isHex(text.charAt(i + 4))
          && isHex(text.charAt(i + 5))) {
        coded = true;
        return i + 6;
      }
      if (c == 'x' && two) {
        coded = true;
        return i + 4;
      }
      if (c == 'n' || c == 't' || c == 'r' || c == 'b' || c == 'f') {
        // Unless a token begins with that letter: C:\npm_…
        int end = Tokens.wordStart(this, i + 1, c);
        return end < 0 ? i + 2 : end;
      }
      coded |= c == '/';
    }
    return i + 1;
  }

  private int percent(int i) {
    if (i + 2 < length && isHex(text.charAt(i + 1)) && isHex(text.charAt(i + 2))) {
      coded = true;
      return i + 3;
    }
    return i + 1;
  }

  private int colon(int i) {
    if (text.startsWith("://", i)) {
      return Urls.userInfo(this, i + 3);
    }
    if (i + 1 < length && text.charAt(i + 1) == '=') {
      return Names.separator(this, i, i + 2);
    }
    if (text.startsWith(":thin:", i)) {
      return Urls.userAndSlash(this, i + 6);
    }
    return Names.separator(this, i, i + 1);
  }
}
