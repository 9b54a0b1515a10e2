package dev.spoor.telemetry.redaction;

import static dev.spoor.telemetry.redaction.Chars.isNameChar;

/** Secrets in XML: {@code <password>…</password>}, {@code <entry key="password">…</entry>}. */
final class Elements {
  private static final int MAX_TAG = 256;

  private Elements() {}

  /**
   * @param at of a {@code >}
   */
  static int greater(Scan scan, int at) {
    String text = scan.text;
    if (at > 0 && text.charAt(at - 1) == '=') {
      // The arrow of Ruby and PHP; the = before it found no value.
      return Names.separator(scan, at - 1, at + 1);
    }
    if (at > 1 && text.charAt(at - 1) == '-') {
      // Scala's arrow has spaces; without them it is a member, with code behind it a lambda.
      int value = Values.skipSpaces(scan, at + 1);
      return text.charAt(at - 2) == ' '
              && HarmlessValues.looksRandom(scan, value, Values.bare(scan, value, false))
          ? Names.separator(scan, at - 1, at + 1)
          : at + 1;
    }
    int open = at - 1;
    int least = Math.max(0, at - MAX_TAG);
    while (open >= least && text.charAt(open) != '<' && text.charAt(open) != '>') {
      open--;
    }
    scan.work += at - open;
    if (open < least || text.charAt(open) != '<') {
      return at + 1;
    }
    int name = open + 1;
    int nameEnd = name;
    while (nameEnd < at && isNameChar(text.charAt(nameEnd))) {
      nameEnd++;
    }
    if (nameEnd < at && text.charAt(nameEnd) == ':') {
      name = ++nameEnd;
      while (nameEnd < at && isNameChar(text.charAt(nameEnd))) {
        nameEnd++;
      }
    }
    if (nameEnd == name
        || (nameEnd < at && text.charAt(nameEnd) > ' ')
        || open < scan.redactedUntil) {
      return at + 1;
    }
    String kind = scan.names.kindOf(text, name, nameEnd);
    if (kind == null && name <= scan.announcedUntil && text.charAt(at - 1) != '/') {
      // <key>password</key><string>…, <entry key="password">…
      kind = scan.announcedKind;
    }
    int start = at + 1;
    if (kind == null) {
      return announcing(scan, name, nameEnd, start);
    }
    int close;
    if (text.startsWith("<![CDATA[", start)) {
      start += 9;
      close = scan.noCdataEnds ? -1 : text.indexOf("]]>", start);
      if (close < 0 && !scan.noCdataEnds) {
        scan.noCdataEnds = true;
        scan.work += scan.length - start;
      }
      if (close < 0) {
        return at + 1;
      }
    } else {
      close = text.indexOf('<', start);
    }
    if (close < 0) {
      close = scan.length;
    }
    scan.work += close - start;
    if (!text.startsWith("</", close) && !text.startsWith("]]>", close)) {
      // A generic type, or an element whose end was cut off.
      return at + 1;
    }
    if (close == start || HarmlessValues.isHarmless(scan, start, close)) {
      return at + 1;
    }
    scan.announcedUntil = -1;
    return scan.hit("field", kind, start, close);
  }

  /** The content of {@code <key>} or {@code <name>} may say what the next element holds. */
  private static int announcing(Scan scan, int name, int nameEnd, int start) {
    if (Names.is(scan, name, nameEnd, "key") || Names.is(scan, name, nameEnd, "name")) {
      int to = start;
      while (to < scan.length
          && to - start < SecretNames.MAX_LENGTH
          && isNameChar(scan.text.charAt(to))) {
        to++;
      }
      String kind = scan.names.kindOf(scan.text, start, to);
      if (kind != null && scan.text.startsWith("</", to)) {
        scan.announce(kind, to + 40);
      }
    }
    return start;
  }
}
