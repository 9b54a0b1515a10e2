package dev.spoor.telemetry.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.telemetry.correlation.Correlation;
import dev.spoor.telemetry.correlation.LogContext;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.logging.LogFactory;
import org.apache.logging.log4j.LogManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.slf4j.bridge.SLF4JBridgeHandler;
import tools.jackson.databind.JsonNode;

class PipelineTest {
  private static final String NAME = "com.example.orders.OrderDesk";
  private static final Logger log = LoggerFactory.getLogger(NAME);

  private final Pipeline pipeline = Pipeline.of((LoggerContext) LoggerFactory.getILoggerFactory());
  private CapturedOutput out;

  PipelineTest() {
    out = new CapturedOutput();
    out.close();
  }

  @BeforeEach
  void capture() {
    settings(Map.of("spoor.telemetry.service", "test", "LOG_LEVEL", "debug"));
    out = new CapturedOutput();
  }

  @AfterEach
  void release() {
    out.close();
    settings(Map.of());
  }

  private List<String> settings(Map<String, String> values) {
    List<String> problems = new ArrayList<>();
    pipeline.apply(LogSettings.read(values::get, problems));
    return problems;
  }

  private JsonNode record() {
    return out.record(NAME);
  }

  @Nested
  @DisplayName("json_logging_format")
  class Format {
    @Test
    void aPlainLineHasAllFieldsOfARecord() {
      Instant before = Instant.now();
      log.info("Shipped {} of {}", 1, 2);
      JsonNode record = record();
      assertThat(Instant.parse(record.get("timestamp").asString()))
          .isBetween(before.minusMillis(1), Instant.now());
      assertThat(record.get("timestamp").asString())
          .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z");
      assertThat(record.get("level").asString()).isEqualTo("INFO");
      assertThat(record.get("event").asString()).isEqualTo("log");
      assertThat(record.get("message").asString()).isEqualTo("Shipped 1 of 2");
      assertThat(record.get("module").asString()).isEqualTo("OrderDesk");
      assertThat(record.get("service").asString()).isEqualTo("test");
      assertThat(record.get("instance").asString()).isNotBlank();
      assertThat(record.get("version").asString()).isNotBlank();
      assertThat(record.get("environment").asString()).isEqualTo("default");
      assertThat(record.get("thread").asString()).isEqualTo(Thread.currentThread().getName());
      assertThat(record.get("source").asString()).endsWith("-bulk");
      assertThat(record.get("seq").asLong()).isPositive();
      assertThat(record.has("function")).as("costs a stack walk").isFalse();
    }

    @Test
    void levelsHaveTheNamesOfTheVocabulary() {
      log.debug("a");
      log.info("b");
      log.warn("c");
      log.error("d");
      assertThat(out.records().stream().map(r -> r.get("level").asString()))
          .containsExactly("DEBUG", "INFO", "WARNING", "ERROR");
    }

    @Test
    void warningsSayWhereTheyComeFrom() {
      log.warn("careful");
      assertThat(record().get("module").asString()).contains("PipelineTest");
      assertThat(record().get("function").asString()).isEqualTo("warningsSayWhereTheyComeFrom");
      assertThat(record().get("line").asInt()).isPositive();
    }

    @Test
    void theCallersLineIsFoundThroughEveryFacade() {
      int line = new Throwable().getStackTrace()[0].getLineNumber();
      log.atWarn().addKeyValue("a", 1).log("fluent");
      LogContext.here().logger(log.getName()).error("bound");
      LogContext.here().logger(log.getName()).atWarn().log("bound and fluent");
      Runnable inner = () -> log.error("in a lambda", new IllegalStateException());
      inner.run();
      assertThat(out.records().stream().map(r -> r.get("line").asInt()))
          .containsExactly(line + 1, line + 2, line + 3, line + 4);
      assertThat(out.records().stream().map(r -> r.get("module").asString()))
          .allMatch(module -> module.contains("PipelineTest"));
    }

    @Test
    void theCallersLineIsFoundThroughTheLibrariesBridges() {
      java.util.logging.Logger jul = java.util.logging.Logger.getLogger(log.getName());
      SLF4JBridgeHandler bridge = new SLF4JBridgeHandler();
      jul.setUseParentHandlers(false);
      jul.addHandler(bridge);
      Logger kafka = new org.apache.kafka.common.utils.LogContext("[x] ").logger(log.getName());
      try {
        int line = new Throwable().getStackTrace()[0].getLineNumber();
        kafka.warn("Kafka's clients");
        jul.warning("java.util.logging");
        LogManager.getLogger(log.getName()).warn("Log4j");
        LogFactory.getLog(log.getName()).warn("commons-logging");
        assertThat(out.records().stream().map(r -> r.get("line").asInt()))
            .containsExactly(line + 1, line + 2, line + 3, line + 4);
        assertThat(out.records().stream().map(r -> r.get("module").asString()))
            .allMatch(module -> module.contains("PipelineTest"));
      } finally {
        jul.removeHandler(bridge);
        jul.setUseParentHandlers(true);
      }
    }

    @Test
    void googleCloudGetsItsOwnNamesIfAsked() {
      settings(
          Map.of("spoor.telemetry.service", "test", "LOG_GOOGLE_CLOUD_PROJECT", "night-train-42"));
      try (var _ = MDC.putCloseable("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736")) {
        log.atWarn().addKeyValue("span_id", "00f067aa0ba902b7").addKeyValue("severity", 7).log("x");
      }
      JsonNode record = record();
      assertThat(record.get("severity").asString()).isEqualTo("WARNING");
      assertThat(record.get("logging.googleapis.com/trace").asString())
          .isEqualTo("projects/night-train-42/traces/4bf92f3577b34da6a3ce929d0e0e4736");
      assertThat(record.get("logging.googleapis.com/spanId").asString())
          .isEqualTo("00f067aa0ba902b7");
      assertThat(record.get("field_severity").asInt()).isEqualTo(7);
      assertThat(record.get("level").asString()).isEqualTo("WARNING");
    }

    @Test
    void withoutAProjectTheCallersSeverityIsItsOwn() {
      log.atWarn().addKeyValue("severity", 7).log("x");
      assertThat(record().get("severity").asInt()).isEqualTo(7);
      assertThat(record().has("logging.googleapis.com/trace")).isFalse();
    }

    @Test
    void aProjectThatIsNoneIsToldApart() {
      assertThat(settings(Map.of("LOG_GOOGLE_CLOUD_PROJECT", "No Such")))
          .containsExactly(
              "LOG_GOOGLE_CLOUD_PROJECT is 'No Such', expected a project id of 6 to 30 letters,"
                  + " digits and dashes");
    }

    @Test
    void keyValuesKeepTheirTypes() {
      Map<String, Object> labels = new LinkedHashMap<>();
      labels.put("team", "blue");
      labels.put("none", null);
      log.atInfo()
          .addKeyValue(Fields.EVENT, "job.started")
          .addKeyValue("attempt", 2)
          .addKeyValue("cost_usd", new BigDecimal("0.0012"))
          .addKeyValue("ratio", 0.5)
          .addKeyValue("cached", true)
          .addKeyValue("nothing", (Object) null)
          .addKeyValue("labels", labels)
          .addKeyValue("many", new int[] {1, 2})
          .addKeyValue("took", Duration.ofSeconds(2))
          .log("x");
      JsonNode record = record();
      assertThat(record.get("event").asString()).isEqualTo("job.started");
      assertThat(record.get("source").asString()).endsWith("-keep");
      assertThat(record.get("attempt").isInt()).isTrue();
      assertThat(record.get("cost_usd").isNumber()).isTrue();
      assertThat(record.get("ratio").asDouble()).isEqualTo(0.5);
      assertThat(record.get("cached").asBoolean()).isTrue();
      assertThat(record.get("nothing").isNull()).isTrue();
      assertThat(record.get("labels").get("team").asString()).isEqualTo("blue");
      assertThat(record.get("many").size()).isEqualTo(2);
      assertThat(record.get("took").asString()).isEqualTo("PT2S");
    }

    @Test
    void correlationFieldsAreInTheRecordAndACallersOwnValueWins() {
      try (var _ = Correlation.open(Map.of("job_id", "j-1", "step_id", "s-1"))) {
        log.atInfo().addKeyValue("step_id", "s-2").log("x");
      }
      assertThat(record().get("job_id").asString()).isEqualTo("j-1");
      assertThat(record().get("step_id").asString()).isEqualTo("s-2");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "timestamp",
          "level",
          "message",
          "seq",
          "source",
          "service",
          "exception",
          "line"
        })
    void aFieldWithATakenNameGetsAnother(String name) {
      log.atInfo().addKeyValue(name, "mine").log("x");
      assertThat(record().get("field_" + name).asString()).isEqualTo("mine");
      assertThat(record().get("message").asString()).isEqualTo("x");
    }

    @Test
    void theSameKeyTwiceIsOneFieldWithTheLaterValue() {
      log.atInfo().addKeyValue("k", 1).addKeyValue("k", 2).log("x");
      assertThat(record().get("k").asInt()).isEqualTo(2);
    }

    @Test
    void hostileValuesMakeOneWellFormedBoundedLine() {
      List<Object> recursive = new ArrayList<>();
      recursive.add(recursive);
      Object broken =
          new Object() {
            @Override
            public String toString() {
              throw new IllegalStateException("no");
            }
          };
      log.atInfo()
          .addKeyValue("nan", Double.NaN)
          .addKeyValue("infinite", Float.POSITIVE_INFINITY)
          .addKeyValue("huge", BigInteger.TWO.pow(100_000))
          .addKeyValue("tiny", new BigDecimal("1E-1000000"))
          .addKeyValue("recursive", recursive)
          .addKeyValue("broken", broken)
          .addKeyValue("surrogate \uD800", "lone \uDC00 and pair \uD83D\uDE00")
          .addKeyValue("", "no name")
          .addKeyValue("big", "x".repeat(10_000_000))
          .log("line\nbreak \u0000 \u001b[31m \u2028 {}", broken);
      String text = out.text();
      assertThat(text.lines().count()).isEqualTo(1);
      assertThat(text.length()).isLessThan(100_000);
      JsonNode record = record();
      assertThat(record.get("nan").asString()).isEqualTo("NaN");
      assertThat(record.get("broken").asString()).contains("IllegalStateException");
      assertThat(record.get("big").asString()).endsWith("[truncated, 10000000 characters]");
      assertThat(record.get("_").asString()).isEqualTo("no name");
      assertThat(record.get("surrogate \uFFFD").asString())
          .isEqualTo("lone \uFFFD and pair \uD83D\uDE00");
    }

    @Test
    void aThousandFieldsAreCutAndCounted() {
      var record = log.atInfo();
      for (int i = 0; i < 1000; i++) {
        record = record.addKeyValue("k" + i, i);
      }
      record.log("x");
      assertThat(record().get("k0").asInt()).isZero();
      assertThat(record().get("fields_dropped").asInt()).isEqualTo(872);
    }

    @Test
    void textModeShowsTheSameFactsOnOneLine() {
      settings(Map.of("LOG_FORMAT", "Text", "spoor.telemetry.service", "test"));
      log.atWarn()
          .addKeyValue("job_id", "j-1")
          .addKeyValue("password", "hunter2Zq9")
          .addKeyValue("note", "two words")
          .log("first\n2026-01-01 FORGED line");
      assertThat(out.text().lines()).hasSize(1);
      assertThat(out.text())
          .contains("WARNING")
          .contains(NAME)
          .contains("first\\n2026-01-01 FORGED line")
          .contains("job_id=j-1")
          .contains("note=\"two words\"")
          .contains("[REDACTED:password]")
          .doesNotContain("hunter2Zq9")
          .doesNotContain("\u001b[");
    }
  }

  @Nested
  @DisplayName("sensitive_data_sanitization: records")
  class Sanitization {
    private static final String SECRET = "hunter2Zq9";

    @Test
    void secretsAreTakenOutOfEveryPlaceOfARecord() {
      IllegalStateException root = new IllegalStateException("token=" + SECRET);
      IOException error = new IOException("Authorization: Bearer " + SECRET + "x1", root);
      error.addSuppressed(new IllegalArgumentException("password: " + SECRET));
      try (var _ = Correlation.open(Map.of("api_key", SECRET, "tenant", "password=" + SECRET))) {
        log.atError()
            .addKeyValue("password", SECRET)
            .addKeyValue("client_secret", Map.of("a", SECRET))
            .addKeyValue("nested", Map.of("dbPassword", SECRET, "list", List.of("token=" + SECRET)))
            .addKeyValue("url", "https://bob:" + SECRET + "@host/")
            .addKeyValue("password=" + SECRET, "in a name")
            .addKeyValue("dump", Arrays.asList("{\"apiKey\":\"" + SECRET + "\"}", null))
            .setCause(error)
            .log("login with password={} failed", SECRET);
      }
      assertThat(out.text()).doesNotContain(SECRET).contains("[REDACTED:password]");
      assertThat(record().get("exception").asString()).contains("Caused by", "Suppressed");
    }

    @Test
    void twoNamesWithSecretsStayTwoNames() {
      try (var _ = Correlation.open(Map.of("token=" + SECRET + "1", "a"))) {
        log.atInfo()
            .addKeyValue("token=" + SECRET + "2", "b")
            .addKeyValue("map", Map.of("api_key=" + SECRET, 1, "api_key=x" + SECRET, 2))
            .log("x");
      }
      assertThat(out.text()).doesNotContain(SECRET);
      // Readers refuse an object that has a name twice.
      assertThat(record().get("token=[REDACTED:token]").asString()).isEqualTo("b");
      assertThat(record().get("token=[REDACTED:token]#2").asString()).isEqualTo("a");
      assertThat(record().get("map").size()).isEqualTo(2);
    }

    @Test
    void aSecretInTheNextElementIsSeen() {
      log.atInfo()
          .addKeyValue("command", List.of("tool", "--password", SECRET, "--verbose"))
          .addKeyValue("argv", new String[] {"tool", "--api-key", SECRET})
          .addKeyValue("header", Map.of("name", "X-Api-Key", "value", SECRET))
          .log("x");
      assertThat(out.text()).doesNotContain(SECRET);
      assertThat(record().get("command").get(3).asString()).isEqualTo("--verbose");
    }

    @Test
    void aSecretAtTheCutOfALongExceptionIsNotHalfShown() {
      String key = "ghp_" + "Ab3dEf9hIj2kLm5nOp8qRs1tUv4wXy7zAb3d";
      Throwable root = new IllegalStateException("x".repeat(3985) + " " + key + " y".repeat(99));
      log.error("failed", new IOException("y".repeat(3000), root));
      assertThat(out.text()).doesNotContain("ghp_Ab3d").contains("[REDACTED:");
      Throwable error = new IllegalStateException("the root");
      for (int i = 0; i < 40; i++) {
        error = new IllegalStateException((key + " ").repeat(90), error);
      }
      log.error("deep", error);
      assertThat(out.text()).doesNotContain("ghp_Ab3").contains("the root");
    }

    @Test
    void messagesOfAllCausesAndSuppressedAreRedacted() {
      Throwable error = new IllegalStateException("level 0 password=" + SECRET);
      for (int i = 1; i < 6; i++) {
        Throwable outer = new IllegalStateException("level " + i + " password=" + SECRET, error);
        Throwable beside = new IOException("beside " + i + " token: " + SECRET);
        beside.initCause(new IOException("under " + i + " https://u:" + SECRET + "@h/"));
        outer.addSuppressed(beside);
        error = outer;
      }
      log.error("failed", error);
      assertThat(out.text()).doesNotContain(SECRET);
      assertThat(record().get("exception").asString())
          .contains("level 0 password=[REDACTED:password]")
          .contains("beside 3 token: [REDACTED:token]")
          .contains("under 5 https://u:[REDACTED:url_password]@h/");
      assertThat(record().get("error").asString())
          .isEqualTo("level 5 password=[REDACTED:password]");
    }

    @Test
    void argumentsThreadNamesAndLoggersAreRedacted() {
      Thread.currentThread().setName("worker token=" + SECRET);
      try {
        LoggerFactory.getLogger("x.password=" + SECRET).info("{} {}", Map.of("pwd", SECRET), "a");
      } finally {
        Thread.currentThread().setName("main");
      }
      assertThat(out.text()).doesNotContain(SECRET);
    }

    @Test
    void aSecretAtTheCutOfALongMessageIsNotHalfShown() {
      String key = "ghp_" + "Ab3dEf9hIj2kLm5nOp8qRs1tUv4wXy7zAb3d";
      String start = "x".repeat(RecordJson.MAX_MESSAGE - 20) + " ";
      log.info(start + key + "y".repeat(100_000));
      assertThat(out.text()).doesNotContain("ghp_Ab3d");
    }

    @Test
    void benignFieldsAreLeftAlone() {
      log.atInfo()
          .addKeyValue("input_tokens", 12)
          .addKeyValue("cache_key", "users:7")
          .addKeyValue("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736")
          .log("The password must be changed");
      assertThat(out.text()).doesNotContain("REDACTED");
      assertThat(record().get("input_tokens").asInt()).isEqualTo(12);
    }
  }

  @Nested
  @DisplayName("error_stack_trace_capture")
  class Errors {
    @Test
    void theWholeStoryOfAnErrorIsInTheRecord() {
      IOException error =
          new IOException("could not store", new SocketTimeoutException("too slow"));
      error.addSuppressed(new IllegalStateException("close failed"));
      log.error("Giving up", error);
      JsonNode record = record();
      assertThat(record.get("error").asString()).isEqualTo("could not store");
      assertThat(record.get("error_type").asString()).isEqualTo("java.io.IOException");
      assertThat(record.get("error_category").asString()).isEqualTo("dependency");
      assertThat(record.get("exception").asString())
          .startsWith("java.io.IOException: could not store\n\tat ")
          .contains("theWholeStoryOfAnErrorIsInTheRecord")
          .contains("Suppressed: java.lang.IllegalStateException: close failed")
          .contains("Caused by: java.net.SocketTimeoutException: too slow");
    }

    @Test
    void theSameFaultHasTheSameFingerprint() {
      for (String order : List.of("7", "8", "a4f2")) {
        log.error("Giving up", outOfStock(order));
      }
      log.error("Giving up", new IllegalStateException("order 7 has no stock"));
      List<String> fingerprints =
          out.records().stream().map(each -> each.get("error_fingerprint").asString()).toList();
      assertThat(fingerprints).hasSize(4).allMatch(each -> each.matches("[0-9a-f]{16}"));
      assertThat(fingerprints.stream().limit(3).distinct()).hasSize(1);
      assertThat(fingerprints.getLast()).isNotEqualTo(fingerprints.getFirst());
    }

    private static Throwable outOfStock(String order) {
      return new IllegalStateException("order " + order + " has no stock");
    }

    @Test
    void withoutAnExceptionThereIsNoFingerprint() {
      log.error("Giving up");
      assertThat(record().has("error_fingerprint")).isFalse();
    }

    @Test
    void categoriesComeFromTheRuleTableAndItsExtension() {
      assertThat(ErrorCategories.of(new SocketTimeoutException()).wireName()).isEqualTo("timeout");
      assertThat(ErrorCategories.of(new IllegalArgumentException()).wireName())
          .isEqualTo("validation");
      assertThat(ErrorCategories.of(new IllegalStateException()).wireName()).isEqualTo("internal");
      assertThat(ErrorCategories.of(new IllegalStateException(new IOException())).wireName())
          .isEqualTo("dependency");
      class QuotaUsedUp extends RuntimeException {}
      assertThat(ErrorCategories.of(new QuotaUsedUp()).wireName()).isEqualTo("internal");
      ErrorCategories.extend(
          List.of(
              new ErrorCategories.Rule(
                  "QuotaUsedUp", dev.spoor.contract.job.ErrorCategory.RATE_LIMITED)));
      assertThat(ErrorCategories.of(new QuotaUsedUp()).wireName()).isEqualTo("rate_limited");
      ErrorCategories.extend(List.of());
      assertThat(ErrorCategories.of(new QuotaUsedUp()).wireName()).isEqualTo("internal");
    }

    @Test
    void aLongChainKeepsItsRootCause() {
      Throwable error = new IllegalStateException("the root of it all");
      for (int i = 0; i < 60; i++) {
        error = new RuntimeException("level " + i + " " + "z".repeat(2000), error);
      }
      log.error("deep", error);
      String text = record().get("exception").asString();
      assertThat(text.length()).isLessThan(RecordJson.MAX_EXCEPTION + 1000);
      assertThat(text).contains("level 59").contains("[truncated]").contains("the root of it all");
    }

    @Test
    void aStackOverflowIsFolded() {
      try {
        overflow(0);
      } catch (StackOverflowError e) {
        log.error("recursion", e);
      }
      String text = record().get("exception").asString();
      assertThat(text.lines().count()).isLessThan(80);
      assertThat(text).contains("repeated frames");
    }

    private int overflow(int i) {
      return i < 0 ? 0 : overflow(i + 1) + 1;
    }

    @Test
    void whatKillsAThreadIsARecord() throws InterruptedException {
      Thread thread =
          Thread.ofPlatform()
              .name("doomed")
              .start(() -> {
                throw new IllegalStateException("nobody caught me");
              });
      thread.join();
      Thread virtual =
          Thread.ofVirtual()
              .name("doomed too")
              .start(() -> {
                throw new IllegalStateException("nor me");
              });
      virtual.join();
      List<JsonNode> records = out.records();
      assertThat(records).hasSize(2);
      assertThat(records.getFirst().get("error").asString()).isEqualTo("nobody caught me");
      assertThat(records.getFirst().get("thread").asString()).isEqualTo("doomed");
      assertThat(records.getLast().get("error").asString()).isEqualTo("nor me");
    }
  }

  @Test
  void wrongSettingsAreAllNamedWithValueAndExpectation() {
    assertThat(settings(Map.of("LOG_LEVEL", "loud\n", "LOG_FORMAT", "xml")))
        .containsExactly(
            "LOG_FORMAT is 'xml', expected json or text",
            "LOG_LEVEL is 'loud?', expected DEBUG, INFO, WARNING or ERROR");
    for (String level : List.of("debug", "Info", "WARNING", "error")) {
      assertThat(settings(Map.of("LOG_LEVEL", level))).isEmpty();
    }
  }

  @Test
  void noisyLibrariesSpeakFromWarningOn() {
    settings(Map.of("LOG_LEVEL", "debug"));
    assertThat(LoggerFactory.getLogger("org.apache.kafka.clients.NetworkClient").isInfoEnabled())
        .isFalse();
    assertThat(log.isDebugEnabled()).isTrue();
    settings(Map.of("LOG_LEVEL", "error"));
    assertThat(LoggerFactory.getLogger("org.apache.kafka.clients.NetworkClient").isWarnEnabled())
        .isFalse();
  }
}
