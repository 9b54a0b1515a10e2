package dev.spoor.shipper.stats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.wire.Json;
import dev.spoor.testkit.Golden;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Figures of a minute or an hour: weeks of them are kept, and read by later versions. */
class PaneGoldenTest {
  @Test
  void aPane() {
    StatsPane pane = new StatsPane(100);
    for (int i = 1; i <= 20; i++) {
      JsonNode record =
          Json.tree(
              Json.write(
                  Map.of(
                      "event",
                      i % 5 == 0 ? "llm.call.failed" : "llm.call.completed",
                      "level",
                      "INFO",
                      "agent_id",
                      "analyst",
                      "duration_ms",
                      10 * i,
                      "cost_usd",
                      0.5)));
      Observation observation = Metric.LLM.observe(record);
      assertThat(observation).isNotNull();
      pane.add(observation);
    }
    new Golden("summaries.pane")
        .isWritten(pane.write())
        .isRead(PaneGoldenTest::figures, figures(pane.write()));
    assertThat(figures(pane.write())).contains("20", "4");
  }

  private static List<String> figures(byte[] bytes) {
    try {
      Map.Entry<Series, Cell> only =
          StatsPane.read(bytes, 100).cells().entrySet().iterator().next();
      Cell cell = only.getValue();
      return List.of(
          only.getKey().toString(),
          Long.toString(cell.count()),
          Long.toString(cell.failures()),
          String.valueOf(cell.quantile(0.5)),
          Double.toString(cell.sum(Metric.LLM.sums().indexOf("cost_usd"))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
