package dev.spoor.system.whole;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Json;
import dev.spoor.standalone.Spoor;
import dev.spoor.system.dashboards.Kibana;
import dev.spoor.system.dashboards.KibanaNdjson;
import dev.spoor.system.dashboards.KibanaObject;
import dev.spoor.system.dashboards.KibanaObject.Chart;
import dev.spoor.system.dashboards.KibanaObject.SavedSearch;
import dev.spoor.testkit.ChildProcess;
import dev.spoor.testkit.FreePorts;
import dev.spoor.testkit.TestElasticsearch;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * What the saved searches and charts for Kibana ask, asked of a real Elasticsearch with the records
 * of a system that has run jobs.
 */
@Timeout(240)
class KibanaQueriesIT {
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final Set<String> NUMBERS = Set.of("long", "double");

  /** What each saved search is to find, said once more and in another way. */
  private static final Map<String, Predicate<JsonNode>> FOUND =
      Map.of(
          "errors-by-category",
          record -> record.has("error_category"),
          "slow-agents",
          record ->
              record.path("event").asString().matches("agent\\.execution\\.(completed|failed)")
                  && record.path("duration_ms").asDouble() >= 1000,
          "trail-of-a-job",
          record -> record.has("job_id"),
          "memory-operations",
          record -> record.path("event").asString().startsWith("memory."),
          "cost",
          record ->
              record.path("event").asString().startsWith("llm.call.") && record.has("cost_usd"));

  private static final HttpClient http = HttpClient.newHttpClient();
  private static final String prefix = TestElasticsearch.freshPrefix();
  private static final String indices = prefix + "records-*";

  @TempDir private static Path dir;
  private static URI elasticsearch;
  private static ChildProcess spoor;
  private static SystemApi api;

  @BeforeAll
  static void runJobs() {
    elasticsearch = TestElasticsearch.shared().uri();
    int port = FreePorts.one();
    spoor =
        ChildProcess.running(Spoor.class)
            .jvmOptions("-Xmx512m", "-XX:+UseSerialGC")
            .environment("ELASTICSEARCH_URIS", elasticsearch.toString())
            .environment("SPOOR_ELASTICSEARCH_PREFIX", prefix)
            .arguments(
                "up", "--port", Integer.toString(port), "--data", dir.resolve("data").toString())
            .start();
    api = SystemApi.at(URI.create("http://127.0.0.1:" + port));
    api.awaitReady(LIMIT);
    List<String> jobs = new ArrayList<>();
    jobs.add(api.submit("{\"flow\":\"echo\",\"input\":{\"text\":\"x\"}}"));
    jobs.add(api.submit("{\"flow\":\"sleep\",\"input\":{\"duration\":\"PT1.2S\"}}"));
    jobs.add(
        api.submit(
            "{\"flow\":\"review-story\",\"session_id\":\"s\",\"input\":{\"text\":\"As an operator I want to see depth.\"}}"));
    jobs.add(
        api.submit("{\"flow\":\"fail\",\"max_attempts\":1,\"input\":{\"message\":\"no luck\"}}"));
    jobs.forEach(job -> api.awaitEnd(job, LIMIT));
    Awaitility.await("a sample of the process")
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(500))
        .ignoreExceptions()
        .until(() -> !api.records("event:runtime.sample").isEmpty());
    api.awaitCompleteAudit(LIMIT);
  }

  @AfterAll
  static void stop() {
    if (api != null) {
      api.close();
    }
    if (spoor != null) {
      spoor.close();
    }
    http.shutdownNow();
  }

  @Test
  void everyFieldIsInTheMappingAndOfAUsefulType() throws Exception {
    JsonNode caps = ask("GET", indices + "/_field_caps?fields=*", "").path("fields");
    assertThat(typeOf(caps, Fields.TIMESTAMP)).isEqualTo("date_nanos");
    for (KibanaObject object : objects()) {
      for (String field : object.fields()) {
        assertThat(caps.has(field)).as("%s: %s", object.title(), field).isTrue();
      }
    }
    for (Chart chart : Kibana.charts()) {
      if (!chart.by().isEmpty()) {
        assertThat(
                caps.path(chart.by())
                    .path(typeOf(caps, chart.by()))
                    .path("aggregatable")
                    .asBoolean())
            .as("%s by %s", chart.title(), chart.by())
            .isTrue();
      }
      for (KibanaObject.Measure measure : chart.measures()) {
        if (!measure.field().isEmpty()) {
          assertThat(typeOf(caps, measure.field())).as(measure.toString()).isIn(NUMBERS);
        }
      }
    }
    for (SavedSearch search : Kibana.searches()) {
      for (String sort : search.sort()) {
        String field = sort.substring(0, sort.indexOf(' '));
        assertThat(caps.path(field).path(typeOf(caps, field)).path("aggregatable").asBoolean())
            .as("%s is sorted by %s", search.title(), field)
            .isTrue();
      }
    }
  }

  private static String typeOf(JsonNode caps, String field) {
    return String.join(",", caps.path(field).propertyNames());
  }

  @Test
  void everySavedSearchFindsWhatItShould() {
    assertThat(Kibana.searches()).extracting(SavedSearch::id).hasSameElementsAs(FOUND.keySet());
    for (SavedSearch search : Kibana.searches()) {
      Predicate<JsonNode> expected = FOUND.get(search.id());
      assertThat(expected).isNotNull();
      Awaitility.await(search.title())
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> {
            long recorded = api.records("event:*").stream().filter(expected).count();
            assertThat(recorded).isPositive();
            assertThat(count(search.filter().dsl(), search.sort())).isEqualTo(recorded);
          });
    }
  }

  /** The text that Kibana parses says the same as the query that was asked above. */
  @Test
  void everyTextOfAQueryMeansTheSameToElasticsearchsOwnParser() throws Exception {
    assumeTrue(
        !ask("POST", indices + "/_search", "{\"query\":{\"kql\":{\"query\":\"event : *\"}}}")
            .has("error"),
        "skipped: this Elasticsearch has no query in KQL, which its full distribution has");
    for (KibanaObject object : objects()) {
      assertThat(count(Map.of("kql", Map.of("query", object.filter().kql())), List.of()))
          .as(object.filter().kql())
          .isEqualTo(count(object.filter().dsl(), List.of()))
          .isPositive();
    }
  }

  /** As Lens would ask, from what the file says: buckets of time or values, measures in them. */
  @Test
  void everyChartHasNumbers() throws Exception {
    Map<String, JsonNode> written = new LinkedHashMap<>();
    KibanaNdjson.all()
        .lines()
        .map(line -> Json.tree(line.getBytes(UTF_8)))
        .forEach(object -> written.put(object.path("id").asString(), object));
    for (Chart chart : Kibana.charts()) {
      JsonNode lens = written.get(KibanaNdjson.idOf(chart));
      assertThat(lens).as(chart.title()).isNotNull();
      JsonNode state = lens.path("attributes").path("state");
      assertThat(state.path("query").path("query").asString()).isEqualTo(chart.filter().kql());
      JsonNode layer =
          state.path("datasourceStates").path("formBased").path("layers").path("layer");
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("size", 0);
      body.put("query", chart.filter().dsl());
      body.put("aggs", aggregations(layer, 0));
      String asked = new String(Json.write(body), UTF_8);
      Awaitility.await(chart.title())
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> {
            JsonNode answer = ask("POST", indices + "/_search", asked);
            assertThat(hasNumber(answer.path("aggregations"), layer, 0))
                .as("%s: %s%n%s", chart.title(), asked, answer)
                .isTrue();
          });
    }
  }

  /** From the n-th column on: a bucket holds all that come after it. */
  private static Map<String, Object> aggregations(JsonNode layer, int n) {
    Map<String, Object> aggregations = new LinkedHashMap<>();
    for (int i = n; i < layer.path("columnOrder").size(); i++) {
      String id = layer.path("columnOrder").get(i).asString();
      JsonNode column = layer.path("columns").path(id);
      String field = column.path("sourceField").asString();
      if (column.path("isBucketed").asBoolean()) {
        Map<String, Object> bucket = new LinkedHashMap<>();
        if (column.path("operationType").asString().equals("terms")) {
          bucket.put(
              "terms", Map.of("field", field, "size", column.path("params").path("size").asInt()));
        } else {
          bucket.put("date_histogram", Map.of("field", field, "fixed_interval", "30s"));
        }
        bucket.put("aggs", aggregations(layer, i + 1));
        aggregations.put(id, bucket);
        return aggregations;
      }
      switch (column.path("operationType").asString()) {
        case "count" ->
            aggregations.put(id, Map.of("value_count", Map.of("field", Fields.TIMESTAMP)));
        case "percentile" ->
            aggregations.put(
                id,
                Map.of(
                    "percentiles",
                    Map.of(
                        "field",
                        field,
                        "percents",
                        List.of(column.path("params").path("percentile").asInt()))));
        default ->
            aggregations.put(
                id, Map.of(column.path("operationType").asString(), Map.of("field", field)));
      }
    }
    return aggregations;
  }

  /** Whether some bucket has a number for each measure. */
  private static boolean hasNumber(JsonNode answer, JsonNode layer, int n) {
    boolean all = true;
    for (int i = n; i < layer.path("columnOrder").size(); i++) {
      String id = layer.path("columnOrder").get(i).asString();
      JsonNode told = answer.path(id);
      if (layer.path("columns").path(id).path("isBucketed").asBoolean()) {
        int next = i + 1;
        return told.path("buckets")
            .valueStream()
            .anyMatch(bucket -> hasNumber(bucket, layer, next));
      }
      JsonNode value =
          told.has("values")
              ? told.path("values").valueStream().findFirst().orElse(told)
              : told.path("value");
      all &= value.isNumber();
    }
    return all;
  }

  private static List<KibanaObject> objects() {
    return Stream.<KibanaObject>concat(Kibana.searches().stream(), Kibana.charts().stream())
        .toList();
  }

  private static long count(Map<String, Object> query, List<String> sort) throws Exception {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("track_total_hits", true);
    body.put("query", query);
    body.put(
        "sort",
        sort.stream()
            .map(each -> each.split(" ", 2))
            .map(each -> Map.of(each[0], each[1]))
            .toList());
    JsonNode answer = ask("POST", indices + "/_search", new String(Json.write(body), UTF_8));
    assertThat(answer.has("error")).as(answer.toString()).isFalse();
    assertThat(answer.path("_shards").path("failed").asInt()).as(answer.toString()).isZero();
    return answer.path("hits").path("total").path("value").asLong();
  }

  private static JsonNode ask(String method, String path, String body)
      throws IOException, InterruptedException {
    return Json.tree(
        http.send(
                HttpRequest.newBuilder(elasticsearch.resolve("/" + path))
                    .timeout(Duration.ofSeconds(10))
                    .header("Content-Type", "application/json")
                    .method(
                        method,
                        body.isEmpty()
                            ? HttpRequest.BodyPublishers.noBody()
                            : HttpRequest.BodyPublishers.ofString(body))
                    .build(),
                HttpResponse.BodyHandlers.ofByteArray())
            .body());
  }
}
