package dev.spoor.alert.rule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class RuleFileTest {
  @Test
  void theShippedRulesAreWhatTheDocsPromise() {
    Rules shipped = RuleFile.shipped();
    assertThat(shipped.all())
        .extracting(Rule::name)
        .containsExactly(
            "HighErrorRate",
            "HighP95Latency",
            "HighMemoryUsage",
            "HighAgentFailureRate",
            "QueueBacklog",
            "NoWorkers",
            "DeadLettersGrowing",
            "TelemetryLoss",
            "CostBudget",
            "JobFailureBudgetFast",
            "JobFailureBudgetSlow");
    assertThat(shipped.all().subList(0, 4))
        .extracting(
            rule -> rule.threshold().toString(),
            Rule::windows,
            Rule::hold,
            Rule::groupBy,
            Rule::severity)
        .containsExactly(
            tuple("> 0.05", List.of(Duration.ofMinutes(5)), 0, List.of(), Severity.CRITICAL),
            tuple("> 5000", List.of(Duration.ofMinutes(5)), 0, List.of(), Severity.WARNING),
            tuple("> 0.8", List.of(), 60, List.of("instance"), Severity.WARNING),
            tuple(
                "> 0.1",
                List.of(Duration.ofMinutes(5)),
                0,
                List.of("agent_id"),
                Severity.CRITICAL));
    assertThat(shipped.longestWindow()).isEqualTo(Duration.ofHours(6));
  }

  private static org.assertj.core.groups.Tuple tuple(
      String threshold,
      List<Duration> windows,
      int holdSeconds,
      List<String> groupBy,
      Severity severity) {
    return org.assertj.core.groups.Tuple.tuple(
        threshold, windows, Duration.ofSeconds(holdSeconds), groupBy, severity);
  }

  @Test
  void allFaultsAreToldAtOnceWithTheirLines() {
    RuleFile.Reading reading =
        RuleFile.read(
            """
            rules:
              - name: Bad Name
                metric:
                  ratio: {part: {event: a}}
                window: 5 minutes
                threshold: ">= 3"
                severity: fatal
                summary: "{{agent}} is bad"
              - name: Fine
                metric: {count: {where: {event: job.dead}}}
                window: 5m
                threshold: "> 3"
                severity: info
                summary: fine
              - name: Fine
                metric: {latest: {where: {event: [runtime.sample]}, field: threads}}
                window: 5m
                treshold: "> 3"
                min_samples: none
                severity: info
                summary: fine
              - name: Both
                metric: {count: {where: {event: x}}, sum: {where: {event: x}, field: y}}
                window: 1s
                threshold: "> 3"
                severity: info
                summary: fine
              - name: NoEvent
                metric: {quantile: {where: {status_code: {min: many}}, field: y, quantile: 95}}
                window: 1m
                threshold: "> 3"
                severity: info
                summary: fine
            """);
    assertThat(reading.rules()).extracting(Rule::name).containsExactly("Fine");
    assertThat(reading.faults())
        .extracting(RuleFault::toString)
        .containsExactly(
            "line 2 /rules/0/name: is 'Bad Name', expected letters, digits and _, 80 at most",
            "line 4 /rules/0/metric/ratio/of: is missing",
            "line 5 /rules/0/window: is '5 minutes', expected a duration such as 30s or 5m",
            "line 6 /rules/0/threshold: is '>= 3', expected '> NUMBER' or '< NUMBER'",
            "line 7 /rules/0/severity: is 'fatal', expected info, warning or critical",
            "line 8 /rules/0/summary: shows {{agent}}; it can show [value]",
            "line 15 /rules/2/name: 'Fine' is there twice",
            "line 15 /rules/2/threshold: is missing",
            "line 17 /rules/2/window: is not for latest, which looks at the newest value only",
            "line 18 /rules/2/treshold: is not known here; known are for, group_by,"
                + " keep_firing_for, metric, min_samples, name, prometheus, prometheus_samples,"
                + " runbook, severity, summary, threshold, unit, window",
            "line 19 /rules/2/min_samples: is 'none', expected a whole number from 1 to 1000000",
            "line 23 /rules/3/metric/: expected one of count, latest, quantile, ratio, sum",
            "line 24 /rules/3/window: is 1s, expected 10s to 1d",
            "line 29 /rules/4/metric/quantile/where/status_code/min: is 'many', expected a number",
            "line 29 /rules/4/metric/quantile/where/status_code: expected a value, a list of"
                + " values, {min: …, max: …} or {present: true}",
            "line 29 /rules/4/metric/quantile/where/event: must name one or more events",
            "line 29 /rules/4/metric/quantile/quantile: is 95.0, expected more than 0 and less"
                + " than 1");
  }

  @Test
  void whatIsNoYamlIsToldWithItsLine() {
    assertThat(RuleFile.read("rules:\n  - name: [\n").faults())
        .singleElement()
        .satisfies(fault -> {
          assertThat(fault.line()).isGreaterThan(1);
          assertThat(fault.detail()).startsWith("is no YAML: ");
        });
    assertThat(RuleFile.read("").faults()).isNotEmpty();
    assertThat(RuleFile.read("- a\n- b\n").faults()).isNotEmpty();
    assertThat(RuleFile.read("a: 1\na: 2\n").faults()).isNotEmpty();
    assertThat(RuleFile.read("disabled: [HighErorRate]\n").faults())
        .singleElement()
        .extracting(RuleFault::detail)
        .asString()
        .startsWith("names HighErorRate, which does not ship; there are [HighErrorRate, ");
  }

  @Test
  void aFileReplacesAddsAndTakesOut() {
    RuleFile.Reading reading =
        RuleFile.read(
            """
            disabled: [CostBudget]
            rules:
              - name: HighMemoryUsage
                metric: {latest: {where: {event: runtime.sample}, field: memory_ratio}}
                threshold: "> 0.9"
                severity: critical
                summary: much
              - name: Mine
                metric: {sum: {where: {event: tool.call.completed}, field: duration_ms}}
                window: [10m, 1m]
                threshold: "< 4"
                severity: info
                summary: "only {{value}}"
                unit: milliseconds
            """);
    assertThat(reading.faults()).isEmpty();
    Rules rules = reading.over(RuleFile.shipped());
    assertThat(rules.all()).hasSize(11);
    assertThat(rules.all())
        .extracting(Rule::name)
        .contains("Mine", "HighErrorRate")
        .doesNotContain("CostBudget");
    assertThat(rules.all())
        .filteredOn(rule -> rule.name().equals("HighMemoryUsage"))
        .singleElement()
        .extracting(rule -> rule.threshold().limit())
        .isEqualTo(0.9);
  }
}
