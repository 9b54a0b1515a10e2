package dev.spoor.alert.evaluation;

import static dev.spoor.alert.evaluation.Emitted.at;
import static dev.spoor.alert.evaluation.Emitted.http;
import static dev.spoor.alert.evaluation.Emitted.memory;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.alert.rule.RuleFile;
import dev.spoor.contract.wire.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * What a snapshot looks like on the topic; another process, a version ahead or behind, reads it.
 */
class SnapshotTest {
  private static Evaluator evaluator() {
    Evaluator evaluator = new Evaluator(RuleFile.shipped(), at(0), 100);
    for (int i = 0; i < 20; i++) {
      evaluator.add(http(i < 2 ? 500 : 200, 100 + i), at(1 + i));
    }
    for (int i = 0; i <= 3; i++) {
      evaluator.add(memory("one", 0.9), at(10L * i));
    }
    evaluator.add(
        Emitted.record(java.util.Map.of("event", "job.dead", "source", "ledger-0", "seq", 7)),
        at(3));
    evaluator.evaluate(at(5));
    evaluator.evaluate(at(30));
    return evaluator;
  }

  @Test
  void looksAsItAlwaysDid() throws IOException {
    assertThat(Json.tree(Json.write(evaluator().snapshot())).toPrettyString())
        .isEqualToNormalizingNewlines(golden().strip());
  }

  @Test
  void aSnapshotOfTheDayBeforeIsStillRead() throws IOException {
    Snapshot read = Json.read(golden().getBytes(StandardCharsets.UTF_8), Snapshot.class);
    Evaluator restored = Evaluator.restore(RuleFile.shipped(), read, 100);
    assertThat(restored.at()).isEqualTo(at(30));
    restored.evaluate(at(35));
    assertThat(restored.alerts())
        .extracting(Alert::rule)
        .containsExactlyInAnyOrder("HighErrorRate", "HighMemoryUsage", "DeadLettersGrowing");
    assertThat(restored.status("HighP95Latency").getFirst().value()).isBetween(116.0, 120.0);
  }

  private static String golden() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(SnapshotTest.class.getResourceAsStream("snapshot.json"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
