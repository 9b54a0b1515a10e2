package dev.spoor.standalone.cli;

import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.wire.Json;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/**
 * Looks at a job until it has ended and tells what changed. It asks often at first and then less,
 * and bears with a server that is away for a while.
 */
final class JobFollower {
  private static final long FIRST_PAUSE_MS = 50;
  private static final long MAX_PAUSE_MS = 500;
  private static final Duration MAX_AWAY = Duration.ofSeconds(60);

  /** A job that was just accepted may be unknown for a moment. */
  private static final Duration MAX_UNKNOWN = Duration.ofSeconds(10);

  private final Api api;

  JobFollower(Api api) {
    this.api = api;
  }

  /**
   * @param changed gets the job each time its state, attempt or steps have changed
   * @return the job as it ended
   */
  JsonNode follow(String jobId, Consumer<Change> changed) {
    long begin = System.nanoTime();
    long lastAnswer = begin;
    long pause = FIRST_PAUSE_MS;
    String state = "";
    Set<String> steps = new HashSet<>();
    while (true) {
      try {
        JsonNode job = api.get("/v1/jobs/" + jobId).body();
        lastAnswer = System.nanoTime();
        for (JsonNode step : job.path("steps")) {
          if (steps.add(
              job.path("run_no").asString()
                  + " "
                  + step.path("step_id")
                  + " "
                  + step.path("iteration"))) {
            changed.accept(new Change.StepDone(step));
            pause = FIRST_PAUSE_MS;
          }
        }
        String now = Api.text(job, "status", "") + " " + Api.text(job, "attempt", "");
        if (!now.equals(state)) {
          state = now;
          changed.accept(new Change.State(job));
          pause = FIRST_PAUSE_MS;
        }
        if (ended(job)) {
          return job;
        }
      } catch (Api.Refused refused) {
        boolean unknownYet = refused.status() == 404 && since(begin).compareTo(MAX_UNKNOWN) < 0;
        boolean away = refused.status() >= 500 && since(lastAnswer).compareTo(MAX_AWAY) < 0;
        if (!unknownYet && !away) {
          throw refused;
        }
      } catch (Api.Unreachable away) {
        if (since(lastAnswer).compareTo(MAX_AWAY) > 0) {
          throw away;
        }
      }
      sleep(pause);
      pause = Math.min(MAX_PAUSE_MS, pause + pause / 4);
    }
  }

  static boolean ended(JsonNode job) {
    String status = Api.text(job, "status", "");
    for (JobStatus known : JobStatus.values()) {
      if (known.wireName().equals(status)) {
        return known.ended();
      }
    }
    return false;
  }

  /** What a look at the job has found. */
  sealed interface Change {
    /** A state or an attempt that was not seen before. */
    record State(JsonNode job) implements Change {}

    /** A step that was completed. */
    record StepDone(JsonNode step) implements Change {}
  }

  private static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }

  static void sleep(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new Api.Unreachable("interrupted", interrupted);
    }
  }

  /** An empty object, for a job that is not there. */
  static JsonNode nothing() {
    return Json.mapper().createObjectNode();
  }
}
