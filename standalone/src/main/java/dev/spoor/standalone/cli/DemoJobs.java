package dev.spoor.standalone.cli;

import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.wire.Json;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** The jobs of a demo, by chance, and how each of them must end. */
final class DemoJobs {
  private static final List<String> STORIES =
      List.of(
          "As a reader I want to search the archive by author, so that I find what I remember.",
          "As an operator I want to pause a queue, so that I can repair what it writes to.",
          "As a customer I want my invoice as a file, so that I can pass it on.");
  private static final String LETTERS_AND_DIGITS =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  private static final String CAPITALS_AND_DIGITS = LETTERS_AND_DIGITS.substring(0, 26) + "234567";

  /** One of each, so that a short demo has them all. */
  private static final int[] FIRST = {0, 30, 50, 65, 80, 88, 94};

  private final RandomGenerator random;
  private final String marker;
  private int made;

  /**
   * One job.
   *
   * @param end the state in which it must end
   * @param maxAttempts null for the server's own
   * @param secrets that must be found nowhere
   */
  record Job(
      String flow,
      ObjectNode input,
      @Nullable Integer maxAttempts,
      JobStatus end,
      List<String> secrets) {}

  /**
   * @param marker a word that the messages with secrets have in them
   */
  DemoJobs(RandomGenerator random, String marker) {
    this.random = random;
    this.marker = marker;
  }

  Job next() {
    int kind = made < FIRST.length ? FIRST[made] : random.nextInt(100);
    made++;
    ObjectNode input = Json.mapper().createObjectNode();
    if (kind < 30) {
      return succeeding("echo", input.put("text", STORIES.get(random.nextInt(STORIES.size()))));
    }
    if (kind < 50) {
      return succeeding(
          "review-story", input.put("text", STORIES.get(random.nextInt(STORIES.size()))));
    }
    if (kind < 65) {
      return succeeding("sleep", input.put("duration", "PT" + (1 + random.nextInt(3)) + "S"));
    }
    if (kind < 80) {
      return withSecrets(input);
    }
    input.put("message", "the demo's dependency is away");
    if (kind < 88) {
      return succeeding("fail", input.put("times", 1).put("category", "dependency"));
    }
    return kind < 94
        ? new Job(
            "fail",
            input.put("times", 1_000).put("category", "dependency"),
            2,
            JobStatus.DEAD,
            List.of())
        : new Job(
            "fail",
            input.put("category", "validation").put("retryable", false),
            null,
            JobStatus.FAILED,
            List.of());
  }

  private static Job succeeding(String flow, ObjectNode input) {
    return new Job(flow, input, null, JobStatus.SUCCEEDED, List.of());
  }

  /** In the forms that people paste into messages. */
  private Job withSecrets(ObjectNode input) {
    String password = text(LETTERS_AND_DIGITS, 24);
    String key = "sk-proj-" + text(LETTERS_AND_DIGITS, 40);
    String aws = "AKIA" + text(CAPITALS_AND_DIGITS, 16);
    input.put(
        "message",
        "%s: login with password=%s, api_key: %s and aws %s failed"
            .formatted(marker, password, key, aws));
    input.put("level", "WARNING");
    return new Job("log", input, null, JobStatus.SUCCEEDED, List.of(password, key, aws));
  }

  private String text(String characters, int length) {
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append(characters.charAt(random.nextInt(characters.length())));
    }
    return text.toString();
  }
}
