package dev.spoor.worker.execution;

import dev.spoor.agent.AgentException;
import dev.spoor.contract.job.ErrorCategory;
import dev.spoor.contract.job.JobError;
import dev.spoor.contract.job.StepId;
import dev.spoor.telemetry.logging.ErrorCategories;
import dev.spoor.telemetry.redaction.Redactor;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong in a step, as the ledger is told.
 *
 * @param retryable whether another attempt may help
 * @param retryAfterMs milliseconds the other side asked to wait, 0 if it did not say
 */
record Fault(JobError error, boolean retryable, long retryAfterMs) {
  private static final int MAX_MESSAGE_LENGTH = 2_000;
  private static final Duration MAX_WAIT = Duration.ofDays(365);

  static Fault of(Throwable thrown, @Nullable StepId stepId, Redactor redactor) {
    String type = thrown.getClass().getName();
    String message = message(thrown, redactor);
    return switch (thrown) {
      case AgentException known ->
          new Fault(
              new JobError(message, type, known.category(), stepId),
              known.retryable(),
              millis(known.retryAfter()));
      default ->
          new Fault(new JobError(message, type, ErrorCategories.of(thrown), stepId), true, 0);
    };
  }

  /** A year stands for all that is longer: not every duration fits into milliseconds. */
  private static long millis(Duration wait) {
    return wait.compareTo(MAX_WAIT) > 0 ? MAX_WAIT.toMillis() : wait.toMillis();
  }

  /** The run was stopped from outside; the ledger is not told, since it knows. */
  static Fault stopped(@Nullable Halt halt, @Nullable StepId stepId) {
    String message = "stopped: " + (halt == null ? "interrupted" : halt.wireName());
    ErrorCategory category =
        halt == Halt.DEADLINE || halt == Halt.EXPIRED
            ? ErrorCategory.TIMEOUT
            : ErrorCategory.CANCELLED;
    return new Fault(
        new JobError(message, InterruptedException.class.getName(), category, stepId), true, 0);
  }

  private static String message(Throwable thrown, Redactor redactor) {
    String message = thrown.getMessage();
    String text = message == null ? thrown.getClass().getSimpleName() : message;
    String redacted = redactor.redact(text);
    return redacted.length() <= MAX_MESSAGE_LENGTH
        ? redacted
        : redacted.substring(0, MAX_MESSAGE_LENGTH) + "…";
  }
}
