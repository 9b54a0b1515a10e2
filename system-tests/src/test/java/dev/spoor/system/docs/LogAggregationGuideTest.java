package dev.spoor.system.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.telemetry.GoogleCloud;
import dev.spoor.contract.wire.Json;
import dev.spoor.store.query.Field;
import dev.spoor.store.query.QueryParser;
import dev.spoor.store.query.QuerySyntaxException;
import dev.spoor.store.query.Vocabulary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** docs/log-aggregation.md says of the records what the code says, and its examples are good. */
@DisplayName("log_aggregation_format: the guide")
class LogAggregationGuideTest {
  private static final Path GUIDE = Path.of("..", "docs", "log-aggregation.md");

  @Test
  void everyFieldOfTheVocabularyIsThereWithItsType() throws IOException {
    Map<String, String> documented = new TreeMap<>();
    for (MatchResult row : matches("(?m)^\\| (\\w+) \\| [^|]+ \\| (`[^|]+`) \\|$")) {
      for (String name : row.group(2).split(" ", -1)) {
        documented.put(name.replace("`", ""), row.group(1));
      }
    }
    Map<String, String> vocabulary = new TreeMap<>();
    for (Field field : Vocabulary.all()) {
      vocabulary.put(field.name(), field.type().name().toLowerCase(Locale.ROOT));
    }
    assertThat(documented).isEqualTo(vocabulary);
  }

  @Test
  void theEcsNamesAreThoseOfTheStore() throws IOException {
    Map<String, String> documented = new TreeMap<>();
    for (MatchResult row : matches("(?m)^\\| `([^`]+)` \\| `([^`]+)` \\|$")) {
      documented.put(row.group(1), row.group(2));
    }
    assertThat(documented).isEqualTo(Vocabulary.aliases());
  }

  @Test
  void theExamplesAreRecords() throws IOException {
    Set<String> known =
        new HashSet<>(Set.of(GoogleCloud.SEVERITY, GoogleCloud.TRACE, GoogleCloud.SPAN_ID));
    Vocabulary.all().forEach(field -> known.add(field.name()));
    List<String> examples = blocks("json");
    assertThat(examples).hasSize(3);
    for (String example : examples) {
      JsonNode record = Json.tree(example.getBytes(StandardCharsets.UTF_8));
      assertThat(known).containsAll(record.propertyNames());
      assertThat(Instant.parse(record.path("timestamp").stringValue())).isNotNull();
      assertThat(example.strip()).as("one line").doesNotContain("\n");
    }
  }

  @Test
  void theQueriesAreUnderstoodAndNameFieldsOfRecords() throws IOException {
    List<String> queries = blocks("lucene").getFirst().lines().toList();
    assertThat(queries).hasSizeGreaterThan(5);
    for (String query : queries) {
      try {
        QueryParser.parse(query, Instant.now());
      } catch (QuerySyntaxException e) {
        throw new AssertionError(query, e);
      }
      assertThat(Pattern.compile("([a-z_.]+):").matcher(query).results().map(r -> r.group(1)))
          .as(query)
          .allMatch(name -> Vocabulary.typeOf(name) != null);
    }
  }

  private static List<String> blocks(String language) throws IOException {
    return matches("(?s)```" + language + "\n(.*?)```").stream().map(r -> r.group(1)).toList();
  }

  private static List<MatchResult> matches(String regex) throws IOException {
    return Pattern.compile(regex).matcher(Files.readString(GUIDE)).results().toList();
  }
}
