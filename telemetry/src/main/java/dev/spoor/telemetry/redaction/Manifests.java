package dev.spoor.telemetry.redaction;

import static dev.spoor.telemetry.redaction.Chars.isLineEnd;
import static dev.spoor.telemetry.redaction.Chars.isSpace;

/** Kubernetes secrets: every value under {@code data} and {@code stringData} is one. */
final class Manifests {
  private static final int MAX_INDENT = 64;
  private static final int YES = 1;
  private static final int NO = 2;

  private Manifests() {}

  /**
   * @param start of the name
   * @param after behind the colon
   */
  static int data(Scan scan, int start, int after) {
    if (scan.manifest == 0) {
      scan.manifest = isSecret(scan.text) ? YES : NO;
      scan.work += scan.length;
    }
    if (scan.manifest == NO) {
      return after;
    }
    String text = scan.text;
    int at = Values.skipSpaces(scan, after);
    if (at < scan.length && text.charAt(at) == '{') {
      return json(scan, at + 1);
    }
    if (at >= scan.length || !isLineEnd(text.charAt(at))) {
      return after;
    }
    int indent = 0;
    while (start - indent > 0 && indent < MAX_INDENT && text.charAt(start - indent - 1) == ' ') {
      indent++;
    }
    return yaml(scan, at, indent);
  }

  private static boolean isSecret(String text) {
    return text.contains("kind: Secret")
        || text.contains("\"kind\":\"Secret\"")
        || text.contains("\"kind\": \"Secret\"")
        || text.contains("\\\"kind\\\":\\\"Secret\\\"");
  }

  /** Lines that are deeper than the name. */
  private static int yaml(Scan scan, int from, int indent) {
    String text = scan.text;
    int at = from;
    while (at < scan.length) {
      int line = at + 1;
      int first = line;
      while (first < scan.length && isSpace(text.charAt(first))) {
        first++;
      }
      if (first >= scan.length) {
        break;
      }
      if (isLineEnd(text.charAt(first))) {
        at = first;
        continue;
      }
      if (first - line <= indent) {
        break;
      }
      int end = first;
      int colon = -1;
      while (end < scan.length && !isLineEnd(text.charAt(end))) {
        if (colon < 0 && text.charAt(end) == ':') {
          colon = end;
        }
        end++;
      }
      int value = colon < 0 ? first : Values.skipSpaces(scan, colon + 1);
      if (value < end && !HarmlessValues.isHarmless(scan, value, end)) {
        scan.hit("manifest", "secret", value, end);
      }
      scan.work += end - line;
      at = end;
    }
    return at;
  }

  /** Strings behind colons up to the brace that closes. */
  private static int json(Scan scan, int from) {
    String text = scan.text;
    int at = from;
    while (at < scan.length && text.charAt(at) != '}') {
      if (text.charAt(at) == ':') {
        int value = Values.skipSpaces(scan, at + 1);
        int quote = Values.quoteAt(scan, value);
        if (quote > 0) {
          int end = Values.closing(scan, value, quote);
          if (end > value + quote) {
            scan.hit("manifest", "secret", value + quote, end);
          }
          at = end;
        }
      }
      at++;
    }
    scan.work += at - from;
    return Math.min(at, scan.length);
  }
}
