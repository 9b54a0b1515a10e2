package dev.spoor.telemetry.redaction;

import static dev.spoor.telemetry.redaction.Chars.isLineEnd;
import static dev.spoor.telemetry.redaction.Chars.isNameChar;
import static dev.spoor.telemetry.redaction.Chars.isQuote;
import static dev.spoor.telemetry.redaction.Chars.isSpace;

import java.util.Map;

/** Secrets behind the flags of a command line. */
final class Flags {
  private static final int MAX_COMMAND = 160;

  private static final int MAX_COMMAND_NAME = 20;

  /**
   * Commands and the flags that take a secret there and something else elsewhere: p a password, u a
   * user with a password, b cookies.
   */
  private static final Map<String, String> COMMANDS =
      Map.ofEntries(
          Map.entry("curl", "uUb"),
          Map.entry("mysql", "p"),
          Map.entry("mysqldump", "p"),
          Map.entry("mysqladmin", "p"),
          Map.entry("mariadb", "p"),
          Map.entry("sshpass", "p"),
          Map.entry("docker login", "p"),
          Map.entry("podman login", "p"),
          Map.entry("skopeo login", "p"),
          Map.entry("oc login", "p"),
          Map.entry("az login", "p"),
          Map.entry("mongo", "p"),
          Map.entry("mongosh", "p"),
          Map.entry("mongodump", "p"),
          Map.entry("mongorestore", "p"),
          Map.entry("sqlcmd", "P"),
          Map.entry("bcp", "P"),
          Map.entry("isql", "P"),
          Map.entry("tsql", "P"),
          Map.entry("ldapsearch", "w"),
          Map.entry("ldapmodify", "w"),
          Map.entry("ldapadd", "w"),
          Map.entry("redis-cli", "a"),
          Map.entry("http", "a"),
          Map.entry("https", "a"),
          Map.entry("xh", "a"));

  /** Second letters of the commands by the first, the sieve in front of the look for a name. */
  private static final int[] SECOND = new int[26];

  static {
    for (String command : COMMANDS.keySet()) {
      SECOND[command.charAt(0) - 'a'] |= 1 << (command.charAt(1) & 31);
    }
  }

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
    switch (flag) {
      case 'u' -> {
        if (next == ' ' || takes(scan, i, flag)) {
          return userAndPassword(scan, next == ' ' ? i + 3 : i + 2, i + 1);
        }
      }
      case 'U' -> {
        if (takes(scan, i, flag)) {
          return userAndPassword(scan, next == ' ' ? i + 3 : i + 2, i + 1);
        }
      }
      case 'a' -> {
        if (takes(scan, i, flag)) {
          return scan.command.equals("redis-cli")
              ? Values.value(scan, "password", i + 2, i + 2, "", false)
              : userAndPassword(scan, i + 2, i + 2);
        }
      }
      case 'b' -> {
        if (next == ' ' && takes(scan, i, flag)) {
          return Values.value(scan, "cookie", i + 3, i + 2, "", false);
        }
      }
      case 'p', 'P', 'w' -> {
        if (takes(scan, i, flag)) {
          return Values.value(scan, "password", i + 2, i + 2, "", false);
        }
      }
      default -> {}
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
    int echo = i;
    while (echo >= least && !scan.text.startsWith("echo ", echo)) {
      echo--;
    }
    scan.work += i - echo;
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

  /** Whether the flag belongs to a command, on its line and near, that takes a secret there. */
  private static boolean takes(Scan scan, int i, char flag) {
    // Only back to the flag before: what is before that was looked at for it.
    String text = scan.text;
    int least = Math.max(scan.commandUntil, i - MAX_COMMAND);
    if (least > scan.commandUntil) {
      scan.command = "";
    }
    int at = i;
    while (at > least) {
      at--;
      char c = text.charAt(at);
      if (isLineEnd(c) || c == '|' || c == ';') {
        scan.command = "";
        break;
      }
      if (mayBeCommand(text, at) && (at == 0 || !isNameChar(text.charAt(at - 1)))) {
        String command = command(text, at);
        if (!command.isEmpty()) {
          scan.command = command;
          break;
        }
      }
    }
    scan.work += i - at;
    scan.commandUntil = i;
    String flags = COMMANDS.get(scan.command);
    return flags != null && flags.indexOf(flag) >= 0;
  }

  private static boolean mayBeCommand(String text, int at) {
    char c = text.charAt(at);
    char next = at + 1 < text.length() ? text.charAt(at + 1) : 0;
    return c >= 'a' && c <= 'z' && (SECOND[c - 'a'] >> (next & 31) & 1) != 0;
  }

  private static String command(String text, int start) {
    int end = start;
    while (end < text.length()
        && end - start < MAX_COMMAND_NAME
        && (isNameChar(text.charAt(end)) || text.startsWith(" login", end))) {
      end++;
    }
    String name = text.substring(start, end);
    if (COMMANDS.containsKey(name)) {
      return name;
    }
    int space = name.indexOf(' ');
    return space > 0 && COMMANDS.containsKey(name.substring(0, space))
        ? name.substring(0, space)
        : "";
  }

  /** curl's -u user:password. */
  private static int userAndPassword(Scan scan, int start, int otherwise) {
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
