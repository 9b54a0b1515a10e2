package dev.spoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.wire.Json;
import dev.spoor.gateway.ledger.JobReads;
import dev.spoor.testkit.TestBroker;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class StatusIT {
  private static TestGateway gateway;

  @BeforeAll
  static void start() {
    TestBroker broker = TestBroker.shared();
    gateway =
        new TestGateway(
            broker.connection(), broker.freshTopics(), Map.of("spoor.gateway.keep-alive", "1s"));
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static JobId submitted() {
    var answer = gateway.submit("{\"flow\":\"echo\",\"input\":{\"text\":\"x\"}}");
    assertThat(answer.status()).isEqualTo(202);
    JobId jobId = JobId.parse(answer.json().get("job_id").stringValue());
    await().until(() -> gateway.ledger().job(jobId) instanceof JobReads.Found.Here);
    return jobId;
  }

  @Test
  void tellsAJob() {
    JobId jobId = submitted();
    var answer = gateway.get("/v1/jobs/" + jobId);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().get("status").stringValue()).isEqualTo("queued");
    assertThat(answer.json().get("flow").stringValue()).isEqualTo("echo");
    assertThat(answer.json().get("links").get("cancel").stringValue())
        .isEqualTo("/v1/jobs/" + jobId + "/cancel");
  }

  @Test
  void waitsForTheEnd() throws Exception {
    JobId jobId = submitted();
    var waiting =
        CompletableFuture.supplyAsync(
            () -> gateway.get("/v1/jobs/" + jobId, "Prefer", "wait=30"),
            Thread::startVirtualThread);
    Thread.sleep(300); // Let it wait: the point is that it is woken.
    assertThat(waiting).isNotDone();
    long start = System.nanoTime();
    gateway
        .ledger()
        .end(
            jobId,
            JobStatus.SUCCEEDED,
            Json.tree("{\"text\":\"x\"}".getBytes(StandardCharsets.UTF_8)),
            null);
    var answer = waiting.get(10, TimeUnit.SECONDS);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
    assertThat(answer.json().get("status").stringValue()).isEqualTo("succeeded");
    assertThat(answer.json().get("result").get("text").stringValue()).isEqualTo("x");
    assertThat(answer.header("Preference-Applied")).contains("wait=30");
  }

  @Test
  void tellsTheStateWhenTheWaitIsOver() {
    JobId jobId = submitted();
    long start = System.nanoTime();
    var answer = gateway.get("/v1/jobs/" + jobId, "Prefer", "wait=1");
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofMillis(900), Duration.ofSeconds(5));
    assertThat(answer.json().get("status").stringValue()).isEqualTo("queued");
  }

  @Test
  void cancelsOnce() {
    JobId jobId = submitted();
    var first = gateway.post("/v1/jobs/" + jobId + "/cancel", "");
    assertThat(first.status()).isEqualTo(202);
    assertThat(first.json().get("status").stringValue()).isEqualTo("cancelled");
    var second = gateway.post("/v1/jobs/" + jobId + "/cancel", "");
    assertThat(second.status()).isEqualTo(409);
    assertThat(second.json().get("job_status").stringValue()).isEqualTo("cancelled");
    assertThat(gateway.post("/v1/jobs/018f0000-0000-7000-8000-000000000000/cancel", "").status())
        .isEqualTo(404);
  }

  @Test
  void replaysWhatHasEnded() {
    JobId jobId = submitted();
    String replay = "/v1/jobs/" + jobId + "/replay";
    assertThat(gateway.post(replay, "").status()).isEqualTo(409);
    gateway.post("/v1/jobs/" + jobId + "/cancel", "");
    assertThat(gateway.post(replay, "{\"from\":\"end\"}").status()).isEqualTo(422);
    assertThat(gateway.post(replay, "{").status()).isEqualTo(400);
    assertThat(gateway.post(replay, "{\"from\":\"start\"}").status()).isEqualTo(202);
    assertThat(gateway.get("/v1/jobs/" + jobId).json().get("run_no").intValue()).isEqualTo(2);
  }

  @Test
  void streamsTheUpdatesAndEndsWithTheJob() throws Exception {
    JobId jobId = submitted();
    gateway.ledger().step(jobId, "first");
    HttpResponse<java.io.InputStream> response =
        gateway
            .client()
            .send(
                HttpRequest.newBuilder(gateway.uri("/v1/jobs/" + jobId + "/events")).build(),
                HttpResponse.BodyHandlers.ofInputStream());
    assertThat(response.statusCode()).isEqualTo(200);
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    assertThat(ids(lines, "1.2")).endsWith("1.2");
    gateway.ledger().step(jobId, "second");
    assertThat(ids(lines, "1.3")).containsExactly("1.3");
    String comment = lines.readLine();
    while (comment != null && !comment.startsWith(":")) {
      comment = lines.readLine();
    }
    assertThat(comment).isEqualTo(": keep-alive");
    gateway.ledger().end(jobId, JobStatus.SUCCEEDED, null, null);
    assertThat(ids(lines, "1.4")).containsExactly("1.4");
    assertThat(lines.lines().filter(line -> !line.isEmpty())).isEmpty();
  }

  @Test
  void resumesAfterTheLastEvent() {
    JobId jobId = submitted();
    gateway.ledger().step(jobId, "first");
    gateway.ledger().step(jobId, "second");
    gateway.ledger().end(jobId, JobStatus.SUCCEEDED, null, null);
    await()
        .untilAsserted(() ->
            assertThat(idsOf(gateway.get("/v1/jobs/" + jobId + "/events").text()))
                .containsExactly("1.1", "1.2", "1.3", "1.4"));
    var resumed = gateway.get("/v1/jobs/" + jobId + "/events", "Last-Event-ID", "1.2");
    assertThat(idsOf(resumed.text())).containsExactly("1.3", "1.4");
    var over = gateway.get("/v1/jobs/" + jobId + "/events", "Last-Event-ID", "1.4");
    assertThat(over.status()).isEqualTo(204);
  }

  @Test
  void tellsStepsWhenUpdatesAreNoLongerKnown() {
    JobId jobId = submitted();
    gateway.ledger().step(jobId, "first");
    gateway.ledger().end(jobId, JobStatus.SUCCEEDED, null, null);
    JobReads.Found found = gateway.ledger().job(jobId);
    // Under another id nothing is remembered, as after a restart of the gateway.
    var view = ((JobReads.Found.Here) found).job();
    gateway.ledger().instead = new JobReads.Found.Here(FakeLedger.renamed(view));
    try {
      String stream = gateway.get("/v1/jobs/" + FakeLedger.OTHER + "/events").text();
      assertThat(stream).contains("\"truncated\":true").contains("\"step_id\":\"first\"");
      assertThat(idsOf(stream)).containsExactly("1.3");
    } finally {
      gateway.ledger().instead = null;
    }
  }

  private static List<String> idsOf(String stream) {
    return stream
        .lines()
        .peek(line -> {
          if (line.startsWith("data: ")) {
            TestGateway.API.valid("/components/schemas/JobEvent", line.substring(6));
          }
        })
        .filter(line -> line.startsWith("id: "))
        .map(line -> line.substring(4))
        .toList();
  }

  /** The ids up to this one, then the rest of its event. */
  private static List<String> ids(BufferedReader lines, String last) throws Exception {
    StringBuilder read = new StringBuilder();
    String line = lines.readLine();
    while (line != null && !line.equals("id: " + last)) {
      read.append(line).append('\n');
      line = lines.readLine();
    }
    read.append(line).append('\n').append(lines.readLine());
    return idsOf(read.toString());
  }

  @Test
  void asksTheOwnerButNeverGoesInCircles() {
    JobId jobId = submitted();
    JobReads.Found here = gateway.ledger().job(jobId);
    try (TestGateway other =
        new TestGateway(TestBroker.shared().connection(), TestBroker.shared().freshTopics())) {
      other.ledger().instead = FakeLedger.elsewhere(gateway.uri("/"));
      assertThat(here).isInstanceOf(JobReads.Found.Here.class);
      var answer = other.get("/v1/jobs/" + jobId);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.json().get("job_id").stringValue()).isEqualTo(jobId.toString());
      assertThat(other.get("/v1/jobs/018f0000-0000-7000-8000-000000000000").status())
          .isEqualTo(404);
      // Each thinks that the other is the owner.
      gateway.ledger().instead = FakeLedger.elsewhere(other.uri("/"));
      assertThat(other.get("/v1/jobs/" + jobId).status()).isEqualTo(503);
      other.ledger().instead = new JobReads.Found.Moving();
      var moving = other.get("/v1/jobs/" + jobId);
      assertThat(moving.status()).isEqualTo(503);
      assertThat(moving.header("Retry-After")).isPresent();
    } finally {
      gateway.ledger().instead = null;
    }
  }

  @Test
  void listsTheNewestFirst() {
    JobId older = submitted();
    JobId newer = submitted();
    List<String> ids =
        gateway
            .get("/v1/jobs?flow=echo&limit=500")
            .json()
            .get("jobs")
            .valueStream()
            .map(job -> job.get("job_id").stringValue())
            .toList();
    assertThat(ids.indexOf(newer.toString())).isLessThan(ids.indexOf(older.toString()));
    assertThat(gateway.get("/v1/jobs?flow=other").json().get("jobs")).isEmpty();
    assertThat(gateway.get("/v1/jobs?limit=1").json().get("jobs")).hasSize(1);
  }

  @Test
  void listsNoPartOfTheJobsAsIfItWereAll() {
    submitted();
    gateway.ledger().moving = true;
    try {
      var part = gateway.get("/v1/jobs");
      assertThat(part.status()).isEqualTo(503);
      assertThat(part.header("Retry-After")).hasValue("1");
      // Who asks for what is here gets it.
      String[] asked = {"Spoor-Forwarded", "true", "Spoor-Partitions", "0,3"};
      assertThat(gateway.get("/v1/jobs", asked).status()).isEqualTo(200);
    } finally {
      gateway.ledger().moving = false;
    }
    assertThat(gateway.get("/v1/jobs").status()).isEqualTo(200);
  }

  @Test
  void listsTheJobsOfItsPeersIfTheyServeThem() {
    JobId jobId = submitted();
    try (TestGateway other =
        new TestGateway(TestBroker.shared().connection(), TestBroker.shared().freshTopics())) {
      other.ledger().served = Set.of(0);
      other.ledger().elsewhere = Map.of(gateway.uri("/"), Set.of(1, 2, 3));
      var all = other.get("/v1/jobs?limit=500");
      assertThat(all.status()).isEqualTo(200);
      assertThat(all.text()).contains(jobId.toString());
      // It was the owner a moment ago and has lost a partition since.
      gateway.ledger().served = Set.of(1, 2);
      assertThat(other.get("/v1/jobs?limit=500").status()).isEqualTo(503);
    } finally {
      gateway.ledger().served = Set.of(0, 1, 2, 3);
    }
  }

  @Test
  void tellsTheQueue() {
    JsonNode queue = gateway.get("/v1/queue").json();
    assertThat(queue.get("depth").get("queued").intValue()).isEqualTo(7);
    assertThat(queue.get("depth").get("running").intValue()).isEqualTo(4);
    assertThat(queue.get("workers").intValue()).isEqualTo(4);
    assertThat(queue.get("oldest_waiting_seconds").doubleValue()).isGreaterThan(2.9);
    assertThat(queue.get("drain_estimate_seconds").doubleValue()).isEqualTo(3.5);
  }

  @Test
  void tellsTheFlowsAndTheIndex() {
    assertThat(gateway.get("/v1/flows").json().get("flows")).hasSize(3);
    assertThat(gateway.get("/v1/flows/echo").json().get("input_schema").get("type").stringValue())
        .isEqualTo("object");
    assertThat(gateway.get("/v1/flows/none").status()).isEqualTo(404);
    assertThat(gateway.get("/v1").json().get("links").get("jobs").stringValue())
        .isEqualTo("/v1/jobs");
    assertThat(gateway.get("/v1").json().get("links").get("stats").stringValue())
        .endsWith("/v1/stats");
    assertThat(gateway.get("/openapi.yaml").text()).startsWith("openapi: 3.1.0");
  }

  @Test
  void showsDepthAsAMetric() {
    assertThat(gateway.get("/actuator/prometheus").text())
        .contains("spoor_queue_depth{state=\"running\"} ")
        .contains("spoor_queue_oldest_age_seconds");
    assertThat(gateway.get("/actuator/health/readiness").status()).isEqualTo(200);
  }
}
