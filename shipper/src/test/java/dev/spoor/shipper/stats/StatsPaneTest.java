package dev.spoor.shipper.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.contract.wire.Json;
import dev.spoor.store.SummaryKey;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class StatsPaneTest {
  private static final Instant NOW = Instant.parse("2026-11-26T10:30:00Z");
  private static final StatsSettings SETTINGS =
      new StatsSettings(Duration.ofHours(2), Duration.ofDays(90), 100);

  @Test
  void whatIsSplitOverPanesAndMergedIsWhatItWasTogether() throws Exception {
    long seed = Long.getLong("spoor.test.seed", 7);
    Random random = new Random(seed);
    StatsPane together = new StatsPane(1000);
    StatsPane[] apart = new StatsPane[5];
    Arrays.setAll(apart, _ -> new StatsPane(1000));
    double[] durations = new double[5_000];
    int failures = 0;
    for (int i = 0; i < durations.length; i++) {
      durations[i] = Math.exp(random.nextGaussian() * 2 + 3);
      boolean fails = random.nextInt(20) == 0;
      failures += fails ? 1 : 0;
      JsonNode record =
          record(
              Map.of(
                  "event",
                  fails ? "agent.execution.failed" : "agent.execution.completed",
                  "agent_id",
                  "analyst",
                  "duration_ms",
                  durations[i]));
      count(together, record);
      int part = random.nextInt(apart.length);
      count(apart[part], record);
      if (random.nextInt(100) == 0) {
        apart[part] = StatsPane.read(apart[part].write(), 1000);
      }
    }
    Cell merged = new Cell(Metric.AGENTS);
    for (StatsPane pane : apart) {
      pane.cells()
          .forEach((series, cell) -> {
            if (series.metric() == Metric.AGENTS) {
              merged.merge(cell);
            }
          });
    }
    Cell whole = only(together, Metric.AGENTS);
    assertThat(merged.count()).isEqualTo(durations.length).isEqualTo(whole.count());
    assertThat(merged.failures()).isEqualTo(failures);
    assertThat(merged.failureRatio()).isEqualTo((double) failures / durations.length);
    Arrays.sort(durations);
    for (double quantile : new double[] {0.5, 0.95, 0.99}) {
      double exact = durations[(int) (quantile * (durations.length - 1))];
      assertThat(merged.quantile(quantile))
          .as("quantile " + quantile)
          .isEqualTo(whole.quantile(quantile))
          .isBetween(exact * 0.99, exact * 1.01);
    }
  }

  @Test
  void whatDoesNotFitIsCountedAsOther() {
    StatsPane pane = new StatsPane(3);
    for (int i = 0; i < 10; i++) {
      count(pane, record(Map.of("event", "job.submitted", "flow_id", "flow-" + i)));
    }
    long submits = 0;
    long other = 0;
    for (Map.Entry<Series, Cell> entry : pane.cells().entrySet()) {
      if (entry.getKey().metric() == Metric.SUBMITS) {
        submits += entry.getValue().count();
        if (entry.getKey().value("flow_id").equals(Series.OTHER)) {
          other = entry.getValue().count();
        }
      }
    }
    assertThat(submits).isEqualTo(10);
    assertThat(other).isEqualTo(8);
    // Three, and the others of two metrics at most.
    assertThat(pane.cells()).hasSizeLessThanOrEqualTo(5);
  }

  @Test
  void absurdNumbersAreNoFigures() {
    StatsPane pane = new StatsPane(100);
    for (Object cost : List.of(-5, "12", new java.math.BigDecimal("1e999"), Map.of("a", 1))) {
      Map<String, Object> fields = new HashMap<>();
      fields.put("event", "llm.call.completed");
      fields.put("cost_usd", cost);
      fields.put("duration_ms", cost);
      count(pane, Json.tree(Json.write(fields)));
    }
    count(pane, record(Map.of("event", "llm.call.completed", "cost_usd", 0.25)));
    Cell cell = only(pane, Metric.LLM);
    assertThat(cell.count()).isEqualTo(5);
    assertThat(cell.sum(Metric.LLM.sums().indexOf("cost_usd"))).isEqualTo(0.25);
    assertThat(cell.quantile(0.5)).isNull();
  }

  @Test
  void aMetricThatThisVersionDoesNotKnowIsLeftOut() throws Exception {
    StatsPane pane = new StatsPane(100);
    count(pane, record(Map.of("event", "job.submitted", "flow_id", "echo")));
    byte[] bytes = pane.write();
    byte[] renamed =
        new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1)
            .replace("submits", "submitz")
            .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    assertThat(StatsPane.read(bytes, 100).cells().keySet())
        .extracting(Series::metric)
        .containsExactlyInAnyOrder(Metric.SUBMITS, Metric.RECORDS);
    assertThat(StatsPane.read(renamed, 100).cells().keySet())
        .extracting(Series::metric)
        .containsExactly(Metric.RECORDS);
    bytes[0] = 9;
    assertThatThrownBy(() -> StatsPane.read(bytes, 100))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("version 9");
    assertThatThrownBy(() -> StatsPane.read(Arrays.copyOf(pane.write(), 30), 100))
        .isInstanceOf(IOException.class);
  }

  @Test
  void aPartitionGoesOnFromWhatWasCommitted() throws Exception {
    Map<SummaryKey, byte[]> committed = new HashMap<>();
    JsonNode record = record(Map.of("event", "job.submitted", "flow_id", "echo"));
    PartitionStats first = new PartitionStats(committed::get, SETTINGS);
    first.add(record, NOW, NOW);
    committed.putAll(first.takeChanges());
    first.add(record, NOW, NOW);
    // Never committed: whoever comes next does not know of it.
    PartitionStats second = new PartitionStats(committed::get, SETTINGS);
    second.add(record, NOW, NOW);
    committed.putAll(second.takeChanges());
    assertThat(second.takeChanges()).isEmpty();
    assertThat(committed).hasSize(2);
    for (byte[] pane : committed.values()) {
      assertThat(only(StatsPane.read(pane, 100), Metric.SUBMITS).count()).isEqualTo(2);
    }
  }

  @Test
  void aLateRecordCountsForAsLongAsItsTimeIsKept() throws Exception {
    PartitionStats stats = new PartitionStats(_ -> null, SETTINGS);
    JsonNode record = record(Map.of("event", "log"));
    stats.add(record, NOW.minus(Duration.ofMinutes(119)), NOW);
    stats.add(record, NOW.minus(Duration.ofHours(3)), NOW);
    stats.add(record, NOW.minus(Duration.ofDays(91)), NOW);
    assertThat(stats.takeChanges().keySet())
        .containsExactlyInAnyOrder(
            new SummaryKey("minute", Instant.parse("2026-11-26T08:31:00Z")),
            new SummaryKey("hour", Instant.parse("2026-11-26T08:00:00Z")),
            new SummaryKey("hour", Instant.parse("2026-11-26T07:00:00Z")));
  }

  @Test
  void figuresThatCannotBeReadDoNotStopTheRecords() throws Exception {
    PartitionStats stats = new PartitionStats(_ -> new byte[] {42}, SETTINGS);
    stats.add(record(Map.of("event", "log")), NOW, NOW);
    assertThat(stats.takeChanges()).hasSize(2);
  }

  private static void count(StatsPane pane, JsonNode record) {
    for (Metric metric : Metric.of(record)) {
      Observation observation = metric.observe(record);
      if (observation != null) {
        pane.add(observation);
      }
    }
  }

  private static Cell only(StatsPane pane, Metric metric) {
    return pane.cells().entrySet().stream()
        .filter(entry -> entry.getKey().metric() == metric)
        .findFirst()
        .orElseThrow()
        .getValue();
  }

  private static JsonNode record(Map<String, ?> fields) {
    Map<String, Object> all = new LinkedHashMap<>(fields);
    all.putIfAbsent("level", "INFO");
    return Json.tree(Json.write(all));
  }
}
