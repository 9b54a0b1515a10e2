package dev.spoor.agent;

import dev.spoor.contract.job.ErrorCategory;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A fault of which the thrower knows its kind and whether another attempt may help. Agents, models,
 * tools and memory throw it; the worker reports it to the ledger.
 */
public class AgentException extends RuntimeException {
  private final ErrorCategory category;
  private final boolean retryable;
  private final Duration retryAfter;

  /**
   * @param message one sentence for a person
   * @param retryable whether another attempt may succeed; false ends the job as {@code failed}
   */
  public AgentException(ErrorCategory category, boolean retryable, String message) {
    this(category, retryable, message, Duration.ZERO, null);
  }

  /**
   * @param retryAfter how long the other side asked to wait, zero if it did not say
   */
  public AgentException(
      ErrorCategory category,
      boolean retryable,
      String message,
      Duration retryAfter,
      @Nullable Throwable cause) {
    super(message, cause);
    this.category = category;
    this.retryable = retryable;
    this.retryAfter = retryAfter.isNegative() ? Duration.ZERO : retryAfter;
  }

  public ErrorCategory category() {
    return category;
  }

  public boolean retryable() {
    return retryable;
  }

  public Duration retryAfter() {
    return retryAfter;
  }
}
