package dev.spoor.store.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.telemetry.GenAi;
import java.lang.reflect.Modifier;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QueryParserTest {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");

  @Test
  void everyFieldOfTheVocabularyHasATypeHere() {
    Set<String> named =
        Stream.of(Fields.class, GenAi.class)
            .flatMap(type -> Arrays.stream(type.getDeclaredFields()))
            .filter(field -> Modifier.isPublic(field.getModifiers()))
            .filter(field -> !field.getName().equals("CONVENTIONS_VERSION"))
            .map(QueryParserTest::constant)
            // A name of spans, and another word for a field here.
            .filter(name -> !Vocabulary.aliases().containsKey(name))
            .collect(Collectors.toSet());
    assertThat(Vocabulary.all()).extracting(Field::name).containsExactlyInAnyOrderElementsOf(named);
    assertThat(named).containsAll(Vocabulary.aliases().values());
  }

  private static String constant(java.lang.reflect.Field field) {
    try {
      return (String) field.get(null);
    } catch (IllegalAccessException impossible) {
      throw new AssertionError(impossible);
    }
  }

  @Test
  void readsFieldsWithTheirTypes() throws Exception {
    assertThat(parse("level:ERROR")).isEqualTo(exact(Fields.LEVEL, "ERROR"));
    assertThat(parse("log.level:ERROR")).isEqualTo(exact(Fields.LEVEL, "ERROR"));
    assertThat(parse("labels.team:blue")).isEqualTo(exact("labels.team", "blue"));
    assertThat(parse("Broken pipe")).isEqualTo(or(words("Broken"), words("pipe")));
    assertThat(parse("\"Broken pipe\""))
        .isEqualTo(new Query.Words(Vocabulary.DEFAULT, "Broken pipe", 0));
    assertThat(parse("event:llm.call.completed"))
        .isEqualTo(exact(Fields.EVENT, "llm.call.completed"));
    assertThat(parse("path:\"/v1/jobs\"")).isEqualTo(exact(Fields.PATH, "/v1/jobs"));
    assertThat(parse("  ")).isEqualTo(new Query.Everything());
    assertThat(parse("*:*")).isEqualTo(new Query.Everything());
    assertThat(parse("error:*")).isEqualTo(new Query.Exists(Vocabulary.field("error")));
    assertThat(parse("_exists_:error")).isEqualTo(new Query.Exists(Vocabulary.field("error")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          status_code:>=500          | 500 | 9223372036854775807
          status_code:>500           | 501 | 9223372036854775807
          status_code:<500           | -9223372036854775808 | 499
          status_code:<=500          | -9223372036854775808 | 500
          status_code:500            | 500 | 500
          status_code:[400 TO 499]   | 400 | 499
          status_code:{400 TO 499}   | 401 | 498
          status_code:[400 TO 499}   | 400 | 498
          status_code:[* TO 499]     | -9223372036854775808 | 499
          status_code:>1.5           | 2 | 9223372036854775807
          seq:9007199254740993       | 9007199254740993 | 9007199254740993
          line:-5                    | -5 | -5
          """)
  void readsRangesOfWholeNumbers(String query, long min, long max) throws Exception {
    assertThat(parse(query))
        .isInstanceOfSatisfying(
            Query.LongRange.class,
            range -> {
              assertThat(range.min()).isEqualTo(min);
              assertThat(range.max()).isEqualTo(max);
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          timestamp:2026-11-24                 | 2026-11-24T00:00:00Z | 2026-11-25T00:00:00Z
          @timestamp:[2026-11-24 TO 2026-11-24] | 2026-11-24T00:00:00Z | 2026-11-25T00:00:00Z
          timestamp:{2026-11-23 TO 2026-11-25}  | 2026-11-24T00:00:00Z | 2026-11-25T00:00:00Z
          timestamp:2026-11                    | 2026-11-01T00:00:00Z | 2026-12-01T00:00:00Z
          timestamp:2026-11-24T10:30           | 2026-11-24T10:30:00Z | 2026-11-24T10:31:00Z
          timestamp:2026-11-24T10:30:05Z       | 2026-11-24T10:30:05Z | 2026-11-24T10:30:06Z
          timestamp:2026-11-24T10:30:05.12+01:00 | 2026-11-24T09:30:05.120Z | 2026-11-24T09:30:05.121Z
          timestamp:[now-15m TO now/m]         | 2026-11-24T11:45:00Z | 2026-11-24T12:01:00Z
          timestamp:[now-1d/d TO now-1d/d]     | 2026-11-23T00:00:00Z | 2026-11-24T00:00:00Z
          timestamp:[now-1M/M TO now-2M/M}     | 2026-10-01T00:00:00Z | 2026-09-01T00:00:00Z
          """)
  void readsTimes(String query, Instant from, Instant until) throws Exception {
    assertThat(parse(query))
        .isInstanceOfSatisfying(
            Query.LongRange.class,
            range -> {
              assertThat(TimeSpan.ofNanos(range.min())).isEqualTo(from);
              assertThat(TimeSpan.ofNanos(range.max()).plusNanos(1)).isEqualTo(until);
            });
  }

  @Test
  void combinesAsLuceneDoesWithoutPrecedence() throws Exception {
    // In Lucene's classic parser this is: a +b +c.
    assertThat(parse("a OR b AND c"))
        .isEqualTo(
            new Query.Bool(
                List.of(
                    new Query.Clause(Query.Occur.SHOULD, words("a")),
                    new Query.Clause(Query.Occur.MUST, words("b")),
                    new Query.Clause(Query.Occur.MUST, words("c")))));
    assertThat(parse("+a -b !c NOT d && e || f"))
        .isEqualTo(
            new Query.Bool(
                List.of(
                    new Query.Clause(Query.Occur.MUST, words("a")),
                    new Query.Clause(Query.Occur.MUST_NOT, words("b")),
                    new Query.Clause(Query.Occur.MUST_NOT, words("c")),
                    new Query.Clause(Query.Occur.MUST_NOT, words("d")),
                    new Query.Clause(Query.Occur.MUST, words("e")),
                    new Query.Clause(Query.Occur.SHOULD, words("f")))));
    assertThat(parse("agent_id:(qa OR analyst)"))
        .isEqualTo(or(exact(Fields.AGENT_ID, "qa"), exact(Fields.AGENT_ID, "analyst")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          level:                     | 7
          level:)                    | 7
          (a OR b                    | 1
          a OR b)                    | 7
          a AND                      | 6
          AND a                      | 3
          *abc                       | 1
          message:?bc                | 9
          path:/v1.*/                | 6
          duration_ms:fast           | 13
          duration_ms:NaN            | 13
          duration_ms:0x1p3          | 13
          duration_ms:[1 TO fast]    | 19
          duration_ms:[1 5]          | 16
          duration_ms:[1 TO 5        | 13
          "never closed              | 1
          timestamp:yesterday        | 11
          timestamp:99999            | 11
          status_code:5*             | 13
          level:>ERROR               | 8
          custom:[1 TO 2]            | 9
          message:[a TO b]           | 10
          a~5                        | 3
          a^x                        | 3
          ()                         | 2
          :a                         | 1
          *:a                        | 1
          trailing\\                 | 9
          level:ERROR^               | 13
          a ] b                      | 3
          """)
  void saysWhereAQueryIsWrong(String query, int position) {
    assertThatThrownBy(() -> parse(query))
        .isInstanceOfSatisfying(
            QuerySyntaxException.class,
            wrong -> assertThat(wrong.position()).as(wrong.getMessage()).isEqualTo(position))
        .hasMessageContaining("character " + position + ": ");
  }

  @ParameterizedTest
  @ValueSource(ints = {257, 3000})
  void refusesTooManyClauses(int clauses) {
    String query = "a ".repeat(clauses);
    assertThatThrownBy(() -> parse(query)).isInstanceOf(QuerySyntaxException.class);
  }

  @Test
  void refusesTooManyLevels() {
    assertThatThrownBy(() -> parse("(".repeat(2000) + "a" + ")".repeat(2000)))
        .isInstanceOf(QuerySyntaxException.class)
        .hasMessageContaining("levels");
  }

  @Test
  void answersOrRefusesWhateverItIsGiven() {
    Random random = new Random(7);
    String alphabet = "ab :()[]{}\"~^*?\\/+-!&|<>=.TOANDRlevelstatus_code 0123456789\u3000é";
    for (int i = 0; i < 50_000; i++) {
      StringBuilder query = new StringBuilder();
      int length = random.nextInt(24);
      for (int j = 0; j < length; j++) {
        query.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      try {
        assertThat(parse(query.toString())).isNotNull();
      } catch (QuerySyntaxException refused) {
        assertThat(refused.position()).isBetween(1, length + 1);
      }
    }
  }

  private static Query parse(String query) throws QuerySyntaxException {
    return QueryParser.parse(query, NOW);
  }

  private static Query exact(String field, String value) {
    return Query.exact(field, value);
  }

  private static Query words(String text) {
    return new Query.Words(Vocabulary.DEFAULT, text, 0);
  }

  private static Query or(Query left, Query right) {
    return new Query.Bool(
        List.of(
            new Query.Clause(Query.Occur.SHOULD, left),
            new Query.Clause(Query.Occur.SHOULD, right)));
  }
}
