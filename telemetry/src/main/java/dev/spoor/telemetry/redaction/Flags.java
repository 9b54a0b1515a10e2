package dev.spoor.telemetry.redaction;

import static dev.spoor.telemetry.redaction.Chars.isLineEnd;
import static dev.spoor.telemetry.redaction.Chars.isNameChar;
import static dev.spoor.telemetry.redaction.Chars.isQuote;
import static dev.spoor.telemetry.redaction.Chars.isSpace;

import java.util.List;
import java.util.Map;

/** Secrets behind the flags of a command line. */
final class Flags {
  private static final int MAX_COMMAND = 160;

  /** Commands by the flag that takes a password there and a user or a port elsewhere. */
  private static final Map<Character, List<String>> PASSWORD_FLAGS =
      Map.of(
          'p',
          List.of(
              "mysql",
              "mysqldump",
              "mysqladmin",
              "mariadb",
              "sshpass",
              "docker login",
              "podman login",
              "mongo",
              "mongosh",
              "mongodump",
              "mongorestore",
              "az login",
              "oc login",
              "skopeo login",
              "helm registry login"),
          'P',
          List.of("sqlcmd", "bcp", "tsql", "isql"),
          'w',
          List.of("ldapsearch", "ldapmodify", "ldapadd"),
          'a',
          List.of("redis-cli", "http", "https", "xh"));

  private Flags() {}

  /**
   * @param i of a dash that begins no word
   */
  static int dash(Scan scan, int i) {
    String text = scan.text;
    if (text.startsWith("----", i)) {
      return PemBlocks.at(scan, i);
    }
    if (i > 0 && text.charAt(i - 1) > ' ' && !isQuote(text.charAt(i - 1))) {
      return i + 1;
    }
    if (text.startsWith("--", i)) {
      return longFlag(scan, i);
    }
    if (i + 2 >= scan.length) {
      return i + 1;
    }
    char flag = text.charAt(i + 1);
    char next = text.charAt(i + 2);
    if (flag == 'u' || flag == 'U') {
      if (next != ' ' && !isCommand(scan, i, "curl")) {
        return i + 1;
      }
      return userAndPassword(scan, next == ' ' ? i + 3 : i + 2, i + 1);
    }
    if (flag == 'b' && next == ' ' && isCommand(scan, i, "curl")) {
      return Values.value(scan, "cookie", i + 3, i + 2, "", false);
    }
    List<String> commands = PASSWORD_FLAGS.get(flag);
    if (commands != null) {
      for (String command : commands) {
        if (isCommand(scan, i, command)) {
          if (command.startsWith("http") || command.equals("xh")) {
            return userAndPassword(scan, i + 2, i + 2);
          }
          return Values.value(scan, "password", i + 2, i + 2, "", false);
        }
      }
    }
    // -storepass x, -passin pass:x: tools of Java and OpenSSL have long names behind one dash.
    int end = i + 1;
    while (end < scan.length && end - i < SecretNames.MAX_LENGTH && isNameChar(text.charAt(end))) {
      end++;
    }
    if (end - i > 4 && end < scan.length && isSpace(text.charAt(end))) {
      int value = Values.skipSpaces(scan, end);
      if (text.startsWith("pass:", value)) {
        return Values.value(scan, "password", value + 5, end, "", false);
      }
      String kind = scan.names.kindOf(text, i + 1, end);
      if (kind != null && value < scan.length && text.charAt(value) != '-') {
        return Values.value(scan, kind, value, end, "", false);
      }
    }
    return i + 1;
  }

  private static int longFlag(Scan scan, int i) {
    String text = scan.text;
    int at = i + 2;
    while (at < scan.length && at - i < SecretNames.MAX_LENGTH && isNameChar(text.charAt(at))) {
      at++;
    }
    if (at == scan.length) {
      return passwordStdin(scan, i, at);
    }
    char behind = text.charAt(at);
    if (!isSpace(behind) && behind != '=') {
      return i + 2;
    }
    int value = behind == '=' ? at + 1 : Values.skipSpaces(scan, at);
    if (is(text, i, at, "--user") || is(text, i, at, "--proxy-user")) {
      return userAndPassword(scan, value, at);
    }
    if (is(text, i, at, "--password-stdin")) {
      return passwordStdin(scan, i, at);
    }
    if (behind == '=') {
      return i + 2;
    }
    String kind = scan.names.kindOf(text, i + 2, at);
    if (kind != null && value < scan.length && text.charAt(value) != '-') {
      return Values.value(scan, kind, value, at, "", false);
    }
    return i + 2;
  }

  private static boolean is(String text, int start, int end, String flag) {
    return end - start == flag.length() && text.startsWith(flag, start);
  }

  /** {@code echo secret | docker login --password-stdin}: what was echoed. */
  private static int passwordStdin(Scan scan, int i, int end) {
    if (!is(scan.text, i, end, "--password-stdin")) {
      return i + 2;
    }
    int least = Math.max(scan.redactedUntil, i - MAX_COMMAND);
    int echo = scan.text.lastIndexOf("echo ", i);
    scan.work += MAX_COMMAND;
    if (echo < least) {
      return end;
    }
    int start = echo + 5;
    char quote = scan.text.charAt(start);
    int stop = start + 1;
    while (stop < i
        && (isQuote(quote) ? scan.text.charAt(stop) != quote : scan.text.charAt(stop) > ' ')) {
      stop++;
    }
    int from = isQuote(quote) ? start + 1 : start;
    if (stop > from && !HarmlessValues.isHarmless(scan, from, stop)) {
      scan.hit("cli", "password", from, stop);
    }
    return end;
  }

  /** Whether this is an argument of that command, on its line and near. */
  private static boolean isCommand(Scan scan, int i, String command) {
    int least = Math.max(0, i - MAX_COMMAND);
    int at = i;
    String text = scan.text;
    while (at > least) {
      at--;
      char c = text.charAt(at);
      if (isLineEnd(c) || c == '|' || c == ';') {
        break;
      }
      if (c == command.charAt(0)
          && text.startsWith(command, at)
          && (at == 0 || !isNameChar(text.charAt(at - 1)))
          && text.charAt(at + command.length()) <= ' ') {
        scan.work += i - at;
        return true;
      }
    }
    scan.work += i - at;
    return false;
  }

  /** curl's -u user:password. */
  static int userAndPassword(Scan scan, int start, int otherwise) {
    int at = Values.skipSpaces(scan, start);
    char quote = at < scan.length && isQuote(scan.text.charAt(at)) ? scan.text.charAt(at++) : 0;
    if (quote == 0 && at < scan.length && scan.text.charAt(at) == '=') {
      at++;
    }
    int colon = -1;
    int from = at;
    while (at < scan.length && at - from < Urls.MAX_USER_INFO) {
      char c = scan.text.charAt(at);
      if (quote == 0 ? c <= ' ' : c == quote || isLineEnd(c)) {
        break;
      }
      if (c == ':' && colon < 0) {
        colon = at;
      }
      at++;
    }
    boolean ids = colon > from && isNumber(scan, from, colon) && isNumber(scan, colon + 1, at);
    return colon > from && !ids && at > colon + 1 && !HarmlessValues.isHarmless(scan, colon + 1, at)
        ? scan.hit("cli", "password", colon + 1, at)
        : otherwise;
  }

  private static boolean isNumber(Scan scan, int start, int end) {
    return Urls.isNumber(scan, start, end);
  }
}
