package dev.spoor.telemetry.redaction;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/**
 * The resource files of planted secrets and of ordinary text. Tokens are made from recipes, so that
 * no file of this repository holds one.
 */
final class Corpus {
  private static final String DIGITS = "0123456789";
  private static final String LOWER = "abcdefghijklmnopqrstuvwxyz";
  private static final String UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

  private Corpus() {}

  /**
   * @param text as it is planted
   * @param secret what may not be left of it
   * @param label for a person who has to find it in the files
   */
  record Planted(String label, String text, String secret) {}

  record Token(String kind, String text) {}

  /** Lines of a file without comments; its signs for line breaks are line breaks. */
  static List<String> lines(String file) {
    List<String> lines = new ArrayList<>();
    try (InputStream in =
            Objects.requireNonNull(
                Corpus.class.getResourceAsStream("/redaction/" + file + ".txt"), file);
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (!line.isEmpty() && !line.startsWith("# ")) {
          lines.add(line.replace('⏎', '\n').replace('␍', '\r').replace('␣', '\u001b'));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return lines;
  }

  static List<Token> tokens(long seed) {
    Random random = new Random(seed);
    return lines("tokens").stream()
        .map(line -> {
          int tab = line.indexOf('\t');
          return new Token(line.substring(0, tab), token(line.substring(tab + 1), random));
        })
        .toList();
  }

  static String token(String recipe, Random random) {
    StringBuilder token = new StringBuilder();
    int at = 0;
    while (at < recipe.length()) {
      char c = recipe.charAt(at);
      if (c != '{') {
        token.append(c);
        at++;
        continue;
      }
      int end = recipe.indexOf('}', at);
      String alphabet =
          switch (recipe.charAt(at + 1)) {
            case 'a' -> LOWER + UPPER + DIGITS;
            case 'l' -> LOWER + DIGITS;
            case 'u' -> UPPER + DIGITS;
            case 'h' -> DIGITS + "abcdef";
            case 'd' -> DIGITS;
            case 'b' -> LOWER + UPPER + DIGITS + "+/";
            default -> throw new IllegalArgumentException(recipe);
          };
      int count = Integer.parseInt(recipe.substring(at + 3, end));
      for (int i = 0; i < count; i++) {
        token.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      at = end + 1;
    }
    return token.toString();
  }

  /** Every kind of token in every format. */
  static List<Planted> tokensInFormats(long seed) {
    List<Planted> all = new ArrayList<>();
    for (Token token : tokens(seed)) {
      for (String line : lines("token-formats")) {
        int tab = line.indexOf('\t');
        all.add(
            new Planted(
                token.kind() + " × " + line.substring(0, tab),
                line.substring(tab + 1).replace("§", token.text()),
                token.text()));
      }
    }
    return all;
  }

  /** A value that no shape gives away, behind every name, in every format. */
  static List<Planted> namesInFormats(String secret) {
    List<Planted> all = new ArrayList<>();
    for (String entry : lines("names")) {
      boolean onlySeparated = entry.endsWith(" =");
      String name = onlySeparated ? entry.substring(0, entry.length() - 2) : entry;
      for (String line : lines("name-formats")) {
        int tab = line.indexOf('\t');
        if (onlySeparated && line.startsWith("~")) {
          continue;
        }
        all.add(
            new Planted(
                name + " × " + line.substring(0, tab),
                line.substring(tab + 1).replace("¤", name).replace("§", secret),
                secret));
      }
    }
    return all;
  }

  static List<Planted> places(String secret) {
    return lines("places").stream()
        .map(line -> new Planted(line, line.replace("§", secret), secret))
        .toList();
  }
}
