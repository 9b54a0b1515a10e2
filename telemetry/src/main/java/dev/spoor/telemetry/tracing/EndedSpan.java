package dev.spoor.telemetry.tracing;

import dev.spoor.telemetry.correlation.TraceContext;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A piece of work that is over, as a tracing tool is told of it. Not redacted yet.
 *
 * @param name as few different ones as possible: no ids
 * @param trace its own ids and flags, those of its records
 * @param parentSpanId null if it is the first of its trace
 * @param startNanos when it began, by {@link System#nanoTime}
 * @param endNanos when it ended, by the same clock
 * @param attributes strings, numbers and booleans by their names
 * @param failure null if it went well
 */
public record EndedSpan(
    String name,
    Kind kind,
    TraceContext trace,
    @Nullable String parentSpanId,
    long startNanos,
    long endNanos,
    Map<String, Object> attributes,
    @Nullable Failure failure) {
  public EndedSpan {
    attributes = Map.copyOf(attributes);
  }

  /** Its place between processes. */
  public enum Kind {
    /** Answers a request. */
    SERVER,
    /** Waits for an answer of another system. */
    CLIENT,
    /** Works on what came through a queue. */
    CONSUMER,
    INTERNAL
  }

  /**
   * What went wrong.
   *
   * @param type the exception's class name, or another word of a closed set
   * @param message for a person; null if there is nothing to say
   * @param exception whether an exception was thrown
   */
  public record Failure(String type, @Nullable String message, boolean exception) {
    /** Of what was thrown. */
    public static Failure of(Throwable thrown) {
      return new Failure(thrown.getClass().getName(), thrown.getMessage(), true);
    }
  }
}
