package dev.spoor.alert.evaluation;

import dev.spoor.alert.rule.Metric;
import dev.spoor.alert.rule.Rule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** One rule and its series. Not thread-safe. */
final class Tracker {
  private static final int PANES = 30;
  private static final long MIN_PANE_MILLIS = 1_000;
  private static final long MAX_PANE_MILLIS = 60_000;
  private static final int MAX_LABEL = 200;

  /** Beyond this a sketch's index would no longer be exact, and no duration or cost is. */
  private static final double MAX_VALUE = 1e15;

  private final Rule rule;
  private final long paneMillis;
  private final long reachMillis;
  private final String fingerprint;
  private final Room room;
  private final Map<Map<String, String>, Series> series = new LinkedHashMap<>();

  /**
   * @param room for the panes of all rules
   */
  Tracker(Rule rule, Room room) {
    this.rule = rule;
    this.room = room;
    long shortest = rule.reach().stream().mapToLong(Duration::toMillis).min().orElse(0);
    // Whole seconds, so that a pane begins at the same time in every process.
    paneMillis = Math.clamp(shortest / PANES / 1000 * 1000, MIN_PANE_MILLIS, MAX_PANE_MILLIS);
    reachMillis = rule.reach().stream().mapToLong(Duration::toMillis).max().orElse(0);
    fingerprint =
        Integer.toHexString((rule.metric() + "/" + rule.groupBy() + "/" + paneMillis).hashCode());
    if (rule.groupBy().isEmpty()) {
      series.put(Map.of(), new Series(rule, Map.of(), paneMillis, room));
    }
  }

  Rule rule() {
    return rule;
  }

  int size() {
    return series.size();
  }

  void restore(Snapshot.SeriesState state) {
    if (state.labels().keySet().equals(java.util.Set.copyOf(rule.groupBy()))) {
      series.put(
          state.labels(),
          Series.of(rule, paneMillis, room, state, state.fingerprint().equals(fingerprint)));
    }
  }

  void states(List<Snapshot.SeriesState> all) {
    series.values().forEach(each -> all.add(each.state(fingerprint)));
  }

  /** What became of a record. */
  enum Taken {
    YES,
    NOT_MINE,
    LATE,
    OVERFLOW
  }

  /**
   * @param moreSeries how many there may be besides those that are
   */
  Taken add(JsonNode record, long atMillis, long nowMillis, int moreSeries) {
    boolean part = rule.metric() instanceof Metric.Ratio(var in, var _) && in.matches(record);
    boolean mine =
        switch (rule.metric()) {
          case Metric.Ratio(var _, var of) -> part || of.matches(record);
          case Metric.Quantile(var where, var _, var _) -> where.matches(record);
          case Metric.Latest(var where, var _, var _) -> where.matches(record);
          case Metric.Sum(var where, var _) -> where.matches(record);
          case Metric.Count(var where) -> where.matches(record);
        };
    if (!mine) {
      return Taken.NOT_MINE;
    }
    Double value = value(record);
    if (value == null) {
      return Taken.NOT_MINE;
    }
    if (atMillis < nowMillis - reachMillis - paneMillis) {
      return Taken.LATE;
    }
    Map<String, String> labels = labels(record);
    Series target = series.get(labels);
    if (target == null && moreSeries <= 0) {
      return Taken.OVERFLOW;
    }
    // Of what is counted in a pane that is there, only a sketch grows.
    boolean grows =
        target == null || rule.metric() instanceof Metric.Quantile || !target.hasPane(atMillis);
    if (grows && !room.isLeft(!labels.isEmpty())) {
      return Taken.OVERFLOW;
    }
    if (target == null) {
      target = new Series(rule, labels, paneMillis, room);
      series.put(labels, target);
    }
    target.change(
        atMillis,
        pane -> {
          switch (rule.metric()) {
            case Metric.Ratio _ -> {
              pane.count();
              if (part) {
                pane.countPart();
              }
            }
            case Metric.Quantile _ -> pane.sample(value);
            case Metric.Latest _ -> pane.latest(atMillis, value);
            case Metric.Sum _ -> pane.add(value);
            case Metric.Count _ -> pane.count();
          }
        });
    return Taken.YES;
  }

  /** The number that counts; null where the record has none. */
  private @Nullable Double value(JsonNode record) {
    String field =
        switch (rule.metric()) {
          case Metric.Quantile quantile -> quantile.field();
          case Metric.Latest latest -> latest.field();
          case Metric.Sum sum -> sum.field();
          case Metric.Ratio _, Metric.Count _ -> "";
        };
    if (field.isEmpty()) {
      return 1.0;
    }
    JsonNode node = record.path(field);
    if (!node.isNumber()) {
      return null;
    }
    double value = node.doubleValue();
    return Math.abs(value) <= MAX_VALUE ? value : null;
  }

  private Map<String, String> labels(JsonNode record) {
    if (rule.groupBy().isEmpty()) {
      return Map.of();
    }
    Map<String, String> labels = new TreeMap<>();
    for (String field : rule.groupBy()) {
      JsonNode value = record.path(field);
      String text = value.isValueNode() && !value.isNull() ? value.asString() : "";
      labels.put(field, text.length() > MAX_LABEL ? text.substring(0, MAX_LABEL) : text);
    }
    return labels;
  }

  void evaluate(Instant at, List<Alert> changed) {
    List<Map<String, String>> over = new ArrayList<>();
    series.forEach((labels, each) -> {
      each.evaluate(at, changed);
      each.forgetBefore(at.toEpochMilli() - reachMillis);
      if (!labels.isEmpty() && each.isOver()) {
        over.add(labels);
      }
    });
    over.forEach(series::remove);
  }

  void alerts(List<Alert> all) {
    series.values().forEach(each -> each.alerts(all));
  }

  List<SeriesStatus> shown() {
    return series.values().stream().map(Series::shown).toList();
  }
}
