package dev.spoor.telemetry.redaction;

import static dev.spoor.telemetry.redaction.Chars.isAlphanumeric;
import static dev.spoor.telemetry.redaction.Chars.isDigit;
import static dev.spoor.telemetry.redaction.Chars.isSpace;

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
          "unknown",
          "denied",
          "all",
          "amd64",
          "arm64",
          "bytes",
          "headers",
          "granted",
          "enabled",
          "disabled",
          "success",
          "successful",
          "forbidden",
          "await",
          "async",
          "return",
          "func",
          "lambda",
          "undefined");

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
      if (size >= 2 && scan.text.charAt(start + 1) == '{') {
        return last == '}' || scan.text.startsWith("${{", start);
      }
      if (scan.text.startsWith("$(", start)) {
        return true;
      }
      return size > 1 && isUpperName(scan, start + 1, end);
    }
    if (scan.text.startsWith("{{", start) && scan.text.startsWith("}}", end - 2)) {
      return true;
    }
    if (size <= 1 || scan.isMask(start)) {
      return true;
    }
    if (first == '<' && isName(scan, start + 1, end)) {
      // The markup around it was taken for the value.
      return true;
    }
    if ((first == '<' && last == '>') || (first == '{' && last == '}')) {
      return !looksRandom(scan, start + 1, end - 1);
    }
    if ((first == '%' && size <= 2) || (first == '?' && size == 1)) {
      return true;
    }
    if (isMask(scan, start, end)) {
      return true;
    }
    // A placeholder of SQL: :token.
    if ((first == ':' && isName(scan, start + 1, end)) || isSecretName(scan, start, end)) {
      return true;
    }
    // An element of an array of the program: tokens[i].
    int bracket = scan.text.indexOf('[', start, end);
    if (bracket > start && isName(scan, start, bracket)) {
      int inner = bracket + 1;
      while (inner < end
          && (isAlphanumeric(scan.text.charAt(inner)) || scan.text.charAt(inner) == ':')) {
        inner++;
      }
      if (inner - bracket <= 6
          && inner < end
          && scan.text.charAt(inner) == ']'
          && (inner + 1 == end || goesOn(scan.text.charAt(inner + 1)))) {
        return true;
      }
    }
    // A call or a type, as code has it: getPassword(), os.environ["X"], varchar(255).
    int paren = scan.text.indexOf('(', start, end);
    if (paren > start
        && isCall(scan, start, paren)
        && !looksRandom(scan, start, paren)
        && endsAsCode(scan, end)) {
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

  /** Whether an expression goes on so behind an element or a call. */
  private static boolean goesOn(char c) {
    return c == '.' || c == ';' || c == ',' || c == ')' || c == '[';
  }

  /** Whether a call ends here, or was cut at a space or at a quote within it. */
  private static boolean endsAsCode(Scan scan, int end) {
    char last = scan.text.charAt(end - 1);
    return last == '('
        || last == '}'
        || goesOn(last)
        || (end < scan.length && isSpace(scan.text.charAt(end)));
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

  private static boolean isName(Scan scan, int start, int end) {
    for (int i = start; i < end; i++) {
      char c = scan.text.charAt(i);
      if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_')) {
        return false;
      }
    }
    return end > start;
  }

  /** {@code this.password = password;}: a variable of that name. */
  private static boolean isSecretName(Scan scan, int start, int end) {
    int to = end;
    while (to > start && ";,)".indexOf(scan.text.charAt(to - 1)) >= 0) {
      to--;
    }
    int from = start;
    for (int i = start; i < to; i++) {
      char c = scan.text.charAt(i);
      if (c == '.') {
        from = i + 1;
      } else if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_')) {
        return false;
      }
    }
    return to - from > 2 && scan.names.kindOf(scan.text, from, to) != null;
  }

  /** Code compares with these: {@code password == null || …}. */
  static boolean startsWithLiteral(Scan scan, int start) {
    return scan.text.startsWith("null ", start)
        || scan.text.startsWith("None ", start)
        || scan.text.startsWith("nil ", start);
  }

  /** Names of algorithms and formats that have digits. */
  private static final Set<String> NAMES_WITH_DIGITS =
      Set.of(
          "sha256",
          "sha-256",
          "sha512",
          "sha-512",
          "sha1",
          "sha-1",
          "md5",
          "hs256",
          "hs512",
          "rs256",
          "es256",
          "base64",
          "utf-8",
          "utf8",
          "oauth2",
          "oauth2.0",
          "http2",
          "x509",
          "x.509",
          "pbkdf2",
          "argon2",
          "argon2id",
          "ed25519",
          "aes-256",
          "aes256",
          "s3",
          "ipv4",
          "ipv6");

  /** Letters and digits, or letters and odd signs, in one word of some length. */
  static boolean looksRandom(Scan scan, int start, int end) {
    if (end - start < 6) {
      return false;
    }
    boolean letter = false;
    boolean digit = false;
    boolean odd = false;
    for (int i = start; i < end; i++) {
      char c = scan.text.charAt(i);
      if (c >= '0' && c <= '9') {
        digit = true;
      } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c > 127) {
        letter = true;
      } else if (c <= ' ' || c == '(' || c == '[' || c == '{' || c == '"' || c == '\\') {
        return false;
      } else {
        odd |=
            (c == '!' || c == '@' || c == '#' || c == '$' || c == '%' || c == '^' || c == '*')
                && i > start
                && i + 1 < end;
      }
      if (digit && letter && i - start > MAX_LENGTH) {
        break;
      }
    }
    if (!letter || !(digit || odd)) {
      return false;
    }
    char first = scan.text.charAt(start);
    if (first == '/' || first == '-' || first == '<' || first == '.') {
      return false;
    }
    if (end - start > 12) {
      return true;
    }
    // A type of C, the name of an algorithm.
    String word = scan.text.substring(start, end).toLowerCase(Locale.ROOT);
    return !word.endsWith("_t") && !NAMES_WITH_DIGITS.contains(word);
  }
}
