package dev.spoor.gateway.submit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.job.FlowDescription;
import dev.spoor.contract.job.FlowId;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.wire.Json;
import dev.spoor.gateway.catalogue.FlowCatalogue;
import dev.spoor.telemetry.problem.Fault;
import dev.spoor.telemetry.problem.ProblemException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class SubmitRulesTest {
  private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");
  private static final String SCHEMA =
      """
      {"type": "object", "required": ["text"], "additionalProperties": false,
       "properties": {"text": {"type": "string", "maxLength": 5},
                      "list": {"type": "array", "items": {"type": "object",
                               "required": ["n/m"], "properties": {"n/m": {"type": "integer"}}}},
                      "duration": {"type": "string", "format": "duration"}}}
      """;

  private final SubmitRules rules;

  SubmitRulesTest() {
    FlowCatalogue catalogue = new FlowCatalogue();
    announce(catalogue, "echo", SCHEMA);
    announce(catalogue, "any", "true");
    rules = new SubmitRules(catalogue::inputOf, Clock.fixed(NOW, ZoneOffset.UTC));
  }

  private static void announce(FlowCatalogue catalogue, String flow, String schema) {
    catalogue.accept(
        new ConsumerRecord<>(
            "flows",
            0,
            0,
            flow.getBytes(StandardCharsets.UTF_8),
            Json.write(
                new FlowDescription(new FlowId(flow), "a flow", json(schema), List.of(), 5))));
  }

  private static JsonNode json(String text) {
    return Json.tree(text.getBytes(StandardCharsets.UTF_8));
  }

  private SubmitRules.Verdict check(String body) {
    return rules.check(TenantId.DEFAULT, json(body), body.length());
  }

  private List<String> pointers(String body) {
    return switch (check(body)) {
      case SubmitRules.Verdict.Bad bad -> bad.faults().stream().map(Fault::pointer).toList();
      case SubmitRules.Verdict.Good _, SubmitRules.Verdict.TooLarge _ -> List.of("none");
    };
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u00a7',
      value = {
        "session_id | 7",
        "session_id | \"\"",
        "session_id | \"a b\"",
        "session_id | null",
        "priority | \"HIGH\"",
        "priority | 1",
        "priority | null",
        "labels | []",
        "labels | null",
        "timeout | \"90s\"",
        "timeout | \"PT0S\"",
        "timeout | \"-PT1S\"",
        "timeout | \"P31D\"",
        "timeout | \"PT99999999999999999999S\"",
        "timeout | 5",
        "not_before | \"tomorrow\"",
        "not_before | \"2030-01-01\"",
        "not_before | \"2031-06-01T00:00:00Z\"",
        "not_before | 7",
        "not_before | \"+999999999-01-01T00:00:00Z\"",
        "max_attempts | 0",
        "max_attempts | 21",
        "max_attempts | 1.5",
        "max_attempts | \"3\"",
        "max_attempts | 99999999999999999999",
        "budget | 5",
        "budget | {}",
        "callback_url | \"https://example.org/\"",
        "colour | \"red\"",
        "Flow | \"echo\"",
      })
  void pointsAtTheWrongMember(String member, String value) {
    assertThat(
            pointers(
                "{\"flow\":\"echo\",\"input\":{\"text\":\"x\"},\"" + member + "\":" + value + "}"))
        .containsExactly("/" + member);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u00a7',
      value = {
        "{\"usd\":0} | /budget/usd",
        "{\"usd\":-1} | /budget/usd",
        "{\"usd\":\"1\"} | /budget/usd",
        "{\"tokens\":0} | /budget/tokens",
        "{\"tokens\":1.5} | /budget/tokens",
        "{\"eur\":1} | /budget/eur",
      })
  void pointsIntoTheBudget(String budget, String pointer) {
    assertThat(pointers("{\"flow\":\"any\",\"budget\":" + budget + "}")).containsExactly(pointer);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u00a7',
      value = {
        "{} | /input/text",
        "{\"text\":1} | /input/text",
        "{\"text\":\"123456\"} | /input/text",
        "{\"text\":\"x\",\"b/c~\":1} | /input/b~1c~0",
        "{\"text\":\"x\",\"list\":[{\"n/m\":1},{}]} | /input/list/1/n~1m",
        "{\"text\":\"x\",\"list\":[{\"n/m\":\"1\"}]} | /input/list/0/n~1m",
        "{\"text\":\"x\",\"duration\":\"soon\"} | /input/duration",
        "[] | /input",
        "null | /input",
      })
  void pointsIntoTheInput(String input, String pointer) {
    assertThat(pointers("{\"flow\":\"echo\",\"input\":" + input + "}")).containsExactly(pointer);
  }

  @Test
  void pointsAtTheFlow() {
    assertThat(pointers("{}")).containsExactly("/flow");
    assertThat(pointers("{\"flow\":null}")).containsExactly("/flow");
    assertThat(pointers("{\"flow\":\"no one\"}")).containsExactly("/flow");
    assertThat(pointers("{\"flow\":\"no-one\"}")).containsExactly("/flow");
    assertThat(pointers("[]")).containsExactly("");
    assertThat(pointers("7")).containsExactly("");
  }

  @Test
  void pointsAtLabels() {
    StringBuilder many = new StringBuilder("{\"flow\":\"any\",\"labels\":{");
    for (int i = 0; i < 17; i++) {
      many.append(i == 0 ? "" : ",").append("\"l").append(i).append("\":\"x\"");
    }
    assertThat(pointers(many.append("}}").toString())).containsExactly("/labels");
    assertThat(
            pointers(
                "{\"flow\":\"any\",\"labels\":{\"a b\":\"x\",\"n\":1,\"v\":\""
                    + "x".repeat(257)
                    + "\"}}"))
        .containsExactly("/labels/a b", "/labels/n", "/labels/v");
  }

  @Test
  void refusesAStartAfterTheEnd() {
    String body = "{\"flow\":\"any\",\"timeout\":\"PT1H\",\"not_before\":\"%s\"}";
    assertThat(pointers(body.formatted("2030-01-01T01:00:00Z"))).containsExactly("/not_before");
    assertThat(pointers(body.formatted("2030-01-01T00:59:59Z"))).containsExactly("none");
  }

  @Test
  void refusesWhatCannotTravel() {
    assertThat(pointers("{\"flow\":\"any\",\"input\":{\"a\":[1,\"\\ud800\"]}}"))
        .containsExactly("/input/a/1");
    assertThat(pointers("{\"flow\":\"any\",\"input\":{\"a\":1e999}}")).containsExactly("/input/a");
  }

  @Test
  void takesAllThatCanBeSaid() {
    SubmitRules.Verdict verdict =
        check(
            """
            {"flow": "echo", "input": {"text": "x"}, "session_id": "s-1", "priority": "low",
             "labels": {"team": "blue"}, "timeout": "PT1M", "not_before": "2030-01-01T01:00:30+01:00",
             "max_attempts": 20, "budget": {"usd": 0.5, "tokens": 1000}}
            """);
    assertThat(verdict).isInstanceOf(SubmitRules.Verdict.Good.class);
    Submission submission = ((SubmitRules.Verdict.Good) verdict).submission();
    assertThat(submission.spec().timeout()).isEqualTo(Duration.ofMinutes(1));
    assertThat(submission.spec().notBefore()).isEqualTo(NOW.plusSeconds(30));
    assertThat(submission.spec().labels()).containsEntry("team", "blue");
    assertThat(submission.spec().maxAttempts()).isEqualTo(20);
  }

  @Test
  void measuresTheInput() {
    assertThat(check("{\"flow\":\"any\",\"input\":{\"a\":\"" + "x".repeat(1 << 20) + "\"}}"))
        .isInstanceOf(SubmitRules.Verdict.TooLarge.class);
  }

  @Test
  void measuresWhatGrowsWhenItIsStored() {
    // 4 bytes as sent, 10 as stored.
    String body = "{\"flow\":\"any\",\"input\":{\"a\":[1" + ",1e6".repeat(120_000) + "]}}";
    assertThat(body.length()).isLessThan(SubmitRules.MAX_INPUT_BYTES / 2);
    assertThat(check(body)).isInstanceOf(SubmitRules.Verdict.TooLarge.class);
  }

  /**
   * What is good must also travel; what is bad must be a verdict or a 400, never a fault of ours.
   */
  @Test
  void copesWithAnyBody() {
    long seed = Long.getLong("spoor.test.seed", 1);
    Random random = new Random(seed);
    String[] pieces = {
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      "\"flow\":",
      "\"any\"",
      "\"echo\"",
      "\"input\":",
      "{}",
      "1e999",
      "-0.0",
      "null",
      "true",
      "\"\\ud800\"",
      "\"\\u0000\"",
      "\"labels\":",
      "\"timeout\":",
      "\"PT1S\"",
      "\"budget\":",
      "99999999999999999999",
      "0.1",
      "\"\u00e9\"",
      "\"not_before\":",
      "\"2030-01-01T00:00:00Z\"",
      "\"usd\":",
      "\"tokens\":",
      "\"max_attempts\":",
      "7",
      "\"text\":"
    };
    int good = 0;
    for (int i = 0; i < 10_000; i++) {
      StringBuilder body = new StringBuilder("{\"flow\":\"any\"");
      int members = random.nextInt(4);
      for (int j = 0; j < members; j++) {
        body.append(',');
        int length = 1 + random.nextInt(4);
        for (int k = 0; k < length; k++) {
          body.append(pieces[random.nextInt(pieces.length)]);
        }
      }
      body.append('}');
      byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
      if (random.nextInt(10) == 0) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      JsonNode document;
      try {
        document = BodyReader.read(bytes);
      } catch (ProblemException e) {
        assertThat(e.problem().status()).isEqualTo(400);
        continue;
      }
      if (rules.check(TenantId.DEFAULT, document, bytes.length)
          instanceof SubmitRules.Verdict.Good verdict) {
        good++;
        Submission submission = verdict.submission();
        LedgerInput.Submit submit =
            new LedgerInput.Submit(
                JobId.ofKey(TenantId.DEFAULT, "k" + i),
                new RequestId("r"),
                null,
                submission.spec(),
                submission.bodyHash(),
                false,
                submission.input());
        assertThat(Json.read(Json.write(submit), LedgerInput.class))
            .as("seed %d: %s", seed, body)
            .isEqualTo(submit);
      }
    }
    assertThat(good).as("the fuzz must also find good bodies").isGreaterThan(50);
  }
}
