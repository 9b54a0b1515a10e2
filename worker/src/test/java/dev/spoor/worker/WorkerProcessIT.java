package dev.spoor.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.wire.Topics;
import dev.spoor.testkit.ChildProcess;
import dev.spoor.testkit.FreePorts;
import dev.spoor.testkit.TestBroker;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The worker as a process: started, killed, frozen, asked to stop. */
@Timeout(180)
class WorkerProcessIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final TestBroker broker = TestBroker.shared();

  @TempDir Path dir;
  private final Topics topics = broker.freshTopics();
  private final List<ChildProcess> processes = new ArrayList<>();
  private FakeLedger ledger;

  @BeforeEach
  void startLedger() {
    ledger = new FakeLedger(broker.connection(), topics);
  }

  @AfterEach
  void stop() {
    processes.forEach(ChildProcess::close);
    ledger.close();
  }

  @Test
  void servesHealthAndMetrics() throws Exception {
    int port = FreePorts.one();
    start(port, "PT0S");
    JobId job = ledger.submit("echo", "{\"text\":\"x\"}");
    await().atMost(SOON).until(() -> ledger.status(job) == JobStatus.SUCCEEDED);
    assertThat(get(port, "/actuator/health/readiness").statusCode()).isEqualTo(200);
    assertThat(get(port, "/actuator/health/liveness").statusCode()).isEqualTo(200);
    assertThat(get(port, "/actuator/prometheus").body())
        .contains(
            "spoor_agent_execution_seconds_count{agent=\"echo\",flow=\"echo\",status=\"success\"} 1")
        .contains("spoor_worker_slots{state=\"all\"} 256.0");
  }

  @Test
  void aKilledWorkersJobGoesOnBehindItsCompletedSteps() throws Exception {
    ChildProcess first = start(FreePorts.one(), "PT1S");
    JobId job = ledger.submit("review-story", Files.readString(Path.of("../examples/story.json")));
    await().atMost(SOON).until(() -> ledger.job(job).steps.size() >= 2);
    first.kill();
    int completed = ledger.job(job).steps.size();
    start(FreePorts.one(), "PT0S");
    ledger.loseLeases(Objects.requireNonNull(ledger.job(job).holder));
    await().atMost(SOON).until(() -> ledger.status(job) == JobStatus.SUCCEEDED);
    List<LedgerInput.StepCompleted> steps = ledger.inputs(LedgerInput.StepCompleted.class);
    assertThat(steps).extracting(each -> each.step().key()).doesNotHaveDuplicates().hasSize(6);
    assertThat(steps.subList(completed, 6)).allMatch(each -> each.epoch() == 2);
  }

  @Test
  void aFrozenWorkerLearnsThatItsLeaseIsOverAndMakesNoFurtherCall() throws Exception {
    ChildProcess frozen = start(FreePorts.one(), "PT2S");
    JobId job = ledger.submit("review-story", Files.readString(Path.of("../examples/story.json")));
    await().atMost(SOON).until(() -> ledger.job(job).steps.size() == 1);
    frozen.freeze();
    Thread.sleep(Duration.ofSeconds(6));
    int before = ledger.inputs(LedgerInput.StepCompleted.class).size();
    long epoch = ledger.job(job).epoch;
    frozen.wake();
    await().atMost(SOON).until(() -> !ledger.job(job).releases.isEmpty());
    assertThat(ledger.inputs(LedgerInput.StepCompleted.class).stream().skip(before))
        .noneMatch(each -> each.epoch() == epoch);
    // Handed back, it goes on at the same worker under a new epoch.
    await().atMost(SOON).until(() -> ledger.status(job) == JobStatus.SUCCEEDED);
    assertThat(ledger.job(job).epoch).isGreaterThan(epoch);
  }

  @Test
  void stopsOnRequestHandsBackAndSaysThatItLeaves() {
    ChildProcess process = start(FreePorts.one(), "PT0S");
    JobId job = ledger.submit("sleep", "{\"duration\":\"PT1H\"}");
    await().atMost(SOON).until(() -> ledger.status(job) == JobStatus.RUNNING);
    process.terminate();
    process.awaitExit(Duration.ofSeconds(20));
    await().atMost(SOON).until(() -> ledger.job(job).releases.contains("the worker stops"));
    assertThat(ledger.inputs(LedgerInput.Heartbeat.class))
        .filteredOn(LedgerInput.Heartbeat::leaving)
        .hasSize(4);
  }

  private ChildProcess start(int port, String latency) {
    ChildProcess process =
        ChildProcess.running(WorkerApplication.class)
            .environment("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers())
            .environment("SPOOR_TOPICS_PREFIX", topics.prefix())
            .environment("SPOOR_DATA_DIR", dir.resolve("data-" + processes.size()).toString())
            .environment("SPOOR_WORKER_SCRIPTED_LATENCY", latency)
            .environment("SPOOR_WORKER_LEASE_TIMEOUT", "PT6S")
            .environment("SPOOR_WORKER_HEARTBEAT_INTERVAL", "PT0.5S")
            .environment("SPOOR_WORKER_DRAIN_TIMEOUT", "PT1S")
            .environment("SERVER_PORT", Integer.toString(port))
            .jvmOptions("-Xmx256m")
            .start();
    processes.add(process);
    process.awaitLine(line -> line.contains("takes jobs"), SOON);
    return process;
  }

  private static HttpResponse<String> get(int port, String path) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }
}
