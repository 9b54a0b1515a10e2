package dev.spoor.shipper.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.access.Caller;
import dev.spoor.shipper.search.Searches;
import dev.spoor.store.lucene.LuceneStore;
import dev.spoor.telemetry.problem.ProblemException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatsControllerTest {
  private static final Instant NOW = Instant.parse("2026-11-26T10:30:15Z");

  @TempDir private Path dir;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          metric=jobs                              | PT1M  | 2026-11-26T09:30:00Z | 2026-11-26T10:31:00Z
          metric=jobs&step=5m                      | PT5M  | 2026-11-26T09:30:00Z | 2026-11-26T10:35:00Z
          metric=jobs&from=now-3h                  | PT5M  | 2026-11-26T07:30:00Z | 2026-11-26T10:35:00Z
          metric=jobs&from=now-24h                 | PT15M | 2026-11-25T10:30:00Z | 2026-11-26T10:45:00Z
          metric=jobs&from=now-3d                  | PT1H  | 2026-11-23T10:00:00Z | 2026-11-26T11:00:00Z
          metric=jobs&from=now-7d                  | PT6H  | 2026-11-19T06:00:00Z | 2026-11-26T12:00:00Z
          metric=jobs&from=now-90d                 | P1D  | 2026-08-28T00:00:00Z | 2026-11-27T00:00:00Z
          metric=jobs&from=now-2h&to=now-1h&step=PT1H | PT1H | 2026-11-26T08:00:00Z | 2026-11-26T10:00:00Z
          """)
  void theTimeIsWidenedToWholeSteps(String query, String step, String from, String until)
      throws Exception {
    StatsQuery read = read(query);
    assertThat(read.step()).isEqualTo(Duration.parse(step));
    assertThat(read.from()).isEqualTo(from);
    assertThat(read.until()).isEqualTo(until);
    assertThat(read.resolution())
        .isEqualTo(step.endsWith("M") ? Resolution.MINUTE : Resolution.HOUR);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          by=flow_id                               | metric | must be one of requests, submits, starts
          metric=nonsense                          | metric | must be one of
          metric=jobs&metric=llm                   | metric | must be one of
          metric=jobs&by=agent_id                  | by     | labels of jobs
          metric=jobs&by=flow_id,,tenant           | by     | labels of jobs
          metric=jobs&agent_id=x                   | agent_id | is not a parameter here
          metric=jobs&step=10s                     | step   | whole minutes
          metric=jobs&step=90s                     | step   | whole minutes
          metric=jobs&step=fast                    | step   | whole minutes
          metric=jobs&from=now-47h&step=1m         | step   | more than 1500 points
          metric=jobs&from=now-10d&step=15m        | step   | whole hours where from is more than 48 hours ago
          metric=jobs&from=now&to=now-1h           | from   | before to
          metric=jobs&from=yesterday               | from   | now-15m
          metric=jobs&limit=0                      | limit  | 1 to 1000
          """)
  void whatIsWrongIsNamed(String query, String parameter, String detail) {
    assertThatThrownBy(() -> read(query))
        .isInstanceOfSatisfying(
            ProblemException.class,
            refused ->
                assertThat(refused.problem().errors())
                    .anySatisfy(fault -> {
                      assertThat(fault.pointer()).isEqualTo(parameter);
                      assertThat(fault.detail()).contains(detail);
                    }));
  }

  @Test
  void labelsAreFilters() throws Exception {
    StatsQuery query = read("metric=llm&by=model,tenant&agent_id=analyst&flow_id=");
    assertThat(query.by()).containsExactly("model", "tenant");
    assertThat(query.filters()).containsEntry("agent_id", "analyst").containsEntry("flow_id", "");
  }

  private StatsQuery read(String query) throws Exception {
    Map<String, String[]> parameters = new LinkedHashMap<>();
    for (String each : query.split("&", -1)) {
      int equals = each.indexOf('=');
      parameters.merge(
          each.substring(0, equals),
          new String[] {each.substring(equals + 1)},
          (one, other) -> new String[] {one[0], other[0]});
    }
    try (LuceneStore store = LuceneStore.open(dir)) {
      return new StatsController(
              new Searches(store, Duration.ofSeconds(5), 1),
              new StatsSettings(Duration.ofDays(2), Duration.ofDays(90), 2000),
              Clock.systemUTC())
          .read(parameters, Caller.ANONYMOUS, NOW);
    }
  }
}
