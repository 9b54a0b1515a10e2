package dev.spoor.shipper.alerts;

import dev.spoor.alert.evaluation.Alert;
import dev.spoor.alert.evaluation.Evaluator;
import dev.spoor.alert.evaluation.SeriesStatus;
import dev.spoor.alert.rule.Rule;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the last evaluation found, for whoever asks: here or, on a shipper that does not evaluate,
 * as the evaluating one has left it. Thread-safe.
 */
final class Board {
  private volatile View view = new View(null, false, List.of(), Map.of());

  /**
   * One evaluation.
   *
   * @param evaluatedAt absent before the first
   * @param evaluating whether this process did it
   */
  record View(
      @Nullable Instant evaluatedAt,
      boolean evaluating,
      List<Alert> alerts,
      Map<String, List<SeriesStatus>> byRule) {}

  void show(Evaluator evaluator, boolean evaluating) {
    Map<String, List<SeriesStatus>> byRule = new HashMap<>();
    for (Rule rule : evaluator.rules()) {
      byRule.put(rule.name(), evaluator.status(rule.name()));
    }
    view =
        new View(
            evaluator.at(), evaluating, List.copyOf(new ArrayList<>(evaluator.alerts())), byRule);
  }

  View view() {
    return view;
  }
}
