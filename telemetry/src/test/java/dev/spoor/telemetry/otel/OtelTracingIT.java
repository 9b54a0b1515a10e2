package dev.spoor.telemetry.otel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.telemetry.GenAi;
import dev.spoor.telemetry.correlation.Correlation;
import dev.spoor.telemetry.correlation.TraceContext;
import dev.spoor.telemetry.redaction.Redactor;
import dev.spoor.telemetry.tracing.EndedSpan;
import dev.spoor.telemetry.tracing.EndedSpan.Failure;
import dev.spoor.telemetry.tracing.EndedSpan.Kind;
import dev.spoor.telemetry.tracing.SpanCounts;
import dev.spoor.testkit.FaultProxy;
import dev.spoor.testkit.OtlpReceiver;
import dev.spoor.testkit.OtlpReceiver.Received;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The SDK and its exporter against a receiver that speaks OTLP. */
@Timeout(60)
class OtelTracingIT {
  private static final Duration LIMIT = Duration.ofSeconds(2);

  private final SpanCounts counts = new SpanCounts();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private OtlpReceiver receiver;

  @BeforeEach
  void listen() {
    receiver = OtlpReceiver.start();
    counts.bindTo(meters);
  }

  @AfterEach
  void stopListening() {
    receiver.close();
  }

  private OtelTracing open(String endpoint) {
    return OtelTracing.open(
        new ExportSettings(endpoint, null, "worker", "worker-1", "1.2.3", "test"),
        counts,
        Redactor.standard());
  }

  private static EndedSpan span(
      TraceContext trace,
      @Nullable String parent,
      Map<String, Object> attributes,
      @Nullable Failure failure) {
    long now = System.nanoTime();
    return new EndedSpan(
        "chat m", Kind.CLIENT, trace, parent, now - 5_000_000, now, attributes, failure);
  }

  private Received exported(OtelTracing tracing, EndedSpan span) {
    tracing.ended(span);
    tracing.close(LIMIT);
    assertThat(receiver.spans()).hasSize(1);
    return receiver.spans().getFirst();
  }

  private double meter(String name, String... tags) {
    return meters.get(name).tags(tags).functionCounter().count();
  }

  @Test
  void aSpanHasItsRecordsIdsItsTimesAndItsProcess() {
    TraceContext parent = TraceContext.start();
    TraceContext trace = parent.child();
    Received came =
        exported(
            open(receiver.endpoint()),
            span(
                trace,
                parent.spanId(),
                Map.of(GenAi.USAGE_INPUT_TOKENS, 12L, GenAi.REQUEST_MODEL, "m", "spoor.hit", true),
                null));
    assertThat(came.traceId()).isEqualTo(trace.traceId());
    assertThat(came.spanId()).isEqualTo(trace.spanId());
    assertThat(came.parentSpanId()).isEqualTo(parent.spanId());
    assertThat(came.kind()).isEqualTo("SPAN_KIND_CLIENT");
    assertThat(came.isError()).isFalse();
    assertThat(came.endNanos() - came.startNanos()).isEqualTo(5_000_000);
    Instant end = Instant.EPOCH.plusNanos(came.endNanos());
    assertThat(end).isBetween(Instant.now().minusSeconds(30), Instant.now().plusMillis(100));
    assertThat(came.attributes())
        .isEqualTo(
            Map.of(
                "gen_ai.usage.input_tokens",
                "12",
                "gen_ai.request.model",
                "m",
                "spoor.hit",
                "true"));
    assertThat(came.resource())
        .containsEntry("service.name", "worker")
        .containsEntry("service.instance.id", "worker-1")
        .containsEntry("service.version", "1.2.3")
        .containsEntry("deployment.environment.name", "test")
        .containsEntry("telemetry.sdk.language", "java");
  }

  @Test
  void theFirstSpanOfATraceHasItsRecordsTraceIdToo() {
    OtelTracing tracing = open(receiver.endpoint());
    TraceContext trace = tracing.begin();
    assertThat(trace.isSampled()).isTrue();
    Received came = exported(tracing, span(trace, null, Map.of(), null));
    assertThat(came.traceId()).isEqualTo(trace.traceId());
    assertThat(came.spanId()).isEqualTo(trace.spanId());
    assertThat(came.parentSpanId()).isEmpty();
  }

  @Test
  void secretsInNamesAttributesAndMessagesDoNotLeave() {
    TraceContext trace = TraceContext.start();
    String secret = "hunter2Zq9";
    long now = System.nanoTime();
    Received came =
        exported(
            open(receiver.endpoint()),
            new EndedSpan(
                "GET /x?password=" + secret,
                Kind.SERVER,
                trace,
                null,
                now,
                now,
                Map.of(
                    "spoor.note",
                    "password=" + secret,
                    "spoor.api_key",
                    secret,
                    "spoor.session_id",
                    "s-1",
                    "spoor.tenant",
                    "acme"),
                Failure.of(new IllegalStateException("token=" + secret))));
    assertThat(came.toString()).doesNotContain(secret).contains("[REDACTED:");
    assertThat(came.isError()).isTrue();
    assertThat(came.attributes())
        .containsEntry("spoor.tenant", "acme")
        .containsEntry("spoor.session_id", "s-1")
        .containsEntry("error.type", "java.lang.IllegalStateException");
    assertThat(came.events().get("exception"))
        .containsEntry("exception.type", "java.lang.IllegalStateException")
        .containsEntry("exception.message", came.statusMessage());
  }

  @Test
  void longTextsAreCut() {
    Received came =
        exported(
            open(receiver.endpoint()),
            span(TraceContext.start(), null, Map.of("spoor.note", "x".repeat(100_000)), null));
    assertThat(came.attributes().get("spoor.note")).hasSizeLessThan(1_100);
  }

  @Test
  void aTraceThatTheCallerDoesNotSampleIsNotExported() {
    OtelTracing tracing = open(receiver.endpoint());
    TraceContext caller =
        TraceContext.parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").orElseThrow();
    TraceContext here = caller.child();
    try (var _ = Correlation.open(Correlation.fields(here, caller.spanId()))) {
      assertThat(Correlation.get(Fields.TRACE_FLAGS)).hasValue("00");
      tracing.endedHere("GET /", Kind.SERVER, 0, 1, Map.of(), null);
      try (var _ = Correlation.openChild()) {
        tracing.endedHere("job", Kind.CONSUMER, 0, 1, Map.of(), null);
      }
    }
    tracing.ended(span(TraceContext.start(), null, Map.of(), null));
    tracing.close(LIMIT);
    assertThat(receiver.spans()).hasSize(1).noneMatch(it -> it.traceId().equals(here.traceId()));
    assertThat(meter("spoor.tracing.ended")).isOne();
  }

  @Test
  void everySpanIsCountedOnceAlsoWhenTheQueueIsFull() {
    try (FaultProxy network = FaultProxy.before(receiver.port())) {
      OtelTracing tracing = open("http://127.0.0.1:" + network.port());
      network.blackHole();
      int spans = 20_000;
      long begin = System.nanoTime();
      for (int i = 0; i < spans; i++) {
        tracing.ended(span(TraceContext.start(), null, Map.of("spoor.note", "n"), null));
      }
      Duration took = Duration.ofNanos(System.nanoTime() - begin);
      assertThat(meter("spoor.tracing.ended")).isEqualTo(spans);
      assertThat(counts.inQueue()).isEqualTo(2048);
      assertThat(meter("spoor.tracing.dropped", "reason", "queue_full")).isEqualTo(spans - 2048);
      // Nobody waited for the collector; the time is what it takes to make them.
      assertThat(took).isLessThan(Duration.ofSeconds(5));
      network.heal();
      await().atMost(Duration.ofSeconds(30)).until(() -> counts.inQueue() == 0);
      tracing.close(LIMIT);
      assertThat(
              meter("spoor.tracing.exported")
                  + meter("spoor.tracing.dropped", "reason", "queue_full")
                  + meter("spoor.tracing.dropped", "reason", "not_sent"))
          .isEqualTo(spans);
      assertThat(receiver.spans()).hasSizeGreaterThanOrEqualTo(1);
    }
  }

  @Test
  void theEndDoesNotWaitForACollectorThatDoesNotAnswer() {
    try (FaultProxy network = FaultProxy.before(receiver.port())) {
      network.blackHole();
      OtelTracing tracing = open("http://127.0.0.1:" + network.port());
      tracing.ended(span(TraceContext.start(), null, Map.of(), null));
      long begin = System.nanoTime();
      tracing.close(Duration.ofMillis(500));
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(3));
      assertThat(counts.inQueue()).isOne();
    }
  }
}
