package dev.spoor.alert.evaluation;

import static dev.spoor.alert.evaluation.Emitted.agent;
import static dev.spoor.alert.evaluation.Emitted.at;
import static dev.spoor.alert.evaluation.Emitted.http;
import static dev.spoor.alert.evaluation.Emitted.memory;
import static dev.spoor.alert.evaluation.Emitted.record;
import static dev.spoor.alert.evaluation.Emitted.rules;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.alert.rule.RuleFile;
import dev.spoor.alert.rule.Rules;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class EvaluatorTest {
  private static final Rules SHIPPED = RuleFile.shipped();

  private Evaluator evaluator = new Evaluator(SHIPPED, at(0), 100);
  private final List<Alert> told = new ArrayList<>();
  private long seconds;

  /** Five seconds on, as often as it takes. */
  private List<Alert> until(long second) {
    List<Alert> changed = new ArrayList<>();
    while (seconds < second) {
      seconds = Math.min(second, seconds + 5);
      changed.addAll(evaluator.evaluate(at(seconds)));
    }
    told.addAll(changed);
    return changed;
  }

  private AlertStatus status(String rule) {
    List<SeriesStatus> series = evaluator.status(rule);
    return series.isEmpty() ? AlertStatus.NO_DATA : series.getFirst().status();
  }

  @Test
  void firesInTheWindowThatIsStillOpenAndResolvesOnASilentSystem() {
    for (int i = 0; i < 20; i++) {
      evaluator.add(http(i < 2 ? 500 : 200, 5), at(1));
    }
    Alert alert = until(5).getFirst();
    assertThat(alert.rule()).isEqualTo("HighErrorRate");
    assertThat(alert.status()).isEqualTo(Alert.Status.FIRING);
    assertThat(alert.startsAt()).isEqualTo(at(5));
    assertThat(alert.value()).isEqualTo(0.1);
    assertThat(alert.summary()).isEqualTo("10.0 % of HTTP requests failed in the last 5 minutes");
    // Nothing more is said: five minutes of window, a pane, and a minute of keep_firing_for.
    List<Alert> later = until(400);
    assertThat(later)
        .singleElement()
        .satisfies(over -> {
          assertThat(over.status()).isEqualTo(Alert.Status.RESOLVED);
          assertThat(over.startsAt()).isEqualTo(at(5));
          assertThat(over.endsAt()).isBetween(at(300 + 60), at(300 + 10 + 60 + 5));
        });
    assertThat(status("HighErrorRate")).isEqualTo(AlertStatus.NO_DATA);
  }

  @Test
  void anExceptionCountsLikeA5xxAndA4xxDoesNot() {
    for (int i = 0; i < 9; i++) {
      evaluator.add(http(404, 5), at(1));
    }
    evaluator.add(record(Map.of("event", "http.request.failed", "duration_ms", 4)), at(2));
    assertThat(until(5)).extracting(Alert::value).containsExactly(0.1);
  }

  @Test
  void theLimitItselfIsNoBreach() {
    for (int i = 0; i < 20; i++) {
      evaluator.add(http(i < 1 ? 500 : 200, 5), at(1));
    }
    assertThat(until(5)).isEmpty();
    assertThat(status("HighErrorRate")).isEqualTo(AlertStatus.INACTIVE);
  }

  @Test
  void missingDataAndTooFewSamplesAreStatesAndNotZero() {
    until(5);
    assertThat(status("HighErrorRate")).isEqualTo(AlertStatus.NO_DATA);
    for (int i = 0; i < 9; i++) {
      evaluator.add(http(500, 5), at(6));
    }
    assertThat(until(10)).isEmpty();
    assertThat(status("HighErrorRate")).isEqualTo(AlertStatus.TOO_FEW_SAMPLES);
    evaluator.add(http(500, 5), at(6));
    assertThat(until(15)).hasSize(1);
  }

  @Test
  void pendingFiresOnlyOnceItHasHeldAndIsDroppedSilentlyIfItStops() {
    for (int i = 1; i <= 4; i++) {
      evaluator.add(memory("a", 0.9), at(10L * i));
    }
    until(45);
    assertThat(told).isEmpty();
    assertThat(status("HighMemoryUsage")).isEqualTo(AlertStatus.PENDING);
    assertThat(evaluator.alerts())
        .singleElement()
        .satisfies(alert -> {
          assertThat(alert.status()).isEqualTo(Alert.Status.PENDING);
          assertThat(alert.activeAt()).isEqualTo(at(10));
          assertThat(alert.startsAt()).isNull();
        });
    evaluator.add(memory("a", 0.5), at(50));
    until(55);
    assertThat(status("HighMemoryUsage")).isEqualTo(AlertStatus.INACTIVE);
    for (int i = 6; i <= 20; i++) {
      evaluator.add(memory("a", 0.9), at(10L * i));
    }
    until(115);
    assertThat(told).isEmpty();
    until(120);
    assertThat(told)
        .singleElement()
        .satisfies(alert -> {
          assertThat(alert.activeAt()).isEqualTo(at(60));
          assertThat(alert.startsAt()).isEqualTo(at(120));
          assertThat(alert.labels()).isEqualTo(Map.of("instance", "a"));
          assertThat(alert.summary()).isEqualTo("a uses 90.0 % of its memory");
        });
  }

  @Test
  void aDeadInstancesMemoryDoesNotFireForEver() {
    for (int i = 0; i <= 12; i++) {
      evaluator.add(memory("dead", 0.85), at(10L * i));
      evaluator.add(memory("alive", 0.3), at(10L * i));
    }
    until(120);
    assertThat(told).extracting(Alert::status).containsExactly(Alert.Status.FIRING);
    until(145);
    assertThat(told).hasSize(1);
    until(150);
    assertThat(told)
        .extracting(Alert::status)
        .containsExactly(Alert.Status.FIRING, Alert.Status.RESOLVED);
    assertThat(told.getLast().endsAt()).isEqualTo(at(150));
    until(150 + 15 * 60 + 5);
    assertThat(evaluator.status("HighMemoryUsage")).as("nothing is left of it").isEmpty();
  }

  @Test
  void keepsFiringForAWhileAndABreachInBetweenIsTheSameAlert() {
    evaluator =
        new Evaluator(
            rules(
                """
                rules:
                  - name: R
                    metric: {latest: {where: {event: runtime.sample}, field: memory_ratio, every: 10s}}
                    threshold: "> 0.8"
                    keep_firing_for: 30s
                    severity: info
                    summary: s
                """),
            at(0),
            10);
    evaluator.add(memory("a", 0.9), at(5));
    until(5);
    evaluator.add(memory("a", 0.1), at(10));
    until(25);
    assertThat(told).hasSize(1);
    evaluator.add(memory("a", 0.9), at(30));
    until(30);
    evaluator.add(memory("a", 0.1), at(35));
    until(55);
    assertThat(told).hasSize(1);
    until(60);
    assertThat(told).extracting(Alert::startsAt).containsExactly(at(5), at(5));
    assertThat(told.getLast().endsAt()).isEqualTo(at(60));
  }

  @Test
  void lateRecordsCountInEveryWindowThatStillHoldsThem() {
    for (int i = 0; i < 10; i++) {
      evaluator.add(http(200, 5), at(100));
    }
    until(200);
    assertThat(told).isEmpty();
    for (int i = 0; i < 10; i++) {
      evaluator.add(http(500, 5), at(60));
    }
    assertThat(until(205)).extracting(Alert::value).containsExactly(0.5);
    // Minute 1 leaves the window; what came late goes with its own time and not with its arrival.
    until(375);
    assertThat(evaluator.status("HighErrorRate").getFirst().value()).isEqualTo(0.0);
    long before = evaluator.late();
    evaluator.add(http(500, 5), at(30));
    assertThat(evaluator.late()).isEqualTo(before + 2);
  }

  @Test
  void aRecordOfTheFutureWaitsForItsTime() {
    for (int i = 0; i < 10; i++) {
      evaluator.add(http(500, 5), at(100));
    }
    until(95);
    assertThat(told).isEmpty();
    until(100);
    assertThat(told).hasSize(1);
  }

  @Test
  void everyAgentIsASeriesOfItsOwnAndTheirNumberIsBounded() {
    evaluator = new Evaluator(rules(AGENTS), at(0), 3);
    for (int i = 0; i < 5; i++) {
      for (int n = 0; n < 5; n++) {
        evaluator.add(agent("agent-" + i, i < 2), at(1));
      }
    }
    assertThat(until(5))
        .extracting(Alert::labels)
        .containsExactlyInAnyOrder(Map.of("agent_id", "agent-0"), Map.of("agent_id", "agent-1"));
    assertThat(evaluator.seriesCount()).isEqualTo(3);
    assertThat(evaluator.overflowed()).isEqualTo(10);
  }

  private static final String AGENTS =
      """
      rules:
        - name: Agents
          metric:
            ratio:
              part: {event: agent.execution.failed}
              of: {event: [agent.execution.completed, agent.execution.failed]}
          window: 1m
          threshold: "> 0.1"
          min_samples: 5
          group_by: agent_id
          severity: info
          summary: "{{agent_id}}"
      """;

  @Test
  void bothWindowsOfAPairMustBeBreached() {
    for (int minute = 0; minute < 60; minute++) {
      for (int n = 0; n < 2; n++) {
        evaluator.add(record(Map.of("event", "job.succeeded")), at(60L * minute));
      }
    }
    for (int n = 0; n < 120; n++) {
      evaluator.add(record(Map.of("event", "job.failed")), at(1800));
    }
    until(1790);
    assertThat(told).isEmpty();
    until(1805);
    assertThat(told).extracting(Alert::rule).contains("JobFailureBudgetFast");
    // After five minutes it no longer burns, though the hour is still bad.
    until(1800 + 330);
    assertThat(told)
        .filteredOn(alert -> alert.rule().equals("JobFailureBudgetFast"))
        .extracting(Alert::status)
        .containsExactly(Alert.Status.FIRING, Alert.Status.RESOLVED);
    assertThat(evaluator.status("JobFailureBudgetFast").getFirst().value()).isGreaterThan(0.144);
  }

  @Test
  void noWorkersIsSeenByTheSamplesOfOthers() {
    for (int i = 0; i < 30; i++) {
      evaluator.add(record(Map.of("event", "runtime.sample", "queue_depth", 1)), at(10L * i));
      if (i < 6) {
        evaluator.add(record(Map.of("event", "runtime.sample", "jobs_in_flight", 0)), at(10L * i));
      }
    }
    until(100);
    assertThat(told).isEmpty();
    until(150);
    assertThat(told).extracting(Alert::rule).containsExactly("NoWorkers");
  }

  @Test
  void aRecordThatIsReadTwiceCountsOnce() {
    for (int n = 0; n < 3; n++) {
      for (int i = 1; i <= 5; i++) {
        evaluator.add(
            record(
                Map.of("event", "http.request.failed", "source", "s", "seq", i, "duration_ms", 1)),
            at(1));
      }
    }
    until(5);
    assertThat(evaluator.status("HighErrorRate").getFirst().samples()).isEqualTo(5);
  }

  private static JsonNode failed(String source, int seq) {
    return record(
        Map.of("event", "http.request.failed", "source", source, "seq", seq, "duration_ms", 1));
  }

  @Test
  void howManySourcesAreRememberedIsBoundedAtEveryMomentAndThoseSilentForLongestGo() {
    for (int i = 0; i < Evaluator.MAX_SOURCES; i++) {
      evaluator.add(failed("s" + i, 5), at(1));
    }
    // One of the oldest is heard of again, so it is not the next to go.
    evaluator.add(failed("s0", 6), at(1));
    evaluator.add(failed("new", 1), at(1));
    assertThat(evaluator.sourceCount()).isEqualTo(Evaluator.MAX_SOURCES);
    assertThat(evaluator.forgotten()).isEqualTo(1);
    evaluator.add(failed("s0", 6), at(1));
    evaluator.add(failed("new", 1), at(1));
    until(5);
    assertThat(evaluator.status("HighErrorRate").getFirst().samples())
        .isEqualTo(Evaluator.MAX_SOURCES + 2);
    // s1 is not known any more.
    evaluator.add(failed("s1", 5), at(1));
    until(10);
    assertThat(evaluator.status("HighErrorRate").getFirst().samples())
        .isEqualTo(Evaluator.MAX_SOURCES + 3);
  }

  @Test
  void afterARestoreTheSourceThatWasSilentForLongestStillGoesFirst() {
    for (int i = 0; i < Evaluator.MAX_SOURCES; i++) {
      evaluator.add(failed("s" + i, 5), at(i == 7 ? 1 : 2));
    }
    Evaluator restored = Evaluator.restore(SHIPPED, evaluator.snapshot(), 100);
    restored.add(failed("new", 1), at(3));
    assertThat(restored.snapshot().sources())
        .containsKeys("new", "s0", "s9999")
        .doesNotContainKey("s7");
  }

  @Test
  void aSourceIsForgottenAfterAnHourOfSilenceAndAnOverlongOneIsNeverRemembered() {
    evaluator.add(failed("s", 5), at(1));
    evaluator.add(failed("x".repeat(201), 5), at(1));
    assertThat(evaluator.sourceCount()).isEqualTo(1);
    until(3600);
    assertThat(evaluator.sourceCount()).isEqualTo(1);
    until(3605);
    assertThat(evaluator.sourceCount()).isZero();
    assertThat(evaluator.forgotten()).isZero();
  }

  @Test
  void whatPanesHoldIsBoundedAndAGroupedRuleDoesNotBlindTheOthers() {
    evaluator =
        new Evaluator(
            rules(
                """
                rules:
                  - name: ByAgent
                    metric: {count: {where: {event: tool.call.completed}}}
                    window: [1h, 10s]
                    threshold: "> 1000000"
                    group_by: agent_id
                    severity: info
                    summary: s
                  - name: All
                    metric: {quantile: {where: {event: tool.call.completed}, field: duration_ms, quantile: 0.5}}
                    window: 10s
                    threshold: "> 1000000"
                    severity: info
                    summary: s
                """),
            at(0),
            100);
    evaluator.evaluate(at(3600));
    // A pane a second and agent: 144,000 of 160 bytes, and there are 12 MiB for them.
    int records = 0;
    for (int agent = 0; agent < 40; agent++) {
      for (int second = 1; second <= 3600; second++) {
        evaluator.add(tool("a" + agent), at(second));
        records++;
      }
    }
    evaluator.evaluate(at(3601));
    long counted = evaluator.status("ByAgent").stream().mapToLong(SeriesStatus::samples).sum();
    assertThat(counted).isBetween(70_000L, 80_000L);
    assertThat(evaluator.overflowed()).isEqualTo(records - counted);
    assertThat(evaluator.status("All").getFirst().samples()).isEqualTo(40L * 10);
    // A pane that is there takes more of them, and what leaves the windows makes room.
    long before = evaluator.overflowed();
    evaluator.add(tool("a0"), at(3600));
    assertThat(evaluator.overflowed()).isEqualTo(before);
    evaluator.evaluate(at(3600 + 1800));
    for (int agent = 0; agent < 40; agent++) {
      evaluator.add(tool("a" + agent), at(3600 + 1800));
    }
    assertThat(evaluator.overflowed()).isEqualTo(before);
  }

  private static JsonNode tool(String agent) {
    return record(Map.of("event", "tool.call.completed", "agent_id", agent, "duration_ms", 1));
  }

  @Test
  void numbersThatAreNoneAreLeftOut() {
    evaluator.add(
        record(Map.of("event", "http.request.completed", "status_code", "x", "duration_ms", "y")),
        at(1));
    evaluator.add(http(200, 1e300), at(1));
    until(5);
    assertThat(evaluator.status("HighP95Latency").getFirst().samples()).isZero();
    assertThat(evaluator.status("HighErrorRate").getFirst().samples()).isEqualTo(2);
  }

  @Test
  void whatFiresOfARuleThatIsNoMoreIsResolved() {
    for (int i = 0; i < 20; i++) {
      evaluator.add(http(500, 5), at(1));
    }
    until(5);
    Snapshot snapshot = evaluator.snapshot();
    evaluator = Evaluator.restore(SHIPPED.without(List.of("HighErrorRate")), snapshot, 100);
    assertThat(until(10))
        .singleElement()
        .satisfies(alert -> {
          assertThat(alert.rule()).isEqualTo("HighErrorRate");
          assertThat(alert.status()).isEqualTo(Alert.Status.RESOLVED);
          assertThat(alert.startsAt()).isEqualTo(at(5));
        });
  }

  @Test
  void aNewThresholdKeepsWhatWasMeasured() {
    for (int i = 0; i < 20; i++) {
      evaluator.add(http(i < 2 ? 500 : 200, 5), at(1));
    }
    until(5);
    Rules higher =
        RuleFile.read(RuleFile.shippedText().replace("\"> 0.05\"", "\"> 0.2\""))
            .over(RuleFile.shipped());
    evaluator = Evaluator.restore(higher, evaluator.snapshot(), 100);
    until(10);
    assertThat(evaluator.status("HighErrorRate").getFirst().value()).isEqualTo(0.1);
  }

  @Test
  void timeDoesNotGoBack() {
    until(100);
    Instant reached = evaluator.at();
    assertThat(evaluator.evaluate(at(50))).isEmpty();
    assertThat(evaluator.at()).isEqualTo(reached);
  }

  @Test
  void aSnapshotOfAnotherVersionIsRefused() {
    Snapshot now = evaluator.snapshot();
    Snapshot other =
        new Snapshot(
            now.version() + 1, now.at(), now.series(), now.sources(), now.overflowed(), now.late());
    assertThatThrownBy(() -> Evaluator.restore(SHIPPED, other, 100))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("version");
  }
}
