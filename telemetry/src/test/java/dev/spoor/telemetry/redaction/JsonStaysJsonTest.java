package dev.spoor.telemetry.redaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.spoor.contract.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

@DisplayName("sensitive_data_sanitization: JSON")
class JsonStaysJsonTest {
  private static final Redactor REDACTOR = Redactor.standard();

  /** Pieces of which strings are made so that separators, names and quotes meet by chance. */
  private static final List<String> PIECES =
      List.of(
          "password",
          "token=",
          "api_key: ",
          "=",
          ":",
          "\"",
          "\\",
          ",",
          "}",
          "]",
          " ",
          "\n",
          "\t",
          "hunter2Zq9",
          "x",
          "--password ",
          "://a:b7c8d9@h",
          "Bearer abc123def456",
          "%22",
          "&quot;",
          "<password>",
          "</password>",
          "-----BEGIN PRIVATE KEY-----",
          "4111111111111111",
          "cookie: ",
          "Authorization: Digest a=",
          "'",
          "[",
          "{",
          "|\n  ",
          "name",
          "value",
          String.valueOf((char) 0x2028));

  @Test
  void redactedJsonIsJsonOfTheSameShape() {
    long seed = Long.getLong("spoor.test.seed", 1);
    Random random = new Random(seed);
    for (int i = 0; i < 4_000; i++) {
      String json = new String(Json.write(document(random, 0)), StandardCharsets.UTF_8);
      String redacted = REDACTOR.redact(json);
      assertThatCode(() -> Json.tree(redacted.getBytes(StandardCharsets.UTF_8)))
          .as("seed %s: %s became %s", seed, json, redacted)
          .doesNotThrowAnyException();
      assertThat(shape(Json.tree(redacted.getBytes(StandardCharsets.UTF_8))))
          .as("seed %s: %s became %s", seed, json, redacted)
          .isEqualTo(shape(Json.tree(json.getBytes(StandardCharsets.UTF_8))));
    }
  }

  @Test
  void bareNumbersAndSeveralValuesStayJson() {
    assertThat(REDACTOR.redact("{\"card\":4111111111111111,\"a\":[4111111111111111,1]}"))
        .isEqualTo("{\"card\":\"[REDACTED:card]\",\"a\":[\"[REDACTED:card]\",1]}");
    assertThat(REDACTOR.redact("{\"pin_code\":123456}\n{\"a\":1}\n"))
        .isEqualTo("{\"pin_code\":\"[REDACTED:otp]\"}\n{\"a\":1}\n");
    assertThat(REDACTOR.redact("[\"password=\",123456789,\"x\"]")).startsWith("[\"password=\",");
  }

  private static Object document(Random random, int depth) {
    int choice = random.nextInt(depth > 3 ? 4 : 8);
    return switch (choice) {
      case 0 -> random.nextInt();
      case 1 -> random.nextBoolean();
      case 2, 3 -> text(random);
      case 4, 5 -> {
        Map<String, Object> map = new LinkedHashMap<>();
        int size = random.nextInt(4);
        for (int i = 0; i < size; i++) {
          map.put(i + text(random), document(random, depth + 1));
        }
        map.put(random.nextBoolean() ? "password" : "note", document(random, depth + 1));
        yield map;
      }
      default -> List.of(document(random, depth + 1), document(random, depth + 1));
    };
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(5); i >= 0; i--) {
      text.append(PIECES.get(random.nextInt(PIECES.size())));
    }
    return text.toString();
  }

  /** Kinds and numbers of nodes, names aside: a name may be masked. */
  private static String shape(JsonNode node) {
    if (node.isArray() || node.isObject()) {
      StringBuilder shape = new StringBuilder(node.isArray() ? "[" : "{");
      node.forEach(child -> shape.append(shape(child)));
      return shape.append(node.isArray() ? ']' : '}').toString();
    }
    return ".";
  }
}
