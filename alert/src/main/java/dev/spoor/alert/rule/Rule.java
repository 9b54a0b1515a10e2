package dev.spoor.alert.rule;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One rule.
 *
 * @param name letters and digits; the alert's name wherever it goes
 * @param windows how far back it looks; with several it is breached only if it is in each of them.
 *     The value that is shown is the first one's. Empty for {@link Metric.Latest}, which has its
 *     own
 * @param hold how long a breach must hold before it fires: the file's {@code for}
 * @param keepFiringFor how long it goes on firing after the last breach
 * @param minSamples fewer records in a window are no ground for an alert
 * @param groupBy fields; each combination of their values is a series and an alert of its own
 * @param summary a sentence, with {@code {{value}}} and {@code {{field}}} of {@code groupBy}
 * @param runbook path or address of what to do, may be empty
 * @param prometheus the same metric in PromQL, without the threshold; null where no meter has it
 * @param prometheusSamples the number of its samples in PromQL, for {@code minSamples}
 */
public record Rule(
    String name,
    Metric metric,
    List<Duration> windows,
    Threshold threshold,
    Duration hold,
    Duration keepFiringFor,
    int minSamples,
    List<String> groupBy,
    Severity severity,
    Unit unit,
    String summary,
    String runbook,
    @Nullable String prometheus,
    @Nullable String prometheusSamples) {
  public Rule {
    windows = List.copyOf(windows);
    groupBy = List.copyOf(groupBy);
    if (windows.isEmpty() != (metric instanceof Metric.Latest)) {
      throw new IllegalArgumentException(name + ": a window is for every metric but latest");
    }
  }

  /** The windows, with that of {@link Metric.Latest}. */
  public List<Duration> reach() {
    return metric instanceof Metric.Latest latest ? List.of(latest.staleAfter()) : windows;
  }

  /** The summary of one alert. */
  public String summaryOf(double value, Map<String, String> labels) {
    String text = summary.replace("{{value}}", unit.show(value));
    for (Map.Entry<String, String> label : labels.entrySet()) {
      text = text.replace("{{" + label.getKey() + "}}", label.getValue());
    }
    return text;
  }
}
