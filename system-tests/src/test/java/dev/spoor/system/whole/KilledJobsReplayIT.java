package dev.spoor.system.whole;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.standalone.Spoor;
import dev.spoor.testkit.ChildProcess;
import dev.spoor.testkit.FreePorts;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The whole process is killed while it replays many dead jobs, and the call is repeated. */
@Timeout(300)
class KilledJobsReplayIT {
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final int JOBS = 300;
  private static final String DOOMED =
      "{\"flow\":\"fail\",\"input\":{\"message\":\"no luck\",\"times\":1000,\"category\":\"provider\"},"
          + "\"max_attempts\":1,\"labels\":{\"batch\":\"doomed\"}}";

  @TempDir private Path dir;

  @Test
  void replaysEachJobOnceForOneKey() throws Exception {
    int port = FreePorts.one();
    CompletableFuture<SystemApi.Answer> unanswered;
    try (SystemApi api = SystemApi.at(URI.create("http://127.0.0.1:" + port))) {
      try (ChildProcess spoor = up(port)) {
        api.awaitReady(LIMIT);
        for (int i = 0; i < JOBS; i++) {
          api.submit(DOOMED);
        }
        awaitDead(api, JOBS);
        // Some are queued again, others not yet: that is when it dies.
        unanswered = CompletableFuture.supplyAsync(() -> replay(api), Thread::startVirtualThread);
        Awaitility.await()
            .atMost(LIMIT)
            .pollDelay(Duration.ZERO)
            .pollInterval(Duration.ofMillis(1))
            .until(() -> runs(api).containsKey(2));
        spoor.kill();
      }
      // Answered or not: a quick machine may be done before it is killed. What is asked below must
      // hold for every moment.
      unanswered.get(30, TimeUnit.SECONDS);
      try (ChildProcess spoor = up(port)) {
        api.awaitReady(LIMIT);
        Awaitility.await().atMost(LIMIT).until(() -> api.get("/v1/dead-letters").status() == 200);
        int first = runs(api).getOrDefault(2, 0);
        assertThat(first).as("killed too early").isPositive();
        JsonNode answer = replay(api).body();
        assertThat(answer.path("undecided").asInt(-1)).isZero();
        assertThat(answer.path("replayed").asInt(-1))
            .as(answer.toString())
            .isLessThanOrEqualTo(JOBS - first);
        awaitDead(api, JOBS);
        assertThat(runs(api)).isEqualTo(Map.of(2, JOBS));
        // Once more, now that all of them have died again.
        assertThat(replay(api).body().path("already").asInt(-1)).isEqualTo(JOBS);
        assertThat(runs(api)).isEqualTo(Map.of(2, JOBS));
        api.awaitCompleteAudit(LIMIT);
        spoor.terminate();
        spoor.awaitExit(Duration.ofSeconds(20));
      }
    }
  }

  private static SystemApi.Answer replay(SystemApi api) {
    return api.post(
        "/v1/dead-letters/replay?label=batch:doomed", "", "Idempotency-Key", "the call");
  }

  /** How many jobs are in which run. */
  private static Map<Integer, Integer> runs(SystemApi api) {
    Map<Integer, Integer> runs = new HashMap<>();
    for (JsonNode job : api.get("/v1/jobs?limit=500&label=batch:doomed").body().path("jobs")) {
      runs.merge(job.path("run_no").asInt(0), 1, Integer::sum);
    }
    return runs;
  }

  private static void awaitDead(SystemApi api, int count) {
    Awaitility.await("all to be dead")
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(200))
        .until(
            () ->
                api.get("/v1/dead-letters?limit=500&label=batch:doomed").body().path("jobs").size(),
            size -> size == count);
  }

  private ChildProcess up(int port) {
    return ChildProcess.running(Spoor.class)
        .jvmOptions("-Xmx512m", "-XX:+UseSerialGC")
        .arguments("up", "--port", Integer.toString(port), "--data", dir.resolve("data").toString())
        .start();
  }
}
