package dev.spoor.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many jobs that wait for a model in one worker with a small heap. */
@Timeout(240)
class WorkerScaleIT {
  private static final int JOBS = 5_000;
  private static final TestBroker broker = TestBroker.shared();

  @TempDir Path dir;

  @Test
  void fiveThousandJobsWaitForAModelWithinHalfAGibibyteOfHeap() throws Exception {
    Topics topics = broker.freshTopics();
    String story = Files.readString(Path.of("../examples/story.json"));
    int port = FreePorts.one();
    try (FakeLedger ledger = new FakeLedger(broker.connection(), topics);
        ChildProcess worker =
            ChildProcess.running(WorkerApplication.class)
                .environment("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers())
                .environment("SPOOR_TOPICS_PREFIX", topics.prefix())
                .environment("SPOOR_DATA_DIR", dir.resolve("data").toString())
                .environment("SPOOR_WORKER_SCRIPTED_LATENCY", "PT60S")
                .environment("SPOOR_WORKER_SLOTS", Integer.toString(JOBS + JOBS / 4))
                .environment("SERVER_PORT", Integer.toString(port))
                .jvmOptions("-Xmx512m")
                .start()) {
      worker.awaitLine(line -> line.contains("takes jobs"), Duration.ofMinutes(1));
      ledger.keepInputs(false);
      for (int i = 0; i < JOBS; i++) {
        ledger.submit("review-story", story);
      }
      // The model takes a minute for an answer, so whoever has begun is waiting for it.
      await()
          .atMost(Duration.ofMinutes(2))
          .until(() ->
              ledger.running() == JOBS
                  && metric(port, "spoor_worker_slots\\{state=\"used\"\\}") == JOBS);
      double heap = metric(port, "jvm_memory_used_bytes\\{area=\"heap\",id=\"[^\"]*\"\\}");
      System.out.println(
          JOBS + " jobs wait for a model; heap in use " + Math.round(heap / 1048576) + " MiB");
      assertThat(worker.isAlive()).isTrue();
      // And they answer: nobody was lost on the way, and the leases have held meanwhile.
      await()
          .atMost(Duration.ofMinutes(2))
          .until(() ->
              metric(port, "spoor_llm_call_seconds_count\\{agent=\"analyst\"[^}]*\\}") == JOBS);
    }
  }

  /** The sum over all series that match. */
  private static double metric(int port, String name) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      String body =
          client
              .send(
                  HttpRequest.newBuilder(
                          URI.create("http://127.0.0.1:" + port + "/actuator/prometheus"))
                      .build(),
                  HttpResponse.BodyHandlers.ofString())
              .body();
      Matcher matcher = Pattern.compile("(?m)^" + name + " (\\S+)$").matcher(body);
      double sum = 0;
      while (matcher.find()) {
        sum += Double.parseDouble(matcher.group(1));
      }
      return sum;
    }
  }
}
