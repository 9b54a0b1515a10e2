package dev.spoor.shipper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.spoor.access.ApiKey;
import dev.spoor.access.KeysFile;
import dev.spoor.access.Limits;
import dev.spoor.access.Scope;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.Topics;
import dev.spoor.testkit.TestBroker;
import dev.spoor.testkit.TestElasticsearch;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Figures of a running shipper, from records in the topic to the answer. */
@Timeout(180)
class StatsIT {
  private static final TestBroker BROKER = TestBroker.shared();
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private Path data;

  @Test
  void figuresAreThoseOfTheRecordsAlsoAfterARestart() throws Exception {
    try (TestShipper shipper =
        new TestShipper(BROKER.connection(), BROKER.freshTopics(), data, Map.of()).start()) {
      Instant minute = Instant.now().truncatedTo(java.time.temporal.ChronoUnit.HOURS);
      agents(shipper, 1, 50, minute);
      awaitCount(shipper, "agents", 50);
      shipper.stop();
      shipper.start();
      agents(shipper, 51, 100, minute);
      awaitCount(shipper, "agents", 100);

      JsonNode answer =
          shipper.json("/v1/stats?metric=agents&by=agent_id&step=1h&from=" + minute + "&to=now");
      JsonNode analyst = answer.path("series").path(0);
      assertThat(analyst.path("labels").path("agent_id").asString()).isEqualTo("analyst");
      JsonNode total = analyst.path("total");
      // 1 to 100 ms, each tenth of them a failure.
      assertThat(total.path("failures").asLong()).isEqualTo(10);
      assertThat(total.path("failure_ratio").asDouble()).isEqualTo(0.1);
      assertThat(total.path("mean_ms").asDouble()).isEqualTo(50.5);
      assertThat(total.path("p50_ms").asDouble()).isCloseTo(50, within(1.0));
      assertThat(total.path("p95_ms").asDouble()).isCloseTo(95, within(1.5));
      assertThat(total.path("p99_ms").asDouble()).isCloseTo(99, within(1.5));
      assertThat(analyst.path("points")).hasSize(1);
      assertThat(analyst.path("points").path(0).path("at").asString()).isEqualTo(minute.toString());
      assertThat(analyst.path("points").path(0).path("count").asLong()).isEqualTo(100);

      // Minutes are told apart where they are asked for, those without records too.
      JsonNode minutes =
          shipper
              .json(
                  "/v1/stats?metric=agents&step=1m&from="
                      + minute.minusSeconds(120)
                      + "&to="
                      + minute.plusSeconds(59))
              .path("series")
              .path(0)
              .path("points");
      assertThat(minutes).hasSize(3);
      assertThat(minutes.path(1).path("count").asLong()).isZero();
      assertThat(minutes.path(1).has("p95_ms")).isFalse();
      assertThat(minutes.path(2).path("count").asLong()).isEqualTo(100);
      assertThat(minutes.path(2).path("per_second").asDouble()).isPositive();
    }
  }

  @Test
  void costIsToldByModelAgentAndTenant() throws Exception {
    try (TestShipper shipper =
        new TestShipper(BROKER.connection(), BROKER.freshTopics(), data, Map.of()).start()) {
      llm(shipper, 1, "gpt-a", "analyst", "blue", 0.1);
      llm(shipper, 2, "gpt-a", "writer", "blue", 0.2);
      llm(shipper, 3, "gpt-b", "writer", "red", 0.4);
      awaitCount(shipper, "llm", 3);
      assertThat(costs(shipper, "by=model", "model"))
          .containsExactlyInAnyOrderEntriesOf(Map.of("gpt-a", 0.3, "gpt-b", 0.4));
      assertThat(costs(shipper, "by=agent_id", "agent_id"))
          .containsExactlyInAnyOrderEntriesOf(Map.of("analyst", 0.1, "writer", 0.6));
      assertThat(costs(shipper, "by=tenant", "tenant"))
          .containsExactlyInAnyOrderEntriesOf(Map.of("blue", 0.3, "red", 0.4));
      assertThat(costs(shipper, "by=model&tenant=blue&agent_id=writer", "model"))
          .containsExactlyInAnyOrderEntriesOf(Map.of("gpt-a", 0.2));
      JsonNode total = shipper.json("/v1/stats?metric=llm").path("series").path(0).path("total");
      assertThat(total.path("input_tokens").asLong()).isEqualTo(300);
      assertThat(total.path("output_tokens").asLong()).isEqualTo(30);
      assertThat(
              shipper.json("/v1/stats?metric=llm&by=model&limit=1").path("truncated").asBoolean())
          .isTrue();
      assertThat(shipper.get("/v1/stats?metric=money").statusCode()).isEqualTo(400);
      assertThat(shipper.json("/v1/stats?metric=tools").path("series")).isEmpty();
    }
  }

  @Test
  void aTenantsKeyGetsItsOwnFigures() throws Exception {
    ApiKey blue = ApiKey.generate(new SecureRandom());
    ApiKey admin = ApiKey.generate(new SecureRandom());
    Path keys = data.resolve("keys.jsonl");
    Files.writeString(
        keys,
        KeysFile.line(blue, new TenantId("blue"), Set.of(Scope.READ), Limits.NONE)
            + "\n"
            + KeysFile.line(admin, new TenantId("ops"), Set.of(Scope.ADMIN), Limits.NONE));
    try (TestShipper shipper =
        new TestShipper(
                BROKER.connection(),
                BROKER.freshTopics(),
                data.resolve("shipper"),
                Map.of(KeysFile.SETTING, keys.toString()))
            .start()) {
      llm(shipper, 1, "gpt-a", "analyst", "blue", 0.1);
      llm(shipper, 2, "gpt-b", "writer", "red", 0.4);
      await()
          .atMost(SOON)
          .untilAsserted(() ->
              assertThat(
                      shown(shipper, admin, "/v1/stats?metric=llm&by=tenant")
                          .findValuesAsString("tenant"))
                  .containsExactlyInAnyOrder("blue", "red"));
      for (String query : List.of("by=tenant", "by=model", "tenant=blue", "by=tenant,model")) {
        JsonNode own = shown(shipper, blue, "/v1/stats?metric=llm&" + query).path("series");
        assertThat(own).as(query).hasSize(1);
        assertThat(own.path(0).path("total").path("cost_usd").asDouble()).isEqualTo(0.1);
      }
      assertThat(shown(shipper, blue, "/v1/stats?metric=llm&tenant=red").path("series")).isEmpty();
      assertThat(shown(shipper, blue, "/v1/stats?metric=llm&tenant=").path("series")).isEmpty();
      assertThat(shipper.get("/v1/stats?metric=llm").statusCode()).isEqualTo(401);
    }
  }

  private static JsonNode shown(TestShipper shipper, ApiKey key, String path) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return Json.tree(
          http.send(
                  HttpRequest.newBuilder(shipper.uri(path))
                      .header("Authorization", "Bearer " + key.text())
                      .build(),
                  HttpResponse.BodyHandlers.ofByteArray())
              .body());
    }
  }

  @Test
  void shippersThatShareAStoreShareItsFigures() throws Exception {
    Topics topics = BROKER.freshTopics();
    Map<String, Object> elasticsearch =
        Map.of(
            ElasticsearchSettings.URIS,
            TestElasticsearch.shared().uri().toString(),
            "spoor.elasticsearch.prefix",
            TestElasticsearch.freshPrefix());
    try (TestShipper one =
            new TestShipper(BROKER.connection(), topics, data.resolve("one"), elasticsearch)
                .start();
        TestShipper other =
            new TestShipper(BROKER.connection(), topics, data.resolve("other"), elasticsearch)
                .start()) {
      Instant minute = Instant.now().truncatedTo(java.time.temporal.ChronoUnit.HOURS);
      agents(one, 1, 200, minute);
      awaitCount(one, "agents", 200);
      awaitCount(other, "agents", 200);
      one.stop();
      agents(one, 201, 300, minute);
      awaitCount(other, "agents", 300);
      one.start();
      awaitCount(one, "agents", 300);
      JsonNode total =
          one.json("/v1/stats?metric=agents&from=now-2h").path("series").path(0).path("total");
      assertThat(total.path("failures").asLong()).isEqualTo(30);
      assertThat(total.path("p50_ms").asDouble()).isCloseTo(150, within(2.0));
    }
  }

  /** Executions of n ms each, from several sources, so that all partitions have some. */
  private static void agents(TestShipper shipper, int first, int last, Instant at)
      throws Exception {
    for (int n = first; n <= last; n++) {
      Map<String, Object> fields = new HashMap<>();
      fields.put("timestamp", at.toString());
      fields.put("event", n % 10 == 0 ? "agent.execution.failed" : "agent.execution.completed");
      fields.put("agent_id", "analyst");
      fields.put("duration_ms", n);
      shipper.emit("agents-" + n % 8, n, fields);
    }
  }

  private static void llm(
      TestShipper shipper, long seq, String model, String agent, String tenant, double cost)
      throws Exception {
    shipper.emit(
        "llm",
        seq,
        Map.of(
            "event",
            "llm.call.completed",
            "gen_ai.request.model",
            model,
            "gen_ai.usage.input_tokens",
            100,
            "gen_ai.usage.output_tokens",
            10,
            "agent_id",
            agent,
            "tenant",
            tenant,
            "cost_usd",
            cost));
  }

  private static Map<String, Double> costs(TestShipper shipper, String query, String label)
      throws Exception {
    Map<String, Double> costs = new HashMap<>();
    for (JsonNode series : shipper.json("/v1/stats?metric=llm&" + query).path("series")) {
      costs.put(
          series.path("labels").path(label).asString(),
          series.path("total").path("cost_usd").asDouble());
    }
    return costs;
  }

  private static void awaitCount(TestShipper shipper, String metric, long count) {
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(
                    shipper
                        .json("/v1/stats?from=now-2h&metric=" + metric)
                        .path("series")
                        .path(0)
                        .path("total")
                        .path("count")
                        .asLong())
                .isEqualTo(count));
  }
}
