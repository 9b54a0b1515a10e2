package dev.spoor.telemetry.correlation;

import dev.spoor.contract.telemetry.Fields;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * What the records of the current thread are about. The fields live in the MDC under their names in
 * {@link Fields}, so that every log call carries them; they do not follow a hand-over to another
 * thread by themselves: {@link #wrap(Runnable)} what is handed over.
 *
 * <pre>{@code
 * try (var _ = Correlation.open(Map.of(Fields.JOB_ID, id, Fields.FLOW_ID, flow))) {
 *   log.info("...");
 * }
 * }</pre>
 */
public final class Correlation {
  private Correlation() {}

  /** Ends what was opened. Close on the thread that opened it, in reverse order. */
  @FunctionalInterface
  public interface Scope extends AutoCloseable {
    @Override
    void close();
  }

  /** Sets one field until the scope is closed; null takes it away for that time. */
  public static Scope open(String field, @Nullable String value) {
    String before = MDC.get(field);
    set(field, value);
    return () -> set(field, before);
  }

  /** Sets fields until the scope is closed; then each has its earlier value again. */
  public static Scope open(Map<String, String> fields) {
    Map<String, @Nullable String> before = HashMap.newHashMap(fields.size());
    fields.forEach((field, value) -> {
      before.put(field, MDC.get(field));
      set(field, value);
    });
    return () -> before.forEach(Correlation::set);
  }

  /** Makes this the trace of the current thread: {@code trace_id} and {@code span_id}. */
  public static Scope open(TraceContext trace) {
    return open(Map.of(Fields.TRACE_ID, trace.traceId(), Fields.SPAN_ID, trace.spanId()));
  }

  /** The trace of the current thread, for a header to whoever is called next. */
  public static Optional<TraceContext> trace() {
    String traceId = MDC.get(Fields.TRACE_ID);
    String spanId = MDC.get(Fields.SPAN_ID);
    return traceId == null || spanId == null
        ? Optional.empty()
        : Optional.of(new TraceContext(traceId, spanId, 1));
  }

  /** The value of one field of the current thread. */
  public static Optional<String> get(String field) {
    return Optional.ofNullable(MDC.get(field));
  }

  /** A copy of all fields of the current thread. */
  public static Map<String, String> current() {
    Map<String, String> fields = MDC.getCopyOfContextMap();
    return fields == null ? Map.of() : Map.copyOf(fields);
  }

  /** The task with the fields that the current thread has now, wherever it runs. */
  public static Runnable wrap(Runnable task) {
    Map<String, String> fields = current();
    return () -> {
      try (Scope _ = replaceAll(fields)) {
        task.run();
      }
    };
  }

  /** The task with the fields that the current thread has now, wherever it runs. */
  public static <T extends @Nullable Object> Callable<T> wrap(Callable<T> task) {
    Map<String, String> fields = current();
    return () -> {
      try (Scope _ = replaceAll(fields)) {
        return task.call();
      }
    };
  }

  /** A pool's thread may carry fields of its own: they are put away, not mixed in. */
  private static Scope replaceAll(Map<String, String> fields) {
    Map<String, String> before = MDC.getCopyOfContextMap();
    MDC.setContextMap(fields);
    return () -> {
      if (before == null) {
        MDC.clear();
      } else {
        MDC.setContextMap(before);
      }
    };
  }

  private static void set(String field, @Nullable String value) {
    if (value == null) {
      MDC.remove(field);
    } else {
      MDC.put(field, value);
    }
  }
}
