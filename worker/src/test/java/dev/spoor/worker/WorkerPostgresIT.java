package dev.spoor.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.spoor.contract.job.ErrorCategory;
import dev.spoor.contract.job.FlowId;
import dev.spoor.contract.job.JobError;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobSpec;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.Priority;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.Topics;
import dev.spoor.testkit.ChildProcess;
import dev.spoor.testkit.FreePorts;
import dev.spoor.testkit.TestBroker;
import dev.spoor.testkit.TestPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Workers as processes, with their agents' memory in one PostgreSQL. */
@Timeout(180)
class WorkerPostgresIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final TestBroker broker = TestBroker.shared();

  @RegisterExtension static final TestPostgres POSTGRES = TestPostgres.ofItsOwn();

  @TempDir Path dir;
  private final Topics topics = broker.freshTopics();
  private final List<ChildProcess> processes = new ArrayList<>();
  private FakeLedger ledger;
  private String database = "";

  @BeforeEach
  void start() {
    ledger = new FakeLedger(broker.connection(), topics);
    database = POSTGRES.newDatabase();
  }

  @AfterEach
  void stop() {
    processes.forEach(ChildProcess::close);
    ledger.close();
  }

  @Test
  void aSessionIsRememberedByAnotherWorker() throws Exception {
    ChildProcess first = start(FreePorts.one(), "PT0S");
    JobId one = review("session-1", 3);
    await().atMost(SOON).until(() -> ledger.status(one) == JobStatus.SUCCEEDED);
    first.kill();
    int port = FreePorts.one();
    ChildProcess second = start(port, "PT0S");
    JobId two = review("session-1", 3);
    await().atMost(SOON).until(() -> ledger.status(two) == JobStatus.SUCCEEDED);
    assertThat(reads(second, "session"))
        .isNotEmpty()
        .allMatch(each -> each.path("size_bytes").asInt(0) > 0)
        .allMatch(each -> each.path("cache").asString("").equals("none"));
    assertThat(get(port, "/actuator/prometheus"))
        .contains("spoor_memory_operation_seconds_count{operation=\"read\",result=\"found\"")
        .contains("hikaricp_connections_max{pool=\"memory\"} 8.0")
        // Nothing is there to hit or to miss.
        .doesNotContain("spoor_memory_cache_total");
    assertThat(get(port, "/health")).contains("\"memory_backend\":\"healthy\"");
  }

  @Test
  void aJobsMemoryIsThereWhenItGoesOnAtAnotherWorker() throws Exception {
    ChildProcess first = start(FreePorts.one(), "PT1S");
    JobId job = review(null, 3);
    // The fourth is qa, which has left its findings for developer.
    await().atMost(SOON).until(() -> ledger.job(job).steps.size() == 4);
    first.kill();
    ChildProcess second = start(FreePorts.one(), "PT0S");
    ledger.loseLeases(Objects.requireNonNull(ledger.job(job).holder));
    await().atMost(SOON).until(() -> ledger.status(job) == JobStatus.SUCCEEDED);
    assertThat(reads(second, "job"))
        .isNotEmpty()
        .allMatch(each -> each.path("size_bytes").asInt(0) > 0);
  }

  @Test
  void aWorkerStartsWithoutTheServerAndSaysSo() throws Exception {
    POSTGRES.kill();
    int port = FreePorts.one();
    ChildProcess worker;
    JobId waiting;
    try {
      worker = start(port, "PT0S");
      await()
          .atMost(SOON)
          .untilAsserted(() ->
              assertThat(get(port, "/health"))
                  .contains("\"status\":\"degraded\"")
                  .contains("\"memory_backend\":\"unhealthy\"")
                  .contains("\"kafka\":\"healthy\""));
      JobId echo = ledger.submit("echo", "{\"text\":\"x\"}");
      await().atMost(SOON).until(() -> ledger.status(echo) == JobStatus.SUCCEEDED);
      assertThat(worker.output())
          .filteredOn(line -> line.contains("\"agent.execution.completed\""))
          .isNotEmpty()
          .allMatch(line -> line.contains("\"memory_scope\":\"job\""))
          .noneMatch(line -> line.contains("\"memory_entries\""));
      waiting = review(null, 20);
      await().atMost(SOON).until(() -> ledger.job(waiting).error != null);
      JobError error = Objects.requireNonNull(ledger.job(waiting).error);
      assertThat(error.category()).isEqualTo(ErrorCategory.DEPENDENCY);
      assertThat(error.message())
          .startsWith(
              "the agents' memory in PostgreSQL failed to read: no connection within 1 s: ");
      assertThat(ledger.status(waiting)).isNotEqualTo(JobStatus.FAILED);
    } finally {
      POSTGRES.start();
    }
    await().atMost(SOON).until(() -> ledger.status(waiting) == JobStatus.SUCCEEDED);
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(get(port, "/health")).contains("\"memory_backend\":\"healthy\""));
    assertThat(worker.output()).noneMatch(line -> line.contains(TestPostgres.PASSWORD));
  }

  private JobId review(@Nullable String session, int maxAttempts) throws IOException {
    return ledger.submit(
        new JobSpec(
            TenantId.DEFAULT,
            new FlowId("review-story"),
            session,
            Priority.NORMAL,
            Map.of(),
            null,
            null,
            maxAttempts,
            null,
            null),
        Files.readString(Path.of("../examples/story.json")),
        null);
  }

  private static List<JsonNode> reads(ChildProcess worker, String scope) {
    return worker.output().stream()
        .filter(line -> line.contains("\"memory.read\""))
        .map(line -> Json.tree(line.getBytes(StandardCharsets.UTF_8)))
        .filter(each -> each.path("memory_scope").asString("").equals(scope))
        .toList();
  }

  private ChildProcess start(int port, String latency) {
    ChildProcess process =
        ChildProcess.running(WorkerApplication.class)
            .environment("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers())
            .environment("SPOOR_TOPICS_PREFIX", topics.prefix())
            .environment("SPOOR_DATA_DIR", dir.resolve("data-" + processes.size()).toString())
            .environment("SPOOR_WORKER_SCRIPTED_LATENCY", latency)
            .environment("SPOOR_WORKER_DRAIN_TIMEOUT", "PT1S")
            .environment("SPOOR_MEMORY_URL", POSTGRES.url(database))
            .environment("SPOOR_MEMORY_USERNAME", TestPostgres.USER)
            .environment("SPOOR_MEMORY_PASSWORD", TestPostgres.PASSWORD)
            .environment("SPOOR_MEMORY_TIMEOUT", "1s")
            .environment("SPOOR_TELEMETRY_HEALTH_PROBE_INTERVAL", "1s")
            .environment("SERVER_PORT", Integer.toString(port))
            .jvmOptions("-Xmx256m")
            .start();
    processes.add(process);
    process.awaitLine(line -> line.contains("takes jobs"), SOON);
    return process;
  }

  private static String get(int port, String path) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client
          .send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    }
  }
}
