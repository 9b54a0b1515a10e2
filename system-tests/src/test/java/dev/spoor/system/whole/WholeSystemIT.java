package dev.spoor.system.whole;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.standalone.cli.LocalSystem;
import dev.spoor.standalone.system.InProcessSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Everything in this JVM: what goes in over HTTP comes out as result and trail. */
@Timeout(180)
class WholeSystemIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir private static Path dir;
  private static LocalSystem.Running system;
  private static SystemApi api;

  @BeforeAll
  static void start() {
    system = new InProcessSystem(Map.of()).start(dir.resolve("data"), 0, LocalSystem.Logs.CONSOLE);
    api = SystemApi.at(system.url());
    api.awaitReady(LIMIT);
  }

  @AfterAll
  static void stop() {
    api.close();
    long begin = System.nanoTime();
    system.close();
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void tellsAJobFromRequestToEndOnceEach() {
    SystemApi.Answer accepted =
        api.post(
            "/v1/jobs",
            "{\"flow\":\"echo\",\"input\":{\"text\":\"hello\"}}",
            "X-Request-ID",
            "whole-system-1");
    assertThat(accepted.status()).isEqualTo(202);
    assertThat(accepted.requestId()).hasValue("whole-system-1");
    String jobId = accepted.body().path("job_id").asString();

    JsonNode job = api.awaitEnd(jobId, LIMIT);
    assertThat(job.path("status").asString()).isEqualTo("succeeded");
    assertThat(job.path("result").path("text").asString()).isEqualTo("hello");

    List<JsonNode> records = awaitRecords("job_id:\"" + jobId + "\"", "job.succeeded");
    assertThat(SystemApi.identities(records)).doesNotHaveDuplicates();
    assertThat(SystemApi.events(records).stream().filter(event -> !event.equals("log")))
        .containsOnlyOnce(
            "job.submitted",
            "job.started",
            "agent.execution.started",
            "agent.execution.completed",
            "job.succeeded");
    assertThat(records)
        .allSatisfy(record ->
            assertThat(record.path("request_id").asString("")).isEqualTo("whole-system-1"));
    assertThat(records.stream().map(record -> record.path("trace_id").asString("")).distinct())
        .hasSize(1)
        .doesNotContain("");

    List<JsonNode> request =
        awaitRecords("request_id:\"whole-system-1\"", "http.request.completed");
    assertThat(SystemApi.events(request)).containsOnlyOnce("http.request.completed");
  }

  @Test
  void tellsWhatAReviewedStoryHasCostAndRemembered() {
    String jobId =
        api.submit(
            "{\"flow\":\"review-story\",\"input\":{\"text\":\"As an operator I want to see queue depth.\"}}");
    JsonNode job = api.awaitEnd(jobId, LIMIT);
    assertThat(job.path("status").asString()).isEqualTo("succeeded");
    assertThat(job.path("usage").path("cost_usd").decimalValue()).isPositive();
    assertThat(job.path("steps").findValuesAsString("step_id"))
        .contains("analyst", "architect", "developer", "qa");

    List<JsonNode> records = awaitRecords("job_id:\"" + jobId + "\"", "job.succeeded");
    assertThat(SystemApi.identities(records)).doesNotHaveDuplicates();
    List<JsonNode> calls =
        records.stream()
            .filter(record -> record.path("event").asString("").equals("llm.call.completed"))
            .toList();
    assertThat(calls).hasSizeGreaterThanOrEqualTo(4);
    assertThat(calls).allSatisfy(call -> assertThat(call.path("cost_usd").isNumber()).isTrue());
    assertThat(SystemApi.events(records)).contains("memory.write", "memory.read");

    JsonNode timeline = api.getTrail("/v1/timeline/" + jobId).body();
    assertThat(timeline.path("spans").isEmpty()).isFalse();

    // The same money, counted as the jobs' and as the calls'.
    Awaitility.await()
        .atMost(LIMIT)
        .untilAsserted(() -> {
          JsonNode jobs = total("jobs&flow_id=review-story");
          assertThat(jobs.path("count").asLong()).isPositive();
          assertThat(jobs.path("cost_usd").decimalValue())
              .isPositive()
              .isEqualByComparingTo(
                  total("llm&flow_id=review-story").path("cost_usd").decimalValue());
        });
  }

  /** What has been counted in the last hour. */
  private JsonNode total(String metricAndFilters) {
    return api.getTrail("/v1/stats?from=now-1h&metric=" + metricAndFilters)
        .body()
        .path("series")
        .path(0)
        .path("total");
  }

  @Test
  void triesAFailingJobAgainAndTellsOfIt() {
    String jobId =
        api.submit(
            "{\"flow\":\"fail\",\"input\":{\"message\":\"no luck\",\"times\":1,\"category\":\"provider\"}}");
    assertThat(api.awaitEnd(jobId, LIMIT).path("status").asString()).isEqualTo("succeeded");
    List<JsonNode> records = awaitRecords("job_id:\"" + jobId + "\"", "job.succeeded");
    assertThat(SystemApi.events(records)).containsOnlyOnce("job.retried", "job.succeeded");
  }

  @Test
  @DisplayName("agent_execution_metrics")
  void tellsEachExecutionOnceWithItsDurationAndCountsIt() {
    String[] failed = {"agent=\"fail\"", "status=\"failure\""};
    String[] succeeded = {"agent=\"fail\"", "status=\"success\""};
    double failedBefore = api.metric("spoor_agent_execution_seconds_count", failed);
    double succeededBefore = api.metric("spoor_agent_execution_seconds_count", succeeded);
    JsonNode before = total("agents&agent_id=fail");

    String jobId =
        api.submit(
            "{\"flow\":\"fail\",\"input\":{\"message\":\"no luck\",\"times\":1,\"category\":\"provider\"}}");
    assertThat(api.awaitEnd(jobId, LIMIT).path("status").asString()).isEqualTo("succeeded");

    List<JsonNode> records = awaitRecords("job_id:\"" + jobId + "\"", "job.succeeded");
    Awaitility.await()
        .atMost(LIMIT)
        .untilAsserted(() -> {
          JsonNode after = total("agents&agent_id=fail");
          assertThat(after.path("count").asLong()).isEqualTo(before.path("count").asLong(0) + 2);
          assertThat(after.path("failures").asLong())
              .isEqualTo(before.path("failures").asLong(0) + 1);
          assertThat(after.path("failure_ratio").asDouble()).isBetween(0.01, 0.99);
          assertThat(after.path("p95_ms").isNumber()).isTrue();
        });
    // Two attempts: each starts once, the first fails, the second completes.
    assertThat(SystemApi.events(records).stream().filter(event -> event.startsWith("agent.")))
        .containsExactlyInAnyOrder(
            "agent.execution.started",
            "agent.execution.failed",
            "agent.execution.started",
            "agent.execution.completed");
    JsonNode failure = only(records, "agent.execution.failed");
    assertThat(failure.path("status").asString()).isEqualTo("failure");
    assertThat(failure.path("attempt").asInt()).isEqualTo(1);
    assertThat(failure.path("error_category").asString()).isEqualTo("provider");
    assertThat(failure.path("error").asString()).contains("no luck");
    JsonNode success = only(records, "agent.execution.completed");
    assertThat(success.path("status").asString()).isEqualTo("success");
    assertThat(success.path("attempt").asInt()).isEqualTo(2);
    assertThat(List.of(failure, success))
        .allSatisfy(record -> {
          assertThat(record.path("agent_id").asString()).isEqualTo("fail");
          assertThat(record.path("duration_ms").isNumber()).isTrue();
          assertThat(record.path("memory_bytes").isNumber()).isTrue();
        });

    assertThat(api.metric("spoor_agent_execution_seconds_count", failed) - failedBefore).isOne();
    assertThat(api.metric("spoor_agent_execution_seconds_count", succeeded) - succeededBefore)
        .isOne();
  }

  @Test
  @DisplayName("log_aggregation_format: the guide's metrics are there")
  void showsTheMetricsThatTheGuideAlertsOn() throws IOException {
    String jobId =
        api.submit(
            "{\"flow\":\"fail\",\"input\":{\"message\":\"no luck\",\"times\":1,\"category\":\"provider\"}}");
    api.awaitEnd(jobId, LIMIT);
    String guide = Files.readString(Path.of("..", "docs", "log-aggregation.md"));
    String patterns = guide.substring(guide.indexOf("```promql"));
    List<String> names =
        Pattern.compile("\\b(?:spoor|http|jvm)_[a-z_]+\\b")
            .matcher(patterns)
            .results()
            .map(MatchResult::group)
            .distinct()
            .toList();
    assertThat(names).hasSizeGreaterThan(6);
    Awaitility.await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(api.metricNames()).containsAll(names));
    assertThat(api.metric("http_server_requests_seconds_bucket", "le=\"5.0\"")).isPositive();
    assertThat(api.metric("spoor_agent_execution_seconds_count", "status=\"failure\""))
        .isPositive();
  }

  @Test
  @DisplayName("memory_operation_tracking")
  void tellsEachMemoryOperationWithSizeAndCache() {
    double timedBefore = api.metric("spoor_memory_operation_seconds_count");
    String jobId =
        api.submit(
            "{\"flow\":\"review-story\",\"session_id\":\"tracking\",\"input\":{\"text\":\"As an operator I want alerts.\"}}");
    assertThat(api.awaitEnd(jobId, LIMIT).path("status").asString()).isEqualTo("succeeded");

    List<JsonNode> operations =
        awaitRecords("job_id:\"" + jobId + "\"", "job.succeeded").stream()
            .filter(record -> record.path("event").asString().startsWith("memory."))
            .toList();
    assertThat(SystemApi.events(operations)).contains("memory.write", "memory.read");
    assertThat(operations)
        .allSatisfy(operation -> {
          assertThat(operation.path("duration_ms").isNumber()).isTrue();
          assertThat(operation.path("memory_scope").asString()).isIn("job", "session");
          // The key may say something about somebody: its hash is enough to compare.
          assertThat(operation.path("memory_key_hash").asString()).isNotEmpty();
          assertThat(operation.has("memory_key")).isFalse();
        });
    assertThat(operations.stream().map(operation -> operation.path("cache").asString()).distinct())
        .contains("hit", "miss")
        .isSubsetOf("hit", "miss", "none");
    assertThat(of(operations, "memory.write"))
        .allSatisfy(write -> {
          assertThat(write.path("size_bytes").asLong()).isPositive();
          assertThat(write.path("scope_bytes").asLong())
              .isGreaterThanOrEqualTo(write.path("size_bytes").asLong());
        });
    assertThat(api.metric("spoor_memory_operation_seconds_count") - timedBefore)
        .isGreaterThanOrEqualTo(operations.size());
    assertThat(api.metric("spoor_memory_cache_total", "result=\"hit\"")).isPositive();
    assertThat(api.metric("spoor_memory_size_bytes")).isPositive();
  }

  private static List<JsonNode> of(List<JsonNode> records, String event) {
    return records.stream()
        .filter(record -> record.path("event").asString("").equals(event))
        .toList();
  }

  private static JsonNode only(List<JsonNode> records, String event) {
    List<JsonNode> found = of(records, event);
    assertThat(found).as(event).hasSize(1);
    return found.getFirst();
  }

  @Test
  void neverStartsACancelledJobThatWaits() {
    String jobId =
        api.submit(
            "{\"flow\":\"echo\",\"input\":{\"text\":\"x\"},\"not_before\":\""
                + java.time.Instant.now().plus(Duration.ofDays(300))
                + "\"}");
    Awaitility.await()
        .atMost(LIMIT)
        .until(() -> api.post("/v1/jobs/" + jobId + "/cancel", "{}").status() == 202);
    assertThat(api.awaitEnd(jobId, LIMIT).path("status").asString()).isEqualTo("cancelled");
    List<JsonNode> records = awaitRecords("job_id:\"" + jobId + "\"", "job.cancelled");
    assertThat(SystemApi.events(records)).doesNotContain("job.started");
  }

  @Test
  void enqueuesNothingThatIsRefused() {
    for (String body :
        List.of(
            "{",
            "{\"flow\":\"nosuch\",\"input\":{}}",
            "{\"flow\":\"echo\",\"input\":{\"text\":7}}",
            "{\"flow\":7}")) {
      SystemApi.Answer answer = api.post("/v1/jobs", body);
      assertThat(answer.status()).as(body).isBetween(400, 499);
      assertThat(answer.body().path("errors").isEmpty() && answer.body().path("detail").isEmpty())
          .isFalse();
    }
  }

  @Test
  void hasACompleteTrail() {
    api.awaitEnd(api.submit("{\"flow\":\"echo\",\"input\":{\"text\":\"x\"}}"), LIMIT);
    JsonNode audit = api.awaitCompleteAudit(LIMIT);
    assertThat(audit.path("sources").isEmpty()).isFalse();
    assertThat(audit.path("sources"))
        .allSatisfy(source -> assertThat(source.path("missing").isEmpty()).isTrue());
  }

  private static List<JsonNode> awaitRecords(String query, String lastEvent) {
    Awaitility.await(lastEvent + " of " + query)
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> SystemApi.events(api.records(query)).contains(lastEvent));
    // What was logged before the end may be stored a moment after it: other sources.
    Awaitility.await()
        .atMost(LIMIT)
        .pollDelay(Duration.ofMillis(1_500))
        .until(() -> api.getTrail("/v1/audit").body().path("complete").asBoolean(false));
    return api.records(query);
  }
}
