package dev.spoor.telemetry.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.spoor.contract.wire.Json;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;

/** Over HTTP, by what a running service prints and answers; its Kafka is never there. */
@Timeout(60)
class ServiceIT {
  private static final PrintStream STDOUT = System.out;
  private static final ByteArrayOutputStream OUT = new ByteArrayOutputStream();
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static ConfigurableApplicationContext context;
  private static int port;

  @BeforeAll
  static void run(@TempDir Path data) {
    System.setOut(new PrintStream(OUT, true, StandardCharsets.UTF_8));
    context =
        TestApplication.run(
            Map.of(
                "spoor.data-dir", data.toString(),
                "LOG_LEVEL", "debug",
                "KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1",
                "spoor.telemetry.health.probe-interval", "100ms",
                "spoor.telemetry.health.probe-timeout", "200ms",
                "spoor.telemetry.health.sample-interval", "300ms",
                "spoor.telemetry.shipping.stop-timeout", "100ms"));
    port = Integer.parseInt(context.getEnvironment().getProperty("local.server.port", "0"));
  }

  @AfterAll
  static void stop() {
    context.close();
    System.setOut(STDOUT);
  }

  @BeforeEach
  void dependenciesAreUp() {
    context
        .getBeansOfType(TestApplication.Switch.class)
        .values()
        .forEach(it -> it.state = TestApplication.Switch.State.UP);
    await().until(() -> health().get("status").asString().equals("healthy"));
    OUT.reset();
  }

  private static HttpResponse<String> get(String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request.build());
  }

  private static HttpResponse<String> send(HttpRequest request) {
    try {
      return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static JsonNode health() {
    return Json.tree(get("/health").body().getBytes(StandardCharsets.UTF_8));
  }

  private static List<JsonNode> records() {
    return OUT.toString(StandardCharsets.UTF_8)
        .lines()
        .map(line -> Json.tree(line.getBytes(StandardCharsets.UTF_8)))
        .toList();
  }

  private static Stream<JsonNode> records(String event, String path) {
    return records().stream()
        .filter(r -> r.path("event").asString("").equals(event))
        .filter(r -> r.path("path").asString("").equals(path));
  }

  private static JsonNode record(String event, String path) {
    await().until(() -> records(event, path).findAny().isPresent());
    return records(event, path).findFirst().orElseThrow();
  }

  @Nested
  @DisplayName("request_logging_middleware")
  class RequestLogging {
    @Test
    void aRequestIsTwoRecordsWithItsFacts() {
      get("/orders/42?password=hunter2Zq9&q=cats");
      JsonNode started = record("http.request.started", "/orders/42");
      assertThat(started.get("level").asString()).isEqualTo("DEBUG");
      JsonNode completed = record("http.request.completed", "/orders/42");
      assertThat(completed.get("level").asString()).isEqualTo("INFO");
      assertThat(completed.get("method").asString()).isEqualTo("GET");
      assertThat(completed.get("route").asString()).isEqualTo("/orders/{id}");
      assertThat(completed.get("client").asString()).isEqualTo("127.0.0.1");
      assertThat(completed.get("status_code").asInt()).isEqualTo(200);
      assertThat(completed.get("status").asString()).isEqualTo("success");
      assertThat(completed.get("response_bytes").asInt()).isEqualTo("order 42".length());
      assertThat(completed.get("duration_ms").asDouble()).isPositive();
      assertThat(OUT.toString(StandardCharsets.UTF_8)).doesNotContain("hunter2Zq9", "cats");
    }

    @Test
    void bytesOfBothBodiesAreCounted() {
      send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/orders"))
              .POST(HttpRequest.BodyPublishers.ofString("abc"))
              .header("Content-Type", "text/plain")
              .header("Accept", "text/plain;charset=UTF-8")
              .build());
      JsonNode completed = record("http.request.completed", "/orders");
      assertThat(completed.get("request_bytes").asInt()).isEqualTo(3);
      assertThat(completed.get("response_bytes").asInt()).isEqualTo(3);
    }

    @Test
    void whatLeavesTheApplicationIsAFailureWithItsStackTrace() {
      HttpResponse<String> answer = get("/broken");
      assertThat(answer.statusCode()).isEqualTo(500);
      JsonNode failed = record("http.request.failed", "/broken");
      assertThat(failed.get("level").asString()).isEqualTo("ERROR");
      assertThat(failed.get("status_code").asInt()).isEqualTo(500);
      assertThat(failed.get("status").asString()).isEqualTo("failure");
      assertThat(failed.get("error_type").asString()).isEqualTo("java.lang.IllegalStateException");
      assertThat(failed.get("exception").asString()).contains("TestApplication");
      assertThat(OUT.toString(StandardCharsets.UTF_8)).doesNotContain("hunter2Zq9");
      assertThat(answer.headers().firstValue("X-Request-ID"))
          .hasValue(failed.get("request_id").asString());
      assertThat(answer.headers().firstValue("X-Response-Time")).isPresent();
    }

    @Test
    void aClientsFaultIsNoError() {
      assertThat(get("/nothing-here").statusCode()).isEqualTo(404);
      JsonNode completed = record("http.request.completed", "/nothing-here");
      assertThat(completed.get("level").asString()).isEqualTo("INFO");
      assertThat(completed.get("status_code").asInt()).isEqualTo(404);
      assertThat(get("/gone").statusCode()).isEqualTo(410);
      assertThat(record("http.request.completed", "/gone").get("status_code").asInt())
          .isEqualTo(410);
    }

    @Test
    void healthAndMetricsAreDebug() {
      get("/health");
      get("/actuator/health/liveness");
      assertThat(record("http.request.completed", "/health").get("level").asString())
          .isEqualTo("DEBUG");
      assertThat(
              record("http.request.completed", "/actuator/health/liveness").get("level").asString())
          .isEqualTo("DEBUG");
    }

    @Test
    void anAsynchronousAnswerIsLoggedOnceAtItsEnd() {
      assertThat(get("/later").body()).isEqualTo("later");
      JsonNode later = record("http.request.completed", "/later");
      assertThat(later.get("response_bytes").asInt()).isEqualTo(5);
      assertThat(get("/events").body()).contains("event 2");
      JsonNode events = record("http.request.completed", "/events");
      assertThat(events.get("duration_ms").asDouble()).isGreaterThan(40);
      assertThat(events.get("response_bytes").asInt()).isGreaterThan(20);
      assertThat(records("http.request.completed", "/later")).hasSize(1);
      assertThat(records("http.request.completed", "/events")).hasSize(1);
    }
  }

  @Nested
  @DisplayName("correlation_id_propagation")
  class CorrelationId {
    @Test
    void aCallersIdIsOnTheAnswerAndInEveryRecord() {
      HttpResponse<String> answer = get("/orders/1", "X-Request-ID", "caller-1");
      assertThat(answer.headers().firstValue("X-Request-ID")).hasValue("caller-1");
      record("http.request.completed", "/orders/1");
      List<JsonNode> mine =
          records().stream()
              .filter(r -> r.path("request_id").asString("").equals("caller-1"))
              .toList();
      assertThat(mine.stream().map(r -> r.get("message").asString())).contains("Looked up 1");
      assertThat(mine).hasSizeGreaterThanOrEqualTo(3);
    }

    @Test
    void everyAnswerHasAnIdAndATime() {
      for (String path :
          List.of("/orders/1", "/nothing", "/broken", "/gone", "/later", "/events", "/health")) {
        HttpResponse<String> answer = get(path);
        assertThat(answer.headers().firstValue("X-Request-ID")).as(path).isPresent();
        assertThat(answer.headers().firstValue("X-Response-Time")).as(path).isPresent();
        assertThat(answer.headers().allValues("X-Request-ID")).as(path).hasSize(1);
      }
    }

    @Test
    void anIllFormedIdIsReplacedAndNeverEchoed() {
      for (String bad : List.of("<script>", "a b", "x".repeat(129), "ü")) {
        OUT.reset();
        HttpResponse<String> answer = get("/orders/2", "X-Request-ID", bad);
        assertThat(answer.headers().firstValue("X-Request-ID"))
            .hasValueSatisfying(id -> assertThat(id).isNotEqualTo(bad).hasSize(36));
        assertThat(OUT.toString(StandardCharsets.UTF_8)).doesNotContain("\"" + bad);
      }
    }

    @Test
    void aTraceIsContinued() {
      String traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
      get("/orders/3", "traceparent", "00-" + traceId + "-00f067aa0ba902b7-01");
      JsonNode completed = record("http.request.completed", "/orders/3");
      assertThat(completed.get("trace_id").asString()).isEqualTo(traceId);
      assertThat(completed.get("parent_span_id").asString()).isEqualTo("00f067aa0ba902b7");
      assertThat(completed.get("span_id").asString())
          .matches("[0-9a-f]{16}")
          .isNotEqualTo("00f067aa0ba902b7");
    }

    @Test
    void requestsDoNotLeakIntoEachOther() {
      get("/orders/4", "X-Request-ID", "first");
      get("/orders/5");
      assertThat(record("http.request.completed", "/orders/5").get("request_id").asString())
          .isNotEqualTo("first");
    }
  }

  @Nested
  @DisplayName("health_endpoint_metrics")
  class HealthEndpoint {
    @Test
    void tellsWhatTheProcessUses() {
      JsonNode health = health();
      assertThat(health.get("status").asString()).isEqualTo("healthy");
      assertThat(health.get("version").asString()).isNotBlank();
      assertThat(health.get("uptime_seconds").asDouble()).isPositive();
      JsonNode metrics = health.get("metrics");
      assertThat(metrics.get("memory_mb").asDouble()).isBetween(50.0, 16_000.0);
      assertThat(metrics.get("memory_percent").asDouble()).isBetween(0.1, 100.0);
      assertThat(metrics.get("cpu_percent").asDouble()).isBetween(0.0, 100.0);
      assertThat(metrics.get("threads").asInt()).isGreaterThan(5);
      assertThat(metrics.get("queue_depth").asInt()).isEqualTo(7);
      assertThat(health.get("dependencies").get("kafka").asString()).isEqualTo("healthy");
      assertThat(health.get("dependencies").get("store").asString()).isEqualTo("healthy");
      assertThat(health.get("dependencies").get("disk").asString()).isEqualTo("healthy");
    }

    @Test
    void aDependencyThatIsDownDegradesOrEndsTheService() {
      state("storeSwitch", TestApplication.Switch.State.DOWN);
      await().until(() -> health().get("status").asString().equals("degraded"));
      assertThat(get("/health").statusCode()).isEqualTo(200);
      state("kafkaSwitch", TestApplication.Switch.State.DOWN);
      await().until(() -> health().get("status").asString().equals("unhealthy"));
      HttpResponse<String> answer = get("/health");
      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.body()).doesNotContain("refused", "hunter2Zq9");
      assertThat(OUT.toString(StandardCharsets.UTF_8))
          .contains("refused")
          .doesNotContain("hunter2Zq9");
    }

    @Test
    void metricsSayWhichDependencyIsDown() {
      assertThat(up("kafka")).isOne();
      assertThat(up("store")).isOne();
      state("storeSwitch", TestApplication.Switch.State.DOWN);
      await().until(() -> up("store") == 0);
      assertThat(up("kafka")).isOne();
      state("storeSwitch", TestApplication.Switch.State.UP);
      await().until(() -> up("store") == 1);
    }

    private double up(String dependency) {
      return context
          .getBean(MeterRegistry.class)
          .get("spoor.dependency.up")
          .tag("dependency", dependency)
          .gauge()
          .value();
    }

    @Test
    void answersAtOnceThoughAProbeHangs() {
      state("storeSwitch", TestApplication.Switch.State.HANGING);
      await().until(() -> health().get("status").asString().equals("degraded"));
      long start = System.nanoTime();
      get("/health");
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void samplesAreRecords() {
      await()
          .until(() ->
              records().stream()
                  .anyMatch(r -> r.path("event").asString("").equals("runtime.sample")));
      JsonNode sample =
          records().stream()
              .filter(r -> r.path("event").asString("").equals("runtime.sample"))
              .findFirst()
              .orElseThrow();
      assertThat(sample.get("memory_used_bytes").asLong()).isPositive();
      assertThat(sample.get("memory_max_bytes").asLong()).isPositive();
      assertThat(sample.get("memory_ratio").asDouble()).isBetween(0.0, 1.0);
      assertThat(sample.get("threads").asInt()).isPositive();
      assertThat(sample.get("queue_depth").asInt()).isEqualTo(7);
    }

    private void state(String bean, TestApplication.Switch.State state) {
      context.getBean(bean, TestApplication.Switch.class).state = state;
    }
  }

  @Test
  void levelsCanBeChangedAtRunTime() {
    String logger = "dev.spoor.telemetry.app.TestApplication";
    setLevel(logger, "ERROR");
    get("/orders/6");
    record("http.request.completed", "/orders/6");
    assertThat(OUT.toString(StandardCharsets.UTF_8)).doesNotContain("Looked up 6");
    setLevel(logger, "INFO");
    get("/orders/7");
    record("http.request.completed", "/orders/7");
    assertThat(OUT.toString(StandardCharsets.UTF_8)).contains("Looked up 7");
  }

  private static void setLevel(String logger, String level) {
    HttpResponse<String> answer =
        send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + port + "/actuator/loggers/" + logger))
                .header("Content-Type", "application/json")
                .POST(
                    HttpRequest.BodyPublishers.ofString("{\"configuredLevel\":\"" + level + "\"}"))
                .build());
    assertThat(answer.statusCode()).isEqualTo(204);
  }
}
