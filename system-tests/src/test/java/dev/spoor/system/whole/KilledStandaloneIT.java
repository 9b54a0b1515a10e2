package dev.spoor.system.whole;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.standalone.Spoor;
import dev.spoor.testkit.ChildProcess;
import dev.spoor.testkit.FreePorts;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The whole process is killed, five times, with jobs in every state. */
@Timeout(420)
class KilledStandaloneIT {
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final int KILLS = 5;

  @TempDir private Path dir;

  @Test
  void endsEveryAcceptedJobOnceAndTellsAllOfIt() {
    int port = FreePorts.one();
    Map<String, String> expected = new HashMap<>();
    try (SystemApi api = SystemApi.at(URI.create("http://127.0.0.1:" + port))) {
      for (int kill = 0; kill < KILLS; kill++) {
        try (ChildProcess spoor = up(port)) {
          spoor.during(() -> {
            api.awaitReady(LIMIT);
            submitInEveryState(api, expected);
          });
          // A different moment each time: right after the 202s, and while they run and retry.
          pause(Duration.ofMillis(300L * kill));
          spoor.kill();
        }
      }
      try (ChildProcess spoor = up(port)) {
        spoor.during(() -> {
          api.awaitReady(LIMIT);
          Map<String, String> ends = new HashMap<>();
          for (String jobId : expected.keySet()) {
            ends.put(jobId, api.awaitEnd(jobId, LIMIT).path("status").asString());
          }
          assertThat(ends).isEqualTo(expected);
          api.awaitCompleteAudit(LIMIT);
          eachEndIsToldOnce(api, expected);
        });
        spoor.terminate();
        spoor.awaitExit(Duration.ofSeconds(10));
      }
    }
  }

  private static void submitInEveryState(SystemApi api, Map<String, String> expected) {
    for (int i = 0; i < 3; i++) {
      accept(api, expected, "succeeded", "{\"flow\":\"echo\",\"input\":{\"text\":\"x\"}");
      // Running when the process dies, and again afterwards.
      accept(api, expected, "succeeded", "{\"flow\":\"sleep\",\"input\":{\"duration\":\"PT1S\"}");
      // Fails once, waits for its next attempt, then succeeds.
      accept(
          api,
          expected,
          "succeeded",
          "{\"flow\":\"fail\",\"input\":{\"message\":\"no luck\",\"times\":1,\"category\":\"provider\"}");
      accept(
          api,
          expected,
          "succeeded",
          "{\"flow\":\"echo\",\"input\":{\"text\":\"later\"},\"not_before\":\"%s\""
              .formatted(Instant.now().plusSeconds(5)));
      accept(
          api,
          expected,
          "succeeded",
          "{\"flow\":\"review-story\",\"input\":{\"text\":\"As an operator I want to see queue depth.\"}");
    }
    String waiting =
        api.submit(
            "{\"flow\":\"echo\",\"input\":{\"text\":\"x\"},\"not_before\":\""
                + java.time.Instant.now().plus(Duration.ofDays(300))
                + "\"}");
    // The cancel is answered when the ledger has decided, so it holds.
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> api.post("/v1/jobs/" + waiting + "/cancel", "{}").status() == 202);
    expected.put(waiting, "cancelled");
  }

  /** Each kill may cost a running job an attempt, and it may run at all of them. */
  private static void accept(
      SystemApi api, Map<String, String> expected, String end, String unclosed) {
    expected.put(api.submit(unclosed + ",\"max_attempts\":20}"), end);
  }

  private static void eachEndIsToldOnce(SystemApi api, Map<String, String> expected) {
    List<String> problems = new ArrayList<>();
    for (Map.Entry<String, String> job : expected.entrySet()) {
      List<JsonNode> records = api.records("job_id:\"" + job.getKey() + "\"");
      List<String> ends =
          SystemApi.events(records).stream()
              .filter(event ->
                  List.of("job.succeeded", "job.failed", "job.dead", "job.cancelled", "job.expired")
                      .contains(event))
              .toList();
      if (!ends.equals(List.of("job." + job.getValue()))) {
        problems.add(job.getKey() + " should have ended once as " + job.getValue() + ": " + ends);
      }
      if (SystemApi.identities(records).stream().distinct().count() != records.size()) {
        problems.add(job.getKey() + " has a record twice");
      }
    }
    assertThat(problems).isEmpty();
  }

  private ChildProcess up(int port) {
    return ChildProcess.running(Spoor.class)
        .jvmOptions("-Xmx512m", "-XX:+UseSerialGC")
        .arguments("up", "--port", Integer.toString(port), "--data", dir.resolve("data").toString())
        .start();
  }

  private static void pause(Duration duration) {
    Awaitility.await().pollDelay(duration).atMost(duration.plusSeconds(5)).until(() -> true);
  }
}
