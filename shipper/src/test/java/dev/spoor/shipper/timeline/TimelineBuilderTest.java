package dev.spoor.shipper.timeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.wire.Json;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class TimelineBuilderTest {
  private static final Instant T0 = Instant.parse("2026-11-24T10:00:00Z");

  private final List<JsonNode> records = new ArrayList<>();

  @Test
  void attemptsHoldStepsHoldCalls() {
    at(0, Map.of("event", "job.submitted", "attempt", 0, "flow_id", "review"));
    at(20, Map.of("event", "job.started", "attempt", 1, "worker_id", "w1", "queue_ms", 20));
    at(
        100,
        step(
            "agent.execution.failed",
            "analyst",
            1,
            70,
            Map.of("error", "no answer", "error_category", "timeout")));
    at(110, Map.of("event", "job.retried", "attempt", 1, "error", "no answer"));
    at(200, Map.of("event", "job.started", "attempt", 2, "worker_id", "w2"));
    at(210, step("agent.execution.started", "analyst", 2, null, Map.of()));
    at(
        250,
        step(
            "llm.call.completed",
            "analyst",
            2,
            30,
            Map.of(
                "gen_ai.request.model",
                "m",
                "gen_ai.usage.input_tokens",
                10,
                "gen_ai.usage.output_tokens",
                5,
                "cost_usd",
                0.25)));
    at(
        260,
        step(
            "llm.call.completed",
            "analyst",
            2,
            5,
            Map.of(
                "gen_ai.request.model",
                "m2",
                "gen_ai.usage.input_tokens",
                1,
                "gen_ai.usage.output_tokens",
                1)));
    at(
        265,
        step("memory.read", "analyst", 2, 1, Map.of("memory_scope", "session", "cache", "miss")));
    at(
        270,
        step(
            "tool.call.failed",
            "analyst",
            2,
            2,
            Map.of("gen_ai.tool.name", "search", "error", "down")));
    at(
        300,
        step(
            "agent.execution.completed",
            "analyst",
            2,
            90,
            Map.of("action", "default", "status", "success")));
    at(310, Map.of("event", "job.succeeded", "attempt", 2));
    Timeline timeline = TimelineBuilder.build("j", records, false);

    assertThat(timeline.status()).isEqualTo("succeeded");
    assertThat(timeline.complete()).isTrue();
    assertThat(timeline.durationMs()).isEqualTo(310.0);
    assertThat(timeline.queueMs()).isEqualTo(20.0);
    assertThat(timeline.inputTokens()).isEqualTo(11);
    assertThat(timeline.costUsd()).isEqualByComparingTo(new BigDecimal("0.25"));
    assertThat(timeline.unpricedCalls()).isEqualTo(1);
    assertThat(timeline.events()).hasSize(5);
    assertThat(timeline.spans())
        .extracting(Span::name, Span::status, Span::offsetMs, Span::durationMs, Span::workerId)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("attempt 1", "failure", 20.0, 90.0, "w1"),
            org.assertj.core.groups.Tuple.tuple("attempt 2", "success", 200.0, 110.0, "w2"));
    Span failed = timeline.spans().getFirst().children().getFirst();
    assertThat(failed.offsetMs()).isEqualTo(30.0);
    assertThat(failed.error()).isEqualTo("no answer");
    Span step = timeline.spans().getLast().children().getFirst();
    assertThat(step.offsetMs()).isEqualTo(210.0);
    assertThat(step.durationMs()).isEqualTo(90.0);
    assertThat(step.children())
        .extracting(Span::kind, Span::name, Span::status, Span::offsetMs)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("llm_call", "m", "success", 220.0),
            org.assertj.core.groups.Tuple.tuple("llm_call", "m2", "success", 255.0),
            org.assertj.core.groups.Tuple.tuple("memory", "memory.read session", "success", 264.0),
            org.assertj.core.groups.Tuple.tuple("tool_call", "search", "failure", 268.0));
  }

  @Test
  void whatHasNoEndRunsOrWasInterrupted() {
    at(0, Map.of("event", "job.started", "attempt", 1));
    at(1, step("agent.execution.started", "a", 1, null, Map.of()));
    assertThat(
            TimelineBuilder.build("j", records, false)
                .spans()
                .getFirst()
                .children()
                .getFirst()
                .status())
        .isEqualTo("running");
    at(50, Map.of("event", "job.lease_lost", "attempt", 1));
    Timeline timeline = TimelineBuilder.build("j", records, false);
    assertThat(timeline.spans().getFirst().status()).isEqualTo("lease_lost");
    assertThat(timeline.spans().getFirst().children().getFirst().status()).isEqualTo("interrupted");
    assertThat(timeline.status()).isEqualTo("queued");
    assertThat(timeline.complete()).isFalse();
  }

  @Test
  void aJobThatNeverRanHasNoAttempts() {
    at(0, Map.of("event", "job.submitted"));
    at(5, Map.of("event", "job.cancelled", "attempt", 1));
    Timeline timeline = TimelineBuilder.build("j", records, false);
    assertThat(timeline.spans()).isEmpty();
    assertThat(timeline.complete()).isTrue();
    assertThat(timeline.status()).isEqualTo("cancelled");
  }

  private void at(long millis, Map<String, ?> fields) {
    Map<String, Object> all = new LinkedHashMap<>(fields);
    all.put("timestamp", T0.plusMillis(millis).toString());
    all.putIfAbsent("run_no", 1);
    records.add(Json.tree(Json.write(all)));
  }

  /** As a worker writes it: correlation fields are text. */
  private static Map<String, Object> step(
      String event,
      String step,
      int attempt,
      @org.jspecify.annotations.Nullable Integer durationMs,
      Map<String, ?> more) {
    Map<String, Object> all = new LinkedHashMap<>(more);
    all.put("event", event);
    all.put("step_id", step);
    all.put("iteration", "1");
    all.put("run_no", "1");
    all.put("attempt", Integer.toString(attempt));
    if (durationMs != null) {
      all.put("duration_ms", durationMs);
    }
    return all;
  }
}
