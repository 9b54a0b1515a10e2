package dev.spoor.system.whole;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.spoor.gateway.GatewayApplication;
import dev.spoor.shipper.ShipperApplication;
import dev.spoor.testkit.ChildProcess;
import dev.spoor.testkit.FreePorts;
import dev.spoor.worker.WorkerApplication;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;
import tools.jackson.databind.JsonNode;

/** Gateway, shipper and two workers, each a process, on Kafka in a container. */
@Timeout(300)
class SeparateProcessesIT {
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static KafkaContainer kafka;

  @TempDir private Path dir;
  private final List<ChildProcess> processes = new ArrayList<>();

  @BeforeAll
  static void startKafka() {
    assumeTrue(
        DockerClientFactory.instance().isDockerAvailable(),
        "skipped: no Docker engine answers, and this test runs Kafka in a container");
    kafka =
        new KafkaContainer(DockerImageName.parse("apache/kafka:4.3.1"))
            .withEnv("KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS", "1")
            .withEnv("KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS", "1")
            .withEnv("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR", "1")
            .withEnv("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR", "1")
            .withEnv("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_NUM_PARTITIONS", "1")
            .withEnv("KAFKA_GROUP_SHARE_MIN_SESSION_TIMEOUT_MS", "1000")
            .withEnv("KAFKA_GROUP_SHARE_SESSION_TIMEOUT_MS", "5000")
            .withEnv("KAFKA_GROUP_SHARE_MIN_HEARTBEAT_INTERVAL_MS", "100")
            .withEnv("KAFKA_GROUP_SHARE_HEARTBEAT_INTERVAL_MS", "1000")
            .withEnv("KAFKA_GROUP_SHARE_MIN_RECORD_LOCK_DURATION_MS", "1000")
            .withEnv("KAFKA_GROUP_SHARE_RECORD_LOCK_DURATION_MS", "10000")
            .withEnv("KAFKA_MESSAGE_MAX_BYTES", "6291456");
    kafka.start();
  }

  @AfterAll
  static void stopKafka() {
    if (kafka != null) {
      kafka.stop();
    }
  }

  @AfterEach
  void stopProcesses() {
    processes.reversed().forEach(ChildProcess::close);
  }

  @Test
  void sharesTheWorkAndFinishesWhatAKilledWorkerHeld() {
    int gatewayPort = FreePorts.one();
    int shipperPort = FreePorts.one();
    app(GatewayApplication.class, "gateway", gatewayPort);
    app(ShipperApplication.class, "shipper", shipperPort);
    ChildProcess first = app(WorkerApplication.class, "worker-1", FreePorts.one());
    app(WorkerApplication.class, "worker-2", FreePorts.one());
    try (SystemApi api =
        new SystemApi(
            URI.create("http://127.0.0.1:" + gatewayPort),
            URI.create("http://127.0.0.1:" + shipperPort))) {
      Awaitility.await("flows to be announced")
          .atMost(LIMIT)
          .until(() -> api.get("/v1/flows").body().toString().contains("review-story"));
      awaitBothWorkers(api);

      Map<String, String> jobs = new HashMap<>();
      for (int i = 0; i < 12; i++) {
        jobs.put(api.submit("{\"flow\":\"sleep\",\"input\":{\"duration\":\"PT3S\"}}"), "sleep");
        jobs.put(api.submit("{\"flow\":\"echo\",\"input\":{\"text\":\"x\"}}"), "echo");
      }
      Set<String> workers = new HashSet<>();
      Awaitility.await("both workers to hold jobs")
          .atMost(LIMIT)
          .until(() -> {
            for (String jobId : jobs.keySet()) {
              String worker = api.get("/v1/jobs/" + jobId).body().path("worker_id").asString("");
              if (!worker.isEmpty()) {
                workers.add(worker.substring(0, "worker-1".length()));
              }
            }
            return workers.size() == 2;
          });

      first.kill();

      for (String jobId : jobs.keySet()) {
        assertThat(api.awaitEnd(jobId, LIMIT).path("status").asString()).isEqualTo("succeeded");
      }
      for (String jobId : jobs.keySet()) {
        Awaitility.await("the trail of " + jobId)
            .atMost(LIMIT)
            .until(() ->
                SystemApi.events(api.records("job_id:\"" + jobId + "\""))
                    .contains("job.succeeded"));
        List<JsonNode> records = api.records("job_id:\"" + jobId + "\"");
        assertThat(SystemApi.identities(records)).doesNotHaveDuplicates();
        assertThat(SystemApi.events(records)).containsOnlyOnce("job.submitted", "job.succeeded");
      }
      // The killed worker's journal is shipped by the one that is left: same machine, same
      // directory.
      api.awaitCompleteAudit(LIMIT);
    }
  }

  private void awaitBothWorkers(SystemApi api) {
    Awaitility.await("both workers to take jobs")
        .atMost(LIMIT)
        .until(() -> {
          // Workers are counted by their heartbeats, and an idle one sends them too.
          return api.get("/v1/queue").body().path("workers").asInt() >= 2;
        });
  }

  private ChildProcess app(Class<?> main, String instance, int port) {
    ChildProcess process =
        ChildProcess.running(main)
            .jvmOptions("-Xmx256m", "-XX:+UseSerialGC")
            .environment("KAFKA_BOOTSTRAP_SERVERS", kafka.getBootstrapServers())
            .environment("SPOOR_INSTANCE", instance)
            .environment("SPOOR_DATA_DIR", dir.resolve("data").toString())
            .environment("SPOOR_LEDGER_LEASE_TIMEOUT", "8s")
            .environment("SPOOR_WORKER_LEASE_TIMEOUT", "8s")
            .environment("SPOOR_WORKER_HEARTBEAT_INTERVAL", "2s")
            .environment("SPOOR_WORKER_MEMORY_DIR", dir.resolve("memory-" + instance).toString())
            .arguments("--server.port=" + port, "--server.address=127.0.0.1")
            .start();
    processes.add(process);
    return process;
  }
}
