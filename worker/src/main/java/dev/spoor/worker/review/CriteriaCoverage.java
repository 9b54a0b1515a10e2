package dev.spoor.worker.review;

import dev.spoor.agent.Tool;
import dev.spoor.contract.wire.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/**
 * The rule of qa's own: which acceptance criteria a draft does not cover. A criterion is covered
 * when two thirds of its telling words stand in one line of the draft. Crude, and the same for
 * every model: a model's own praise of its draft is not asked.
 */
final class CriteriaCoverage implements Tool {
  static final String NAME = "criteria_coverage";

  private static final int MIN_WORD_LENGTH = 4;
  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+");
  private static final Set<String> EMPTY_WORDS =
      Set.of(
          "that", "this", "with", "from", "have", "each", "every", "when", "then", "than", "they",
          "them", "their", "there", "which", "what", "where", "will", "shall", "should", "must",
          "into", "also", "only", "such", "some", "other", "been", "being", "does");

  @Override
  public String name() {
    return NAME;
  }

  /** Takes {@code draft} and {@code criteria}, gives {@code uncovered}. */
  @Override
  public JsonNode call(JsonNode arguments) {
    List<String> criteria = new ArrayList<>();
    arguments.path("criteria").forEach(each -> criteria.add(each.asString()));
    ArrayNode uncovered = Json.mapper().createArrayNode();
    uncovered(arguments.path("draft").asString(), criteria).forEach(uncovered::add);
    return Json.mapper().createObjectNode().set("uncovered", uncovered);
  }

  static List<String> uncovered(String draft, List<String> criteria) {
    List<Set<String>> lines = draft.lines().map(CriteriaCoverage::words).toList();
    return criteria.stream().filter(each -> !isCovered(words(each), lines)).toList();
  }

  private static boolean isCovered(Set<String> telling, List<Set<String>> lines) {
    if (telling.isEmpty()) {
      return true;
    }
    for (Set<String> line : lines) {
      Set<String> found = new HashSet<>(telling);
      found.retainAll(line);
      if (3 * found.size() >= 2 * telling.size()) {
        return true;
      }
    }
    return false;
  }

  private static Set<String> words(String text) {
    Set<String> words = new LinkedHashSet<>();
    Matcher matcher = WORD.matcher(text.toLowerCase(Locale.ROOT));
    while (matcher.find()) {
      String word = matcher.group();
      if (word.length() >= MIN_WORD_LENGTH && !EMPTY_WORDS.contains(word)) {
        words.add(word);
      }
    }
    return words;
  }
}
