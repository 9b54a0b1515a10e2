package dev.spoor.telemetry.redaction;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * Looks for the text that costs the redactor most per character: mutates the worst ones so far and
 * keeps what is worse. Prints the seed, the worst texts by characters looked at and by time.
 *
 * <p>Arguments: seconds (10), seed (random), length of the texts (96 KB).
 */
final class RedactionFuzz {
  private static final int KEPT = 12;

  /** What the rules look for, so that chance finds their loops. */
  static final List<String> PIECES =
      List.of(
          "a",
          "1",
          "=",
          ":",
          "\\",
          "\"",
          "'",
          "`",
          "-",
          "--",
          "----",
          ".",
          "_",
          "/",
          "@",
          "$",
          "{",
          "}",
          "[",
          "]",
          "(",
          ")",
          "<",
          ">",
          "&",
          ";",
          ",",
          "|",
          "%",
          " ",
          "\n",
          "\t",
          "~",
          "#",
          "!",
          "password",
          "password=",
          "password: ",
          "password is ",
          "token ",
          "\"password\":[",
          "{\"a\":\"",
          "sk-",
          "sk-a",
          "eyJ",
          "eyJaaaaaaaaa.",
          "://",
          "://a:",
          "://a:b/",
          "-----BEGIN ",
          "-----BEGIN PRIVATE KEY-----",
          "-----END ",
          "<password>",
          "</password>",
          "<key>",
          "4111 ",
          "4111111111111111",
          "--password ",
          "--user a:",
          "-u a:",
          "curl ",
          "mysql -p",
          "-p ",
          "Bearer ",
          "Basic ",
          "Basic YWFh",
          "name=password ",
          "value=",
          "\"name\":\"password\",",
          "kind: Secret",
          "data:",
          "data:\n  ",
          "kty",
          "\"d\":\"",
          "?code=",
          "&key=",
          "identified by ",
          "IDENTIFIED WITH a BY ",
          "setPassword(\"",
          "sqlplus a/",
          ":thin:a/",
          "$2a$10$",
          "{SSHA}",
          "&quot;",
          "&#34;",
          "%22",
          "%2522",
          "\\u0022",
          "\\\"",
          "\\\\\\\"",
          "\u001b[31m",
          "\u200b",
          "\uFF1D",
          "cGFzc3dvcmQ9YWJj",
          "[REDACTED:",
          "[REDACTED:password]",
          "Cookie: ",
          "Authorization: Digest a=\"",
          "password: |\n ",
          "Private-Lines: ",
          "string(",
          "Some(\"",
          "8Q~",
          ".atlasv1.",
          "-us1",
          "xoxb-",
          "1234567890:AA",
          "API key ",
          "password for a: ");

  private RedactionFuzz() {}

  private record Case(String unit, double workPerChar) {}

  static String text(String unit, int length) {
    return unit.repeat(length / unit.length() + 1).substring(0, length);
  }

  static String unit(Random random) {
    StringBuilder unit = new StringBuilder();
    for (int i = random.nextInt(6); i >= 0; i--) {
      unit.append(PIECES.get(random.nextInt(PIECES.size())));
    }
    return unit.toString();
  }

  static String mutated(String unit, Random random) {
    StringBuilder to = new StringBuilder(unit);
    switch (random.nextInt(4)) {
      case 0 ->
          to.insert(random.nextInt(to.length() + 1), PIECES.get(random.nextInt(PIECES.size())));
      case 1 -> to.deleteCharAt(random.nextInt(to.length()));
      case 2 -> to.append(PIECES.get(random.nextInt(PIECES.size())));
      default ->
          to.insert(0, PIECES.get(random.nextInt(PIECES.size())).repeat(1 + random.nextInt(8)));
    }
    return to.isEmpty() || to.length() > 400 ? unit : to.toString();
  }

  public static void main(String[] args) {
    int seconds = args.length > 0 ? Integer.parseInt(args[0]) : 10;
    long seed = args.length > 1 ? Long.parseLong(args[1]) : new Random().nextLong();
    int length = args.length > 2 ? Integer.parseInt(args[2]) : 96 << 10;
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    List<Case> worst = new ArrayList<>();
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    long tried = 0;
    while (System.nanoTime() < end) {
      String unit =
          worst.size() < KEPT || random.nextInt(4) == 0
              ? unit(random)
              : mutated(worst.get(random.nextInt(worst.size())).unit(), random);
      // A random head: what comes before may make the repeated part dearer.
      double work = (double) RuleRedactor.STANDARD.work(text(unit, 8 << 10)) / (8 << 10);
      tried++;
      if (worst.stream().noneMatch(known -> known.unit().equals(unit))) {
        worst.add(new Case(unit, work));
        worst.sort(Comparator.comparingDouble(Case::workPerChar).reversed());
        if (worst.size() > KEPT) {
          worst.removeLast();
        }
      }
    }
    System.out.println(tried + " texts; characters looked at for each, milliseconds for " + length);
    double slowest = 0;
    for (Case one : worst) {
      String text = text(one.unit(), length);
      double best = Double.MAX_VALUE;
      for (int i = 0; i < 20; i++) {
        long start = System.nanoTime();
        RuleRedactor.STANDARD.redact(text);
        best = Math.min(best, (System.nanoTime() - start) / 1e6);
      }
      slowest = Math.max(slowest, best);
      System.out.printf(
          "%6.1f  %6.2f ms  %s%n",
          one.workPerChar(), best, one.unit().replace("\n", "\\n").replace("\u001b", "\\e"));
    }
    System.out.printf("slowest %.2f ms for %d characters%n", slowest, length);
  }
}
