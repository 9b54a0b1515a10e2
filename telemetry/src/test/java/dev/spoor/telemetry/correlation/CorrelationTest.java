package dev.spoor.telemetry.correlation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.telemetry.Fields;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

class CorrelationTest {
  @AfterEach
  void clear() {
    MDC.clear();
  }

  @Test
  void restoresTheEarlierValueOfEachField() {
    try (var _ = Correlation.open(Fields.JOB_ID, "outer")) {
      try (var _ = Correlation.open(Map.of(Fields.JOB_ID, "inner", Fields.STEP_ID, "s"))) {
        assertThat(Correlation.current())
            .isEqualTo(Map.of(Fields.JOB_ID, "inner", Fields.STEP_ID, "s"));
      }
      assertThat(Correlation.current()).isEqualTo(Map.of(Fields.JOB_ID, "outer"));
    }
    assertThat(Correlation.current()).isEmpty();
  }

  @Test
  void takesAFieldAwayForAScope() {
    MDC.put(Fields.JOB_ID, "j");
    try (var _ = Correlation.open(Fields.JOB_ID, null)) {
      assertThat(Correlation.get(Fields.JOB_ID)).isEmpty();
    }
    assertThat(Correlation.get(Fields.JOB_ID)).hasValue("j");
  }

  @Test
  void aTraceCanBeHandedOn() {
    TraceContext trace = TraceContext.start();
    try (var _ = Correlation.open(trace)) {
      assertThat(Correlation.trace()).hasValue(trace);
    }
    assertThat(Correlation.trace()).isEmpty();
  }

  @Test
  void requestIdsOfCallersAreTakenOnlyIfWellFormed() {
    assertThat(RequestIds.parse("abc-1.2_3:4")).isPresent();
    for (String bad : new String[] {"", " ", "a\nb", "<script>", "ü", "x".repeat(129)}) {
      assertThat(RequestIds.parse(bad)).as(bad).isEmpty();
    }
    assertThat(RequestIds.parse(null)).isEmpty();
    assertThat(RequestIds.fresh()).isNotEqualTo(RequestIds.fresh());
  }

  @Test
  void aChildIsBelowTheSpanBeforeItForItsScope() {
    TraceContext trace = TraceContext.start();
    try (var _ = Correlation.open(trace)) {
      try (var _ = Correlation.openChild()) {
        assertThat(Correlation.get(Fields.PARENT_SPAN_ID)).hasValue(trace.spanId());
        assertThat(Correlation.get(Fields.TRACE_ID)).hasValue(trace.traceId());
        assertThat(Correlation.get(Fields.SPAN_ID))
            .hasValueSatisfying(id -> assertThat(id).isNotEqualTo(trace.spanId()));
      }
      assertThat(Correlation.trace()).hasValue(trace);
      assertThat(Correlation.get(Fields.PARENT_SPAN_ID)).isEmpty();
    }
  }

  @Test
  void withoutATraceThereIsNoChild() {
    try (var _ = Correlation.openChild()) {
      assertThat(Correlation.current()).isEmpty();
    }
  }

  @Test
  void flagsGoFromHeaderToHeader() {
    TraceContext caller =
        TraceContext.parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").orElseThrow();
    assertThat(caller.isSampled()).isFalse();
    try (var _ = Correlation.open(caller);
        var _ = Correlation.openChild()) {
      assertThat(Correlation.trace().orElseThrow().traceparent()).endsWith("-00");
    }
    // The ordinary case is no field.
    try (var _ = Correlation.open(TraceContext.start())) {
      assertThat(Correlation.get(Fields.TRACE_FLAGS)).isEmpty();
    }
  }
}
