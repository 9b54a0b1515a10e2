package dev.spoor.telemetry.redaction;

/** Private keys between their lines of dashes, also where the line breaks are gone or escaped. */
final class PemBlocks {
  private static final int MAX_LABEL = 64;

  private PemBlocks() {}

  /**
   * Behind the block, or behind the dashes if there is none.
   *
   * @param start of four or more dashes
   */
  static int at(Scan scan, int start) {
    String text = scan.text;
    int label = start;
    while (label < scan.length && text.charAt(label) == '-') {
      label++;
    }
    scan.work += label - start;
    int begin = label;
    while (begin < scan.length && begin - label < 4 && isGap(text.charAt(begin))) {
      begin++;
    }
    if (label - start < 4 || !text.startsWith("BEGIN", begin)) {
      return label;
    }
    int labelEnd = text.indexOf("----", begin, Math.min(scan.length, begin + MAX_LABEL));
    if (labelEnd < 0) {
      return begin;
    }
    if (!isPrivate(text, begin, labelEnd)) {
      return begin;
    }
    int end = scan.noKeyEnds ? -1 : end(text, labelEnd);
    if (end < 0 && !scan.noKeyEnds) {
      // Looked for once: no later block ends either.
      scan.noKeyEnds = true;
      scan.work += scan.length - start;
    }
    if (end < 0) {
      Body open = openBody(text, labelEnd);
      scan.work += Math.max(0, open.looked() - open.end());
      end = open.end();
    }
    return scan.hit("pem", "private_key", start, end);
  }

  private static boolean isGap(char c) {
    return c == ' ' || c == '+';
  }

  static boolean isPrivate(String text, int start, int end) {
    int at = text.indexOf("PRIVATE", start, end);
    return at >= 0 && text.indexOf("KEY", at, end) >= 0;
  }

  /** Behind the line that ends a block, or -1. */
  static int end(String text, int from) {
    int at = from;
    while (true) {
      at = text.indexOf("----", at);
      if (at < 0) {
        return -1;
      }
      while (at < text.length() && text.charAt(at) == '-') {
        at++;
      }
      int word = at;
      while (word < text.length() && word - at < 4 && isGap(text.charAt(word))) {
        word++;
      }
      if (text.startsWith("END", word)) {
        int close = text.indexOf("----", word);
        if (close < 0) {
          return text.length();
        }
        while (close < text.length() && text.charAt(close) == '-') {
          close++;
        }
        return close;
      }
    }
  }

  /**
   * Where a block stops that nothing ends: at a space in its first line, or before a line that is
   * prose.
   */
  static int openEnd(String text, int from) {
    return openBody(text, from).end();
  }

  private static Body openBody(String text, int from) {
    int at = from;
    while (at < text.length() && text.charAt(at) == '-') {
      at++;
    }
    while (at < text.length() && text.charAt(at) > ' ' && text.charAt(at) != '"') {
      at++;
    }
    return body(text, at);
  }

  /** Behind the last of the lines from here on that may be a key's: one word, or a header. */
  static int bodyEnd(String text, int from) {
    return body(text, from).end();
  }

  /**
   * @param looked behind the last character that was looked at
   */
  private record Body(int end, int looked) {}

  /** Reads no further than to what decides: a line may be all that is left of the text. */
  private static Body body(String text, int from) {
    int length = text.length();
    int end = from;
    int line = from;
    while (line < length) {
      int at = line;
      while (at < length && text.charAt(at) <= ' ' && text.charAt(at) != '\n') {
        at++;
      }
      while (at < length && text.charAt(at) != ' ' && text.charAt(at) != '\n') {
        at++;
      }
      boolean prose =
          at > line && at < length && text.charAt(at) == ' ' && text.charAt(at - 1) != ':';
      int more = at;
      while (more < length && text.charAt(more) <= ' ' && text.charAt(more) != '\n') {
        more++;
      }
      if (prose && more < length && text.charAt(more) != '\n') {
        return new Body(end, more);
      }
      int stop = text.indexOf('\n', more);
      stop = stop < 0 ? length : stop;
      int last = stop;
      while (last > line && text.charAt(last - 1) <= ' ') {
        last--;
      }
      if (last > line) {
        end = last;
      }
      line = stop + 1;
    }
    return new Body(end, length);
  }
}
