package dev.spoor.telemetry.tracing;

import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.telemetry.SemConv;
import dev.spoor.telemetry.correlation.Correlation;
import dev.spoor.telemetry.correlation.TraceContext;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Takes spans that have ended. Thread-safe; no call waits for anybody or throws, whatever becomes
 * of the span.
 */
public interface Tracing {
  /** Wants no spans. */
  Tracing OFF =
      new Tracing() {
        @Override
        public boolean isOn() {
          return false;
        }

        @Override
        public TraceContext begin() {
          return TraceContext.start();
        }

        @Override
        public void ended(EndedSpan span) {}
      };

  /** What the records of a thread are about, as attributes of its spans: a closed set. */
  List<String> SHARED =
      List.of(
          Fields.REQUEST_ID,
          Fields.TENANT,
          Fields.SESSION_ID,
          Fields.JOB_ID,
          Fields.RUN_NO,
          Fields.FLOW_ID,
          Fields.ATTEMPT,
          Fields.STEP_ID,
          Fields.ITERATION,
          Fields.AGENT_ID,
          Fields.WORKER_ID);

  /** False: making spans is a waste. */
  boolean isOn();

  /** The first span of a trace that begins here; its flags say whether the trace is sampled. */
  TraceContext begin();

  /**
   * What a call to a program that is not ours carries as {@code traceparent}: the current thread's
   * span. Empty while tracing is off: then nobody could find its parent.
   */
  default Optional<TraceContext> outgoing() {
    return isOn() ? Correlation.trace() : Optional.empty();
  }

  /** Takes a span. */
  void ended(EndedSpan span);

  /**
   * Takes the span that the current thread's records are about: ids, and who and what it was for,
   * come from its correlation. Nothing without a trace.
   *
   * @param startNanos when it began, by {@link System#nanoTime}
   */
  default void endedHere(
      String name,
      EndedSpan.Kind kind,
      long startNanos,
      long endNanos,
      Map<String, Object> attributes,
      EndedSpan.@Nullable Failure failure) {
    TraceContext trace = isOn() ? Correlation.trace().orElse(null) : null;
    if (trace == null) {
      return;
    }
    Map<String, Object> all = new HashMap<>(attributes);
    for (String field : SHARED) {
      Correlation.get(field).ifPresent(value -> all.put(SemConv.OWN + field, value));
    }
    ended(
        new EndedSpan(
            name,
            kind,
            trace,
            Correlation.get(Fields.PARENT_SPAN_ID).orElse(null),
            startNanos,
            endNanos,
            all,
            failure));
  }
}
