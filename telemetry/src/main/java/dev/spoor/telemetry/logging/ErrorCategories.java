package dev.spoor.telemetry.logging;

import dev.spoor.contract.job.ErrorCategory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What kind of fault an exception is: the first rule that matches it or one of its causes, from the
 * outside in, and of each its class before its superclasses; else {@code internal}. For one class a
 * user's rules come before the built-in ones. Rules go by class name, so that no library need be
 * there. Thread-safe.
 */
public final class ErrorCategories {
  /** One line of the table: simple class names, or their ends, and what they mean. */
  public record Rule(String classNameEnd, ErrorCategory category) {
    public Rule {
      if (classNameEnd.isBlank()) {
        throw new IllegalArgumentException("classNameEnd must not be blank");
      }
    }
  }

  private static final int MAX_CAUSES = 16;

  private static final List<Rule> BUILT_IN =
      rules(
          Map.of(
              ErrorCategory.TIMEOUT,
              List.of(
                  "TimeoutException",
                  "TimeoutError",
                  "DeadlineExceededException",
                  "TimedOutException"),
              ErrorCategory.RATE_LIMITED,
              List.of(
                  "TooManyRequestsException",
                  "TooManyRequests",
                  "RateLimitException",
                  "RateLimitedException",
                  "ThrottlingException"),
              ErrorCategory.CANCELLED,
              List.of(
                  "CancellationException",
                  "CancelledException",
                  "InterruptedException",
                  "ClosedByInterruptException",
                  "InterruptedIOException"),
              ErrorCategory.BUDGET_EXCEEDED,
              List.of("BudgetExceededException", "BudgetExceeded"),
              ErrorCategory.PROVIDER,
              List.of(
                  "OpenAIException",
                  "AnthropicException",
                  "ModelException",
                  "NonTransientAiException",
                  "TransientAiException"),
              ErrorCategory.VALIDATION,
              List.of(
                  "IllegalArgumentException",
                  "ValidationException",
                  "ConstraintViolationException",
                  "MethodArgumentNotValidException",
                  "HttpMessageNotReadableException",
                  "NumberFormatException",
                  "DateTimeParseException",
                  "JacksonException",
                  "StreamReadException",
                  "DatabindException"),
              ErrorCategory.DEPENDENCY,
              List.of(
                  "IOException",
                  "UncheckedIOException",
                  "ConnectException",
                  "SocketException",
                  "UnknownHostException",
                  "SSLException",
                  "SQLException",
                  "DataAccessException",
                  "KafkaException",
                  "RetriableException",
                  "ResourceAccessException")));

  private static final AtomicReference<List<Rule>> USERS = new AtomicReference<>(List.of());

  private ErrorCategories() {}

  /**
   * Gives this process rules of the user's own, in place of those it had: before the built-in ones,
   * in this order.
   */
  public static void extend(List<Rule> own) {
    USERS.set(List.copyOf(own));
  }

  public static ErrorCategory of(Throwable error) {
    Throwable at = error;
    for (int i = 0; i < MAX_CAUSES && at != null; i++) {
      Optional<ErrorCategory> category = match(at.getClass());
      if (category.isPresent()) {
        return category.get();
      }
      at = at.getCause();
    }
    return ErrorCategory.INTERNAL;
  }

  /** Superclasses count, the nearest first: a SocketTimeoutException is a timeout, no mere IO. */
  private static Optional<ErrorCategory> match(Class<?> type) {
    for (@Nullable Class<?> c = type; c != null && c != Throwable.class; c = c.getSuperclass()) {
      for (Rule rule : USERS.get()) {
        if (c.getName().endsWith(rule.classNameEnd())) {
          return Optional.of(rule.category());
        }
      }
      for (Rule rule : BUILT_IN) {
        if (c.getName().endsWith(rule.classNameEnd())) {
          return Optional.of(rule.category());
        }
      }
    }
    return Optional.empty();
  }

  /** The longest name first, so that the most special rule wins. */
  private static List<Rule> rules(Map<ErrorCategory, List<String>> table) {
    List<Rule> rules = new ArrayList<>();
    table.forEach((category, names) -> names.forEach(name -> rules.add(new Rule(name, category))));
    rules.sort((a, b) -> Integer.compare(b.classNameEnd().length(), a.classNameEnd().length()));
    return List.copyOf(rules);
  }
}
