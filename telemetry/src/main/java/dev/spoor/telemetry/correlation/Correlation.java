package dev.spoor.telemetry.correlation;

import dev.spoor.contract.telemetry.Fields;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * What the records of the current thread are about. The fields live in the MDC under their names in
 * {@link Fields}, so that every log call carries them; they do not follow a hand-over to another
 * thread by themselves: {@link LogContext} makes loggers, tasks and executors that do.
 *
 * <pre>{@code
 * try (var _ = Correlation.open(Map.of(Fields.JOB_ID, id, Fields.FLOW_ID, flow))) {
 *   log.info("...");
 * }
 * }</pre>
 */
public final class Correlation {
  private static final HexFormat HEX = HexFormat.of();

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

  /** Makes this the trace of the current thread. */
  public static Scope open(TraceContext trace) {
    return open(fields(trace, null));
  }

  /** A new span of the current thread's trace, below its present one; nothing without a trace. */
  public static Scope openChild() {
    Optional<TraceContext> parent = trace();
    if (parent.isEmpty()) {
      return () -> {};
    }
    return open(
        Map.of(
            Fields.SPAN_ID,
            parent.get().child().spanId(),
            Fields.PARENT_SPAN_ID,
            parent.get().spanId()));
  }

  /**
   * A span as fields.
   *
   * @param parentSpanId of the span that this one belongs to, null if it is the first of its trace
   */
  public static Map<String, String> fields(TraceContext span, @Nullable String parentSpanId) {
    Map<String, String> fields = HashMap.newHashMap(4);
    fields.put(Fields.TRACE_ID, span.traceId());
    fields.put(Fields.SPAN_ID, span.spanId());
    if (parentSpanId != null) {
      fields.put(Fields.PARENT_SPAN_ID, parentSpanId);
    }
    if (span.flags() != TraceContext.SAMPLED) {
      fields.put(Fields.TRACE_FLAGS, HEX.toHexDigits((byte) span.flags()));
    }
    return fields;
  }

  /** The trace of the current thread, for a header to whoever is called next. */
  public static Optional<TraceContext> trace() {
    String traceId = MDC.get(Fields.TRACE_ID);
    String spanId = MDC.get(Fields.SPAN_ID);
    if (traceId == null || spanId == null) {
      return Optional.empty();
    }
    String flags = MDC.get(Fields.TRACE_FLAGS);
    return Optional.of(
        new TraceContext(
            traceId,
            spanId,
            flags == null ? TraceContext.SAMPLED : HexFormat.fromHexDigits(flags)));
  }

  /** The value of one field of the current thread. */
  public static Optional<String> get(String field) {
    return Optional.ofNullable(MDC.get(field));
  }

  static @Nullable String valueOf(String field) {
    return MDC.get(field);
  }

  /** A copy of all fields of the current thread. */
  public static Map<String, String> current() {
    Map<String, String> fields = MDC.getCopyOfContextMap();
    return fields == null ? Map.of() : Map.copyOf(fields);
  }

  /** A pool's thread may carry fields of its own: they are put away, not mixed in. */
  static Scope replaceAll(Map<String, String> fields) {
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
