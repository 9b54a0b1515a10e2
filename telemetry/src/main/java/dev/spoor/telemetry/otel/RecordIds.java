package dev.spoor.telemetry.otel;

import dev.spoor.telemetry.correlation.TraceContext;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.sdk.trace.IdGenerator;
import java.util.function.Supplier;

/** Gives a span that is made on this thread the ids that its records have. */
final class RecordIds implements IdGenerator {
  private static final ThreadLocal<TraceContext> GIVEN = new ThreadLocal<>();

  /** The span that the supplier makes has these ids. */
  Span with(TraceContext trace, Supplier<Span> made) {
    GIVEN.set(trace);
    try {
      return made.get();
    } finally {
      GIVEN.remove();
    }
  }

  @Override
  public String generateSpanId() {
    TraceContext trace = GIVEN.get();
    return trace == null ? IdGenerator.random().generateSpanId() : trace.spanId();
  }

  @Override
  public String generateTraceId() {
    TraceContext trace = GIVEN.get();
    return trace == null ? IdGenerator.random().generateTraceId() : trace.traceId();
  }
}
