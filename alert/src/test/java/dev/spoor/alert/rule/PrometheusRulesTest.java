package dev.spoor.alert.rule;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** That Prometheus takes the file, and finds what we find, is tested with a real one. */
class PrometheusRulesTest {
  @Test
  void writesThresholdSamplesAndWindowsOfARule() {
    RuleFile.Reading reading =
        RuleFile.read(
            """
            rules:
              - name: Pair
                metric: {count: {where: {event: job.dead}}}
                window: [1h, 5m]
                threshold: "> 0.144"
                for: 90s
                keep_firing_for: 2m
                min_samples: 10
                group_by: agent_id
                severity: critical
                unit: percent
                summary: '{{agent_id}}: "{{value}}"'
                runbook: here
                prometheus: sum by (agent_id) (rate(a{b="c"}[{{window}}]))
                prometheus_samples: increase(a[{{window}}])
              - name: Unmetered
                metric: {count: {where: {event: gap}}}
                window: 1m
                threshold: "> 1"
                severity: info
                summary: s
            """);
    assertThat(reading.faults()).isEmpty();
    assertThat(PrometheusRules.of(new Rules(reading.rules())))
        .endsWith(
            """
            groups:
              - name: spoor
                rules:
                  - alert: Pair
                    expr: "(sum by (agent_id) (rate(a{b=\\"c\\"}[1h]))) > 0.144 and (increase(a[1h])) >= 10 and (sum by (agent_id) (rate(a{b=\\"c\\"}[5m]))) > 0.144 and (increase(a[5m])) >= 10"
                    for: 90s
                    keep_firing_for: 2m
                    labels:
                      severity: critical
                    annotations:
                      summary: "{{ $labels.agent_id }}: \\"{{ $value | humanizePercentage }}\\""
                      runbook: "here"
                  # Unmetered is not here: no meter has what it measures.
            """);
  }
}
