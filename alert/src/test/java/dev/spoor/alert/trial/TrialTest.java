package dev.spoor.alert.trial;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.alert.rule.RuleFault;
import dev.spoor.alert.rule.RuleFile;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrialTest {
  private static final String FILE =
      """
      tests:
        - name: memory of a worker
          records:
            - every: 10s
              to: 5m
              record: {event: runtime.sample, instance: w-1, memory_ratio: 0.93, jobs_in_flight: 1}
          expect:
            - {at: 30s, rule: HighMemoryUsage, labels: {instance: w-1}, status: pending}
            - {at: 2m, rule: HighMemoryUsage, labels: {instance: w-1}, status: firing}
            - {at: 6m, rule: HighMemoryUsage, labels: {instance: w-1}, status: %s}
            - {at: 6m, rule: HighErrorRate, status: no_data}
      """;

  @Test
  void saysNothingWhereAllIsAsExpected() {
    TrialFile.Reading reading = TrialFile.read(FILE.formatted("no_data"));
    assertThat(reading.faults()).isEmpty();
    assertThat(reading.faultsWith(RuleFile.shipped())).isEmpty();
    assertThat(reading.trials().getFirst().run(RuleFile.shipped())).isEmpty();
  }

  @Test
  void saysWhatWasOtherwiseAndWhatHasFired() {
    assertThat(TrialFile.read(FILE.formatted("firing")).trials().getFirst().run(RuleFile.shipped()))
        .isEqualTo(
            List.of(
                "line 10: at 6m HighMemoryUsage {instance=w-1} is no_data, expected firing (value"
                    + " none of 0 records)",
                "  65s HighMemoryUsage {instance=w-1} firing: w-1 uses 93.0 % of its memory",
                "  320s HighMemoryUsage {instance=w-1} resolved: w-1 uses 93.0 % of its memory"));
  }

  @Test
  void allFaultsAreToldAtOnceWithTheirLines() {
    TrialFile.Reading reading =
        TrialFile.read(
            """
            tests:
              - name: x
                records:
                  - record: {instance: a}
                    evry: 1s
                expect:
                  - {at: soon, rule: A, status: on}
                  - {at: 5s, rule: HighMemoryUsage, status: firing}
                  - {at: 5s, rule: B, status: firing}
            """);
    assertThat(reading.faults())
        .extracting(RuleFault::toString)
        .containsExactly(
            "line 4 /tests/0/records/0/record/event: is missing",
            "line 5 /tests/0/records/0/evry: is not known here; known are every, from, record, to",
            "line 7 /tests/0/expect/0/at: is 'soon', expected a duration such as 30s or 5m",
            "line 7 /tests/0/expect/0/status: is 'on', expected one of inactive, pending, firing,"
                + " resolved, no_data, too_few_samples");
    assertThat(reading.faultsWith(RuleFile.shipped()))
        .extracting(RuleFault::detail)
        .satisfiesExactly(
            detail ->
                assertThat(detail).isEqualTo("HighMemoryUsage has the labels [instance], not []"),
            detail -> assertThat(detail).startsWith("names the rule B; there are [CostBudget, "));
  }
}
