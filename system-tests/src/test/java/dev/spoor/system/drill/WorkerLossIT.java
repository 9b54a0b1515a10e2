package dev.spoor.system.drill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.testkit.ChildProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What happens to jobs when a worker is killed, frozen or busy. */
@Timeout(180)
class WorkerLossIT {
  /** Short, so that the test does not wait for the ordinary 30 s. */
  private static final Duration LEASE = Duration.ofSeconds(6);

  private static final Duration CALL = Duration.ofMillis(700);

  @TempDir Path directory;
  private Deployment deployment;

  @BeforeEach
  void start() {
    deployment =
        new Deployment(
            directory,
            Map.of(
                "SPOOR_LEDGER_LEASE_TIMEOUT",
                LEASE.toString(),
                "SPOOR_WORKER_LEASE_TIMEOUT",
                LEASE.toString(),
                "SPOOR_WORKER_HEARTBEAT_INTERVAL",
                "PT1S",
                "SPOOR_WORKER_SCRIPTED_LATENCY",
                CALL.toString(),
                "SPOOR_WORKER_SLOTS",
                "8"));
    deployment.start();
  }

  @AfterEach
  void stop() {
    deployment.close();
  }

  @Test
  void jobsOfAKilledWorkerFinishOnTheOtherAndNoCompletedStepRunsAgain() {
    ChildProcess victim = deployment.startWorker("worker-1");
    deployment.startWorker("worker-2");
    List<String> jobs = submitStories(12);
    awaitSomeInTheMiddle(jobs);
    Set<String> completedBefore = completedSteps(jobs);

    victim.kill();

    assertAllSucceedOnce(jobs);
    Map<String, Integer> runs = agentRuns(jobs, "agent.execution.started");
    assertThat(completedBefore)
        .isNotEmpty()
        .allSatisfy(step -> assertThat(runs).as("runs of a completed step").containsEntry(step, 1));
  }

  @Test
  void aFrozenWorkerLearnsThatItsEpochIsOverAndCallsNoModelAgain() {
    ChildProcess frozen = deployment.startWorker("worker-1");
    List<String> jobs = submitStories(6);
    awaitSomeInTheMiddle(jobs);
    frozen.freeze();
    Instant frozenAt = Instant.now();
    deployment.startWorker("worker-2");

    for (String id : jobs) {
      assertThat(deployment.awaitEnd(id, Duration.ofSeconds(60)).path("status").asString())
          .isEqualTo("succeeded");
    }
    assertThat(Duration.between(frozenAt, Instant.now())).isGreaterThan(LEASE);
    frozen.wake();

    assertAllSucceedOnce(jobs);
    // It may finish the call it was in when it froze, one a job; a second call of a job would be a
    // call without a lease.
    Map<String, Integer> late = new HashMap<>();
    for (JsonNode call : deployment.logs("event:llm.call.completed")) {
      if (call.path("instance").asString().equals("worker-1")
          && Instant.parse(call.path("timestamp").asString()).isAfter(frozenAt.plus(LEASE))) {
        late.merge(call.path("job_id").asString(), 1, Integer::sum);
      }
    }
    assertThat(late).allSatisfy((job, calls) -> assertThat(calls).isEqualTo(1));
  }

  /** Eight slots are few on purpose: they make a burst wait for the poll loop. */
  @Test
  void noQueuedJobWaitsLongBehindADeadWorker() {
    ChildProcess victim = deployment.startWorker("worker-1");
    deployment.startWorker("worker-2");
    // Both have joined the share group when both have run something.
    Awaitility.await("both workers run jobs")
        .atMost(Duration.ofSeconds(30))
        .until(() -> {
          deployment.awaitEnd(deployment.submit(echo()), Duration.ofSeconds(20));
          Set<String> seen = new HashSet<>();
          deployment
              .logs("event:agent.execution.completed")
              .forEach(run -> seen.add(run.path("instance").asString()));
          return seen.size() == 2;
        });

    victim.kill();
    List<String> jobs = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      jobs.add(deployment.submit(echo()));
    }

    Duration longest = Duration.ZERO;
    for (String id : jobs) {
      JsonNode job = deployment.awaitEnd(id, Duration.ofSeconds(60));
      assertThat(job.path("status").asString()).isEqualTo("succeeded");
      Duration took =
          Duration.between(
              Instant.parse(job.path("created_at").asString()),
              Instant.parse(job.path("ended_at").asString()));
      longest = took.compareTo(longest) > 0 ? took : longest;
    }
    assertThat(longest).as("the unluckiest job").isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void aLongJobDelaysNoShortOnesAndEveryWorkerGetsWork() {
    // More workers than partitions (4).
    for (int i = 1; i <= 5; i++) {
      deployment.startWorker("worker-" + i);
    }
    String longJob = deployment.submit("{\"flow\":\"sleep\",\"input\":{\"duration\":\"PT30S\"}}");
    deployment.awaitJob(
        longJob, Duration.ofSeconds(20), job -> job.path("status").asString().equals("running"));

    List<String> shortJobs = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      shortJobs.add(deployment.submit("{\"flow\":\"sleep\",\"input\":{\"duration\":\"PT0.5S\"}}"));
    }
    for (String id : shortJobs) {
      assertThat(deployment.awaitEnd(id, Duration.ofSeconds(20)).path("status").asString())
          .isEqualTo("succeeded");
    }
    assertThat(deployment.job(longJob).path("status").asString()).isEqualTo("running");
    Set<String> busy = new HashSet<>();
    Awaitility.await("every worker has worked")
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> {
          deployment
              .logs("event:agent.execution.completed")
              .forEach(run -> busy.add(run.path("instance").asString()));
          assertThat(busy).hasSize(5);
        });
    assertThat(deployment.awaitEnd(longJob, Duration.ofSeconds(40)).path("status").asString())
        .isEqualTo("succeeded");
  }

  private List<String> submitStories(int count) {
    List<String> jobs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      jobs.add(
          deployment.submit(
              "{\"flow\":\"review-story\",\"input\":{\"text\":\"As an operator I want story "
                  + i
                  + ", so that I see it. Acceptance criteria: - it is logged - it is counted\"}}"));
    }
    return jobs;
  }

  private static String echo() {
    return "{\"flow\":\"echo\",\"input\":{\"text\":\"x\"}}";
  }

  /** Until some jobs have a completed step and none has ended. */
  private void awaitSomeInTheMiddle(List<String> jobs) {
    for (String id : jobs) {
      deployment.awaitJob(
          id,
          Duration.ofSeconds(30),
          job -> job.path("steps").size() >= 1 || job.path("status").asString().equals("queued"));
    }
    Awaitility.await("a job is between its steps")
        .atMost(Duration.ofSeconds(30))
        .until(() -> jobs.stream().anyMatch(id -> deployment.job(id).path("steps").size() >= 1));
  }

  private void assertAllSucceedOnce(List<String> jobs) {
    for (String id : jobs) {
      JsonNode job = deployment.awaitEnd(id, Duration.ofSeconds(90));
      assertThat(job.path("status").asString()).as(job.toString()).isEqualTo("succeeded");
    }
    Awaitility.await("each end is in the trail, once")
        .atMost(Duration.ofSeconds(15))
        .untilAsserted(() -> {
          Map<String, Integer> ends = new HashMap<>();
          for (JsonNode end : deployment.logs("event:job.succeeded")) {
            ends.merge(end.path("job_id").asString(), 1, Integer::sum);
          }
          assertThat(ends.keySet()).containsAll(jobs);
          assertThat(ends.values()).allMatch(count -> count == 1);
        });
  }

  private Set<String> completedSteps(List<String> jobs) {
    Set<String> steps = new HashSet<>();
    for (String id : jobs) {
      for (JsonNode step : deployment.job(id).path("steps")) {
        steps.add(
            id + "/" + step.path("step_id").asString() + "/" + step.path("iteration").asString());
      }
    }
    return steps;
  }

  private Map<String, Integer> agentRuns(List<String> jobs, String event) {
    Map<String, Integer> runs = new HashMap<>();
    for (JsonNode run : deployment.logs("event:" + event)) {
      if (jobs.contains(run.path("job_id").asString())) {
        runs.merge(
            run.path("job_id").asString()
                + "/"
                + run.path("step_id").asString()
                + "/"
                + run.path("iteration").asString(),
            1,
            Integer::sum);
      }
    }
    return runs;
  }
}
