package dev.spoor.gateway.submit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.wire.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CanonicalHashTest {
  private static String hash(String json) {
    return CanonicalHash.of(Json.tree(json.getBytes(StandardCharsets.UTF_8)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u00a7',
      value = {
        "{\"a\":1,\"b\":[2]} | { \"b\" : [ 2 ], \"a\" : 1 }",
        "{\"a\":\"\u00e9\"} | {\"a\":\"\\u00e9\"}",
        "{\"a\":1.50} | {\"a\":15e-1}",
        "{\"a\":1} | {\"a\":1.0}",
      })
  void isTheSameForWhatSaysTheSame(String one, String other) {
    assertThat(hash(one)).isEqualTo(hash(other)).matches("[0-9a-f]{64}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u00a7',
      value = {
        "{\"a\":1} | {\"a\":2}",
        "{\"a\":1} | {\"a\":\"1\"}",
        "{\"a\":null} | {}",
        "[[1],[2]] | [[1,2]]",
        "{\"a\":{\"b\":1}} | {\"a\":{},\"b\":1}",
        "[\"ab\",\"c\"] | [\"a\",\"bc\"]",
        "[1.1] | [1.1000000000000003]",
        "[9007199254740993] | [9007199254740992]",
        "[true] | [false]",
      })
  void differsForWhatSaysSomethingElse(String one, String other) {
    assertThat(hash(one)).isNotEqualTo(hash(other));
  }
}
