package dev.spoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.spoor.access.ApiKey;
import dev.spoor.access.KeysFile;
import dev.spoor.access.Limits;
import dev.spoor.access.Scope;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.Topics;
import dev.spoor.gateway.ledger.JobReads;
import dev.spoor.testkit.TestBroker;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Two whole gateways, each with a part of the ledger, and jobs of two tenants. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class DeadJobsIT {
  private static final Duration SOON = Duration.ofSeconds(40);
  private static final String REPLAY = "/v1/dead-letters/replay";

  private static final ApiKey ACME = ApiKey.generate(new SecureRandom());
  private static final ApiKey OTHER = ApiKey.generate(new SecureRandom());

  @TempDir private static Path dir;
  private static Topics topics;
  private static KafkaProducer<byte[], byte[]> producer;
  private static TestGateway one;
  private static TestGateway two;

  @BeforeAll
  static void start() throws Exception {
    TestBroker broker = TestBroker.shared();
    topics = broker.freshTopics();
    Path keys = dir.resolve("keys.jsonl");
    Files.writeString(keys, line(ACME, "acme") + "\n" + line(OTHER, "other") + "\n");
    one = gateway("one", keys);
    two = gateway("two", keys);
    producer =
        new KafkaProducer<>(
            broker.connection().with(Map.of("acks", "all")),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    await().atMost(SOON).until(() -> !held(one).isEmpty() && !held(two).isEmpty());
  }

  private static String line(ApiKey key, String tenant) {
    return KeysFile.line(key, new TenantId(tenant), Set.of(Scope.READ, Scope.SUBMIT), Limits.NONE);
  }

  private static TestGateway gateway(String instance, Path keys) {
    return new TestGateway(
        TestBroker.shared().connection(),
        topics,
        dir.resolve(instance),
        Map.of("spoor.instance", instance, KeysFile.SETTING, keys.toString()));
  }

  @AfterAll
  static void stop() {
    producer.close(Duration.ofSeconds(1));
    two.close();
    one.close();
  }

  /** Partitions of the ledger that it serves. */
  private static Set<Integer> held(TestGateway gateway) {
    if (gateway.get("/v1/flows/echo", bearer(ACME)).status() != 200
        || gateway.get("/v1/jobs", bearer(ACME)).status() != 200) {
      return Set.of();
    }
    return gateway
        .bean("gatewayLedger", JobReads.class)
        .newest(JobReads.NewestQuery.of(TenantId.DEFAULT, 1))
        .here();
  }

  private static String[] bearer(ApiKey key, String... more) {
    List<String> all = new ArrayList<>(List.of("Authorization", "Bearer " + key.text()));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private static List<String> submitted(ApiKey key, String batch, int count) {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      var answer =
          one.submit(
              "{\"flow\":\"echo\",\"input\":{\"text\":\"x\"},\"labels\":{\"batch\":\""
                  + batch
                  + "\"}}",
              bearer(key));
      assertThat(answer.status()).isEqualTo(202);
      ids.add(answer.json().get("job_id").stringValue());
    }
    return ids;
  }

  /** A record that cannot be read makes a job dead. */
  private static void die(List<String> ids) {
    for (String id : ids) {
      byte[] key = id.getBytes(StandardCharsets.UTF_8);
      var _ = producer.send(new ProducerRecord<>(topics.ledgerIn(), key, new byte[] {(byte) 0xff}));
    }
    producer.flush();
    for (String id : ids) {
      await()
          .atMost(SOON)
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(20))
          .until(() -> job(id).get("status").stringValue().equals("dead"));
    }
  }

  private static JsonNode job(String id) {
    var own = two.get("/v1/jobs/" + id, bearer(ACME));
    return own.status() == 404 ? two.get("/v1/jobs/" + id, bearer(OTHER)).json() : own.json();
  }

  private static Map<Integer, Integer> runs(List<String> ids) {
    Map<Integer, Integer> runs = new HashMap<>();
    ids.forEach(id -> runs.merge(job(id).get("run_no").intValue(), 1, Integer::sum));
    return runs;
  }

  private static JsonNode replay(TestGateway gateway, ApiKey key, String query, String... headers) {
    var answer = gateway.post(REPLAY + "?" + query, "", bearer(key, headers));
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.json();
  }

  private static int count(JsonNode answer, String name) {
    return answer.get(name).intValue();
  }

  @Test
  void listsTheJobsOfAllGatewaysPageByPage() throws Exception {
    List<String> ids = submitted(ACME, "list", 30);
    // What is written together has one time in the log.
    die(ids.subList(0, 15));
    die(ids.subList(15, 30));
    List<String> cancelled = submitted(ACME, "list", 2);
    cancelled.forEach(id -> one.post("/v1/jobs/" + id + "/cancel", "", bearer(ACME)));
    for (TestGateway gateway : List.of(one, two)) {
      List<String> seen = new ArrayList<>();
      List<Instant> ends = new ArrayList<>();
      String cursor = "";
      int pages = 0;
      do {
        JsonNode page =
            gateway.get("/v1/dead-letters?label=batch:list&limit=7" + cursor, bearer(ACME)).json();
        for (JsonNode job : page.get("jobs")) {
          seen.add(job.get("job_id").stringValue());
          ends.add(Instant.parse(job.get("ended_at").stringValue()));
        }
        cursor = page.has("next_cursor") ? "&cursor=" + page.get("next_cursor").stringValue() : "";
        pages++;
      } while (!cursor.isEmpty());
      assertThat(seen).containsExactlyInAnyOrderElementsOf(ids);
      assertThat(pages).isBetween(5, 6);
      // Their order is in milliseconds.
      assertThat(ends.stream().map(end -> end.plusNanos(999_999).toEpochMilli()).toList())
          .isSortedAccordingTo(java.util.Comparator.reverseOrder());
      assertThat(found(gateway, "label=batch:list&status=cancelled&status=dead")).hasSize(32);
      assertThat(found(gateway, "label=batch:list&status=cancelled"))
          .containsExactlyInAnyOrderElementsOf(cancelled);
      assertThat(found(gateway, "label=batch:list&status=expired")).isEmpty();
      assertThat(found(gateway, "label=batch:list&flow=other")).isEmpty();
      assertThat(found(gateway, "label=batch:list&to=now-1h")).isEmpty();
      assertThat(found(gateway, "label=batch:list&from=now-1h")).hasSize(30);
      String latest = ends.getFirst().toString();
      assertThat(found(gateway, "label=batch:list&from=" + latest)).contains(seen.getFirst());
      assertThat(found(gateway, "label=batch:list&to=" + ends.getLast())).isEmpty();
      assertThat(found(gateway, "label=batch:list&to=" + latest))
          .doesNotContain(seen.getFirst())
          .contains(seen.getLast());
    }
    // Each has a part of them; else this would be no test of two.
    for (TestGateway gateway : List.of(one, two)) {
      HttpRequest own =
          HttpRequest.newBuilder(gateway.uri("/v1/dead-letters?label=batch:list&limit=500"))
              .headers(bearer(ACME, "Spoor-Forwarded", "true", "Spoor-Partitions", ""))
              .build();
      var part = gateway.client().send(own, HttpResponse.BodyHandlers.ofByteArray());
      assertThat(Json.tree(part.body()).get("rows").size()).isBetween(1, 29);
    }
  }

  private static List<String> found(TestGateway gateway, String query) {
    var answer = gateway.get("/v1/dead-letters?limit=500&" + query, bearer(ACME));
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.json().get("jobs").valueStream().map(j -> j.get("job_id").stringValue()).toList();
  }

  @Test
  void aTenantSeesAndReplaysItsOwn() {
    List<String> own = submitted(ACME, "tenants", 5);
    List<String> others = submitted(OTHER, "tenants", 3);
    die(own);
    die(others);
    assertThat(found(two, "label=batch:tenants")).containsExactlyInAnyOrderElementsOf(own);
    assertThat(count(replay(two, OTHER, "label=batch:tenants"), "replayed")).isEqualTo(3);
    assertThat(runs(own)).containsExactly(Map.entry(1, 5));
    assertThat(runs(others)).containsExactly(Map.entry(2, 3));
  }

  @Test
  void replaysPieceByPieceAndNoJobTwice() {
    List<String> ids = submitted(ACME, "pieces", 30);
    die(ids);
    JsonNode dry = replay(one, ACME, "label=batch:pieces&dry_run=true");
    assertThat(count(dry, "matched")).isEqualTo(30);
    assertThat(count(dry, "replayed")).isEqualTo(30);
    assertThat(runs(ids)).containsExactly(Map.entry(1, 30));

    JsonNode first = replay(one, ACME, "label=batch:pieces&limit=12", "Idempotency-Key", "p-1");
    assertThat(count(first, "replayed")).isEqualTo(12);
    List<String> replayed = new ArrayList<>(ids);
    replayed.removeIf(id -> job(id).get("run_no").intValue() == 1);
    assertThat(replayed).hasSize(12);
    // They die at once; going on does not meet them again, though they are dead and wanted.
    die(replayed);
    JsonNode rest =
        replay(two, ACME, "label=batch:pieces&cursor=" + first.get("next_cursor").stringValue());
    assertThat(count(rest, "matched")).isEqualTo(18);
    assertThat(count(rest, "replayed")).isEqualTo(18);
    assertThat(rest.has("next_cursor")).isFalse();
    assertThat(rest.get("key").stringValue()).isEqualTo("p-1");
    assertThat(runs(ids)).containsExactly(Map.entry(2, 30));

    // The same call from the beginning does meet them, and leaves them alone.
    die(ids.stream().filter(id -> !replayed.contains(id)).toList());
    JsonNode again = replay(two, ACME, "label=batch:pieces", "Idempotency-Key", "p-1");
    assertThat(count(again, "matched")).isEqualTo(30);
    assertThat(count(again, "already")).isEqualTo(30);
    assertThat(runs(ids)).containsExactly(Map.entry(2, 30));
    // Another tenant's key of the same text is another call.
    assertThat(count(replay(two, OTHER, "status=dead", "Idempotency-Key", "p-1"), "already"))
        .isZero();
    JsonNode other = replay(two, ACME, "label=batch:pieces", "Idempotency-Key", "p-2");
    assertThat(count(other, "replayed")).isEqualTo(30);
    assertThat(runs(ids)).containsExactly(Map.entry(3, 30));
  }

  @Test
  void ofTwoCallsAtOnceEachJobIsReplayedByOne() throws Exception {
    List<String> ids = submitted(ACME, "race", 30);
    die(ids);
    List<CompletableFuture<JsonNode>> calls = new ArrayList<>();
    for (TestGateway gateway : List.of(one, two)) {
      calls.add(
          CompletableFuture.supplyAsync(
              () -> replay(gateway, ACME, "label=batch:race"), Thread::startVirtualThread));
    }
    int replayed = 0;
    for (CompletableFuture<JsonNode> call : calls) {
      JsonNode answer = call.get(60, TimeUnit.SECONDS);
      int refused = answer.get("refused").path("queued").asInt(0);
      assertThat(count(answer, "replayed") + refused).isEqualTo(count(answer, "matched"));
      assertThat(count(answer, "undecided")).isZero();
      replayed += count(answer, "replayed");
    }
    assertThat(replayed).isEqualTo(30);
    assertThat(runs(ids)).containsExactly(Map.entry(2, 30));
  }

  @Test
  void namesWhatIsWrong() {
    var bad =
        one.get(
            "/v1/dead-letters?status=running&label=x&from=yesterday&limit=501&cursor=%25&dry_run=true",
            bearer(ACME));
    assertThat(bad.status()).isEqualTo(400);
    assertThat(bad.json().get("errors")).hasSize(6);
    // A place without a job.
    var place =
        one.get("/v1/dead-letters?cursor=eyJwbGFjZSI6eyJlbmRlZF9taWxsaXMiOjF9fQ", bearer(ACME));
    assertThat(place.status()).isEqualTo(400);
    assertThat(one.post(REPLAY + "?limit=10001", "", bearer(ACME)).status()).isEqualTo(400);
    assertThat(one.post(REPLAY, "{\"from\":\"end\"}", bearer(ACME)).status()).isEqualTo(422);
  }

  @Test
  void saysWhatIsNotKnownAndIsRepeatedSafely() {
    try (TestGateway gateway =
        new TestGateway(TestBroker.shared().connection(), TestBroker.shared().freshTopics())) {
      for (int i = 0; i < 3; i++) {
        assertThat(gateway.submit("{\"flow\":\"echo\",\"input\":{\"text\":\"x\"}}").status())
            .isEqualTo(202);
      }
      FakeLedger ledger = gateway.ledger();
      await()
          .atMost(SOON)
          .until(
              () -> ledger.newest(JobReads.NewestQuery.of(TenantId.DEFAULT, 9)).jobs().size() == 3);
      ledger
          .newest(JobReads.NewestQuery.of(TenantId.DEFAULT, 9))
          .jobs()
          .forEach(job -> ledger.end(job.jobId(), JobStatus.DEAD, null, null));
      ledger.answers = false;
      var silent = gateway.post(REPLAY, "");
      assertThat(silent.status()).isEqualTo(503);
      assertThat(silent.json().get("outcome").stringValue()).isEqualTo("unknown");
      String key = silent.json().get("key").stringValue();
      ledger.answers = true;
      ledger.moving = true;
      assertThat(gateway.post(REPLAY, "", "Idempotency-Key", key).status()).isEqualTo(503);
      ledger.moving = false;
      JsonNode done = gateway.post(REPLAY, "", "Idempotency-Key", key).json();
      assertThat(count(done, "replayed")).isEqualTo(3);
    }
  }
}
