package dev.spoor.alert.evaluation;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.spoor.alert.rule.Rule;
import dev.spoor.alert.rule.Severity;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One alert, as notifiers get it and {@code GET /v1/alerts} shows it. Rule, labels and {@code
 * startsAt} say which one it is; the rest may change from one telling to the next.
 *
 * @param labels the values of the rule's {@code group_by}
 * @param activeAt first breach
 * @param startsAt when it began to fire; absent while it is pending
 * @param endsAt when it was resolved; absent before
 */
public record Alert(
    String rule,
    Map<String, String> labels,
    Status status,
    String severity,
    String summary,
    double value,
    Instant activeAt,
    @Nullable Instant startsAt,
    @Nullable Instant endsAt,
    String runbook) {
  public Alert {
    labels = Collections.unmodifiableMap(new TreeMap<>(labels));
  }

  /** What is told of an alert. */
  public enum Status {
    @JsonProperty("pending")
    PENDING,
    @JsonProperty("firing")
    FIRING,
    @JsonProperty("resolved")
    RESOLVED
  }

  /** Rule and labels, the same for all alerts of a series. */
  public String series() {
    return rule + labels;
  }

  /** The same alert, over. */
  Alert resolved(Instant at) {
    return new Alert(
        rule, labels, Status.RESOLVED, severity, summary, value, activeAt, startsAt, at, runbook);
  }

  static Alert of(
      Rule rule,
      Map<String, String> labels,
      Status status,
      double value,
      Instant activeAt,
      @Nullable Instant startsAt) {
    Severity severity = rule.severity();
    return new Alert(
        rule.name(),
        labels,
        status,
        severity.wireName(),
        rule.summaryOf(value, labels),
        value,
        activeAt,
        startsAt,
        null,
        rule.runbook());
  }
}
