package dev.spoor.telemetry.redaction;

import static dev.spoor.telemetry.redaction.Chars.isAlphanumeric;
import static dev.spoor.telemetry.redaction.Chars.isDigit;

import java.util.Locale;
import java.util.Set;

/** Tells values that are no secret though their name says one: code, schemas, prose, masks. */
final class HarmlessValues {
  /** Longer values are never harmless. */
  static final int MAX_LENGTH = 64;

  private static final Set<String> WORDS =
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

  private HarmlessValues() {}

  /** Code, placeholders, masks and words that are no secret though the name says one. */
  static boolean isHarmless(Scan scan, int start, int end) {
    int size = end - start;
    if (size > MAX_LENGTH) {
      return false;
    }
    char first = scan.text.charAt(start);
    char last = scan.text.charAt(end - 1);
    if (first == '$') {
      if (size > 2 && scan.text.charAt(start + 1) == '{' && last == '}') {
        return true;
      }
      if (scan.text.startsWith("$(", start)) {
        return true;
      }
      return size > 1 && isUpperName(scan, start + 1, end);
    }
    if (scan.text.startsWith("{{", start) && scan.text.startsWith("}}", end - 2)) {
      return true;
    }
    if ((first == '<' && last == '>') || scan.text.startsWith(Scan.MASK_START, start)) {
      return true;
    }
    if ((first == '%' && size <= 2)
        || (first == '?' && size == 1)
        || (first == '{' && last == '}')) {
      return true;
    }
    if (isMask(scan, start, end)) {
      return true;
    }
    // A call or a type, as code has it: getPassword(), os.environ["X"], varchar(255).
    int paren = scan.text.indexOf('(', start, end);
    if (paren > start && isCall(scan, start, paren)) {
      return true;
    }
    if (scan.text.startsWith("os.environ", start)
        || scan.text.startsWith("process.env", start)
        || scan.text.startsWith("System.getenv", start)) {
      return true;
    }
    int wordEnd = end;
    while (wordEnd > start && !isAlphanumeric(scan.text.charAt(wordEnd - 1))) {
      wordEnd--;
    }
    if (wordEnd - start > 14 || wordEnd == start) {
      return wordEnd == start && size < 4;
    }
    return WORDS.contains(scan.text.substring(start, wordEnd).toLowerCase(Locale.ROOT));
  }

  static boolean isMask(Scan scan, int start, int end) {
    for (int i = start; i < end; i++) {
      char c = scan.text.charAt(i);
      if (c != '*' && c != '•' && c != 'x' && c != 'X' && c != '.' && c != '…') {
        return false;
      }
    }
    return true;
  }

  static boolean isCall(Scan scan, int start, int paren) {
    for (int i = start; i < paren; i++) {
      char c = scan.text.charAt(i);
      if (!isAlphanumeric(c) && c != '_' && c != '.') {
        return false;
      }
    }
    return true;
  }

  static boolean isUpperName(Scan scan, int start, int end) {
    for (int i = start; i < end; i++) {
      char c = scan.text.charAt(i);
      if (!(c >= 'A' && c <= 'Z') && !isDigit(c) && c != '_') {
        return false;
      }
    }
    return true;
  }
}
