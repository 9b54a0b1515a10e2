package dev.spoor.shipper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.spoor.contract.wire.Json;
import dev.spoor.testkit.TestBroker;
import dev.spoor.testkit.TestElasticsearch;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Records that were set aside are stored after all, once, when the reason is gone. */
@Timeout(240)
class DeadLettersIT {
  private static final TestBroker BROKER = TestBroker.shared();
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String REPLAY = "/v1/telemetry/dead-letters/replay?";

  @TempDir private Path data;

  private static JsonNode replay(TestShipper shipper, String query) throws Exception {
    HttpResponse<String> answer = shipper.post(REPLAY + query, "");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return Json.tree(answer.body().getBytes(StandardCharsets.UTF_8));
  }

  private static void is(JsonNode answer, int replayed, int already, int refused, int unreadable) {
    assertThat(
            Map.of(
                "replayed", answer.path("replayed").asInt(-1),
                "already", answer.path("already").asInt(-1),
                "refused", answer.path("refused").asInt(-1),
                "unreadable", answer.path("unreadable").asInt(-1),
                "elsewhere", answer.path("elsewhere").asInt(-1)))
        .isEqualTo(
            Map.of(
                "replayed", replayed,
                "already", already,
                "refused", refused,
                "unreadable", unreadable,
                "elsewhere", 0));
  }

  private static void audit(TestShipper shipper, String source, long stored, long deadLettered)
      throws Exception {
    JsonNode audit = shipper.json("/v1/audit");
    assertThat(audit.path("complete").asBoolean(false)).as("%s", audit).isTrue();
    for (JsonNode each : audit.path("sources")) {
      if (each.path("source").asString("").equals(source)) {
        assertThat(each.path("stored").asLong(-1)).isEqualTo(stored);
        assertThat(each.path("dead_lettered").asLong(-1)).isEqualTo(deadLettered);
        return;
      }
    }
    throw new AssertionError("no source " + source + " in " + audit);
  }

  @Test
  void aMappingConflictInElasticsearchIsRepairedAndReplayed() throws Exception {
    URI elasticsearch = TestElasticsearch.shared().uri();
    String prefix = TestElasticsearch.freshPrefix();
    Instant now = Instant.now();
    Map<String, Object> properties =
        Map.of(
            "ELASTICSEARCH_URIS", elasticsearch.toString(), "spoor.elasticsearch.prefix", prefix);
    try (TestShipper shipper =
        new TestShipper(BROKER.connection(), BROKER.freshTopics(), data, properties).start()) {
      // The template is there when the intake has its partitions.
      await()
          .atMost(SOON)
          .untilAsserted(() ->
              assertThat(call(elasticsearch, "GET", "/_index_template/" + prefix + "*", ""))
                  .contains(prefix));
      String index = index(prefix, now);
      // Somebody has made the day's index with another type for a field of ours.
      call(
          elasticsearch,
          "PUT",
          "/" + index,
          "{\"mappings\":{\"properties\":{\"environment\":{\"type\":\"long\","
              + "\"ignore_malformed\":false}}}}");
      for (int seq = 1; seq <= 10; seq++) {
        Map<String, Object> fields = new HashMap<>();
        fields.put("timestamp", now.toString());
        fields.put("message", "letter " + seq);
        if (seq % 2 == 0) {
          fields.put("environment", "production");
        }
        shipper.emit("s-1", seq, fields);
      }
      await()
          .atMost(SOON)
          .untilAsserted(() -> {
            assertThat(shipper.meter("spoor.telemetry.stored")).isEqualTo(5);
            assertThat(shipper.meter("spoor.telemetry.dead.lettered")).isEqualTo(5);
            // Stored is counted when it is durable; it can be found a little later.
            assertThat(shipper.logs("message:letter")).hasSize(5);
          });
      audit(shipper, "s-1", 5, 5);

      // As long as the reason is there, nothing changes but what is said of it.
      is(replay(shipper, ""), 0, 0, 5, 0);
      assertThat(shipper.deadLetters()).hasSize(5);
      audit(shipper, "s-1", 5, 5);
      assertThat(shipper.equationHolds()).isTrue();

      call(
          elasticsearch,
          "PUT",
          "/" + index + "/_mapping",
          "{\"properties\":{\"environment\":{\"type\":\"long\",\"ignore_malformed\":true}}}");
      is(replay(shipper, "dry_run=true"), 5, 0, 0, 0);
      assertThat(shipper.logs("message:letter")).hasSize(5);
      is(replay(shipper, "reason=too_large"), 0, 0, 0, 0);
      JsonNode first = replay(shipper, "reason=refused&limit=2");
      is(first, 2, 0, 0, 0);
      is(replay(shipper, "limit=2&cursor=" + first.path("next_cursor").stringValue()), 2, 0, 0, 0);
      is(replay(shipper, ""), 1, 4, 0, 0);
      is(replay(shipper, ""), 0, 5, 0, 0);
      assertThat(shipper.logs("message:letter")).hasSize(10);
      assertThat(
              shipper
                  .json("/v1/stats?metric=records&service=test")
                  .path("series")
                  .path(0)
                  .path("total")
                  .path("count")
                  .asLong())
          .isEqualTo(10);
      assertThat(shipper.logs("message:\"letter 4\"")).hasSize(1);
      audit(shipper, "s-1", 10, 0);
      assertThat(shipper.equationHolds()).isTrue();
      assertThat(shipper.meter("spoor.telemetry.received")).isEqualTo(15);
      // What was handed back is remembered.
      shipper.stop();
      shipper.start();
      await()
          .atMost(SOON)
          .ignoreExceptions()
          .untilAsserted(() -> is(replay(shipper, ""), 0, 5, 0, 0));
      audit(shipper, "s-1", 10, 0);
      assertThat(shipper.logs("message:letter")).hasSize(10);
      assertThat(
              shipper
                  .json("/v1/stats?metric=records&service=test")
                  .path("series")
                  .path(0)
                  .path("total")
                  .path("count")
                  .asLong())
          .isEqualTo(10);
    }
  }

  @Test
  void whatWasTooLargeIsStoredInLuceneWhenItMayBe() throws Exception {
    var topics = BROKER.freshTopics();
    try (TestShipper strict =
        new TestShipper(
                BROKER.connection(), topics, data, Map.of("spoor.shipper.max-record", "1KB"))
            .start()) {
      strict.emit("s-1", 1, Map.of("message", "small"));
      strict.emit("s-1", 2, Map.of("message", "large", "more", "x".repeat(2_000)));
      strict.emit("s-1", 3, Map.of("message", "small"));
      strict.send(
          strict.topics().telemetry(), "s-1", 4L, "no json".getBytes(StandardCharsets.UTF_8));
      strict.send(
          strict.topics().telemetry(), "nobody", null, "no json".getBytes(StandardCharsets.UTF_8));
      strict.send(
          strict.topics().telemetry(),
          "s-1",
          5L,
          Json.write(
              TestShipper.record("s-1", 5, Map.of("message", "large", "more", "x".repeat(2_000)))));
      await().atMost(SOON).untilAsserted(() -> assertThat(strict.deadLetters()).hasSize(4));
      JsonNode listed = strict.json("/v1/telemetry/dead-letters?reason=too_large");
      assertThat(listed.path("dead_letters")).hasSize(2);
      assertThat(listed.path("dead_letters").path(1).path("identity").asString(""))
          .isEqualTo("s-1-5");
      assertThat(strict.json("/v1/telemetry/dead-letters?from=now-1h").path("dead_letters"))
          .hasSize(4);
      assertThat(strict.json("/v1/telemetry/dead-letters?limit=3").path("next_cursor").isString())
          .isTrue();
      assertThat(strict.get("/v1/telemetry/dead-letters?reason=why&limit=0&x=1").body())
          .contains("must be one of empty, too_large", "1 to 1000", "is not a parameter here");
      is(replay(strict, "reason=too_large"), 0, 0, 0, 2);
    }
    try (TestShipper shipper =
        new TestShipper(BROKER.connection(), topics, data, Map.of()).start()) {
      await()
          .atMost(SOON)
          .ignoreExceptions()
          .untilAsserted(() -> {
            JsonNode dry = replay(shipper, "dry_run=true");
            assertThat(dry.path("elsewhere").asInt(-1)).isZero();
          });
      is(replay(shipper, ""), 2, 0, 0, 2);
      is(replay(shipper, ""), 0, 2, 0, 2);
      assertThat(shipper.logs("message:large")).hasSize(2);
      audit(shipper, "s-1", 4, 1);
      assertThat(shipper.equationHolds()).isTrue();
    }
  }

  private static String index(String prefix, Instant at) {
    return prefix
        + "records-"
        + DateTimeFormatter.ofPattern("uuuu.MM.dd").withZone(ZoneOffset.UTC).format(at);
  }

  private static String call(URI elasticsearch, String method, String path, String body)
      throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(elasticsearch.resolve(path))
                  .header("Content-Type", "application/json")
                  .method(method, HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isLessThan(300);
      return answer.body();
    }
  }
}
