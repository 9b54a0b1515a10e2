package dev.spoor.alert.evaluation;

import dev.spoor.alert.rule.Metric;
import dev.spoor.alert.rule.Rule;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The panes of one rule for one set of labels, and the state of its alert. Not thread-safe. */
final class Series {
  /** How long a resolved alert is still shown. */
  static final Duration SHOW_RESOLVED = Duration.ofMinutes(15);

  private final Rule rule;
  private final Map<String, String> labels;
  private final long paneMillis;
  private final Room room;
  private final TreeMap<Long, Pane> panes = new TreeMap<>();

  private Measure measure = new Measure.NoData();
  private @Nullable Instant activeAt;
  private @Nullable Instant lastBreachAt;
  private @Nullable Alert alert;
  private @Nullable Alert resolved;

  Series(Rule rule, Map<String, String> labels, long paneMillis, Room room) {
    this.room = room;
    this.rule = rule;
    this.labels = labels;
    this.paneMillis = paneMillis;
  }

  /**
   * @param keepPanes false where the rule measures something else than when they were made
   */
  static Series of(
      Rule rule, long paneMillis, Room room, Snapshot.SeriesState state, boolean keepPanes) {
    Series series = new Series(rule, state.labels(), paneMillis, room);
    if (keepPanes) {
      for (Snapshot.PaneState each : state.panes()) {
        Pane pane = Pane.of(each);
        series.panes.put(each.start(), pane);
        room.take(pane.sizeBytes());
      }
    }
    series.activeAt = state.activeAt();
    series.lastBreachAt = state.lastBreachAt();
    series.alert = state.alert();
    series.resolved = state.resolved();
    return series;
  }

  Snapshot.SeriesState state(String fingerprint) {
    return new Snapshot.SeriesState(
        rule.name(),
        fingerprint,
        labels,
        activeAt,
        lastBreachAt,
        alert,
        resolved,
        panes.entrySet().stream().map(pane -> pane.getValue().state(pane.getKey())).toList());
  }

  boolean hasPane(long atMillis) {
    return panes.containsKey(startOf(atMillis));
  }

  /** Lets a record change the pane of its time, which is made if there is none. */
  void change(long atMillis, Consumer<Pane> change) {
    Pane pane = panes.get(startOf(atMillis));
    long before = 0;
    if (pane == null) {
      pane = new Pane();
      panes.put(startOf(atMillis), pane);
    } else {
      before = pane.sizeBytes();
    }
    change.accept(pane);
    room.take(pane.sizeBytes() - before);
  }

  private long startOf(long atMillis) {
    return Math.floorDiv(atMillis, paneMillis) * paneMillis;
  }

  /** Panes that no window will look at again go. */
  void forgetBefore(long millis) {
    Map<Long, Pane> old = panes.headMap(millis - paneMillis, true);
    old.values().forEach(pane -> room.take(-pane.sizeBytes()));
    old.clear();
  }

  boolean isOver() {
    return panes.isEmpty() && alert == null && resolved == null && activeAt == null;
  }

  Map<String, String> labels() {
    return labels;
  }

  private Measure measure(Duration window, long at) {
    // A pane that lies in the window with any part of it counts: a window is up to a pane longer
    // than it says, never shorter.
    Pane all = new Pane();
    panes.subMap(at - window.toMillis() - paneMillis, false, at, true).values().forEach(all::merge);
    if (all.samples() == 0) {
      return new Measure.NoData();
    }
    if (all.samples() < rule.minSamples()) {
      return new Measure.TooFew(all.samples());
    }
    return switch (rule.metric()) {
      case Metric.Ratio _ -> new Measure.Value(all.ratio(), all.samples());
      case Metric.Quantile quantile ->
          new Measure.Value(all.quantile(quantile.quantile()), all.samples());
      case Metric.Sum _ -> new Measure.Value(all.sum(), all.samples());
      case Metric.Count _ -> new Measure.Value(all.samples(), all.samples());
      case Metric.Latest latest ->
          all.latestAt() <= at - latest.staleAfter().toMillis()
              ? new Measure.NoData()
              : new Measure.Value(all.latest(), all.samples());
    };
  }

  /** Adds to {@code changed} what begins or ceases to fire. */
  void evaluate(Instant at, List<Alert> changed) {
    boolean breached = true;
    Measure first = null;
    for (Duration window : rule.reach()) {
      Measure each = measure(window, at.toEpochMilli());
      first = first == null ? each : first;
      breached &=
          each instanceof Measure.Value(double value, long _)
              && rule.threshold().isBreachedBy(value);
    }
    measure = first == null ? new Measure.NoData() : first;
    if (resolved != null
        && resolved.endsAt() != null
        && !at.isBefore(resolved.endsAt().plus(SHOW_RESOLVED))) {
      resolved = null;
    }
    if (breached && measure instanceof Measure.Value(double value, long _)) {
      breach(at, value, changed);
    } else {
      calm(at, changed);
    }
  }

  private void breach(Instant at, double value, List<Alert> changed) {
    lastBreachAt = at;
    Alert firing = alert;
    if (firing != null) {
      alert =
          Alert.of(rule, labels, Alert.Status.FIRING, value, firing.activeAt(), firing.startsAt());
      return;
    }
    Instant since = activeAt == null ? at : activeAt;
    activeAt = since;
    if (!at.isBefore(since.plus(rule.hold()))) {
      Alert begun = Alert.of(rule, labels, Alert.Status.FIRING, value, since, at);
      alert = begun;
      changed.add(begun);
    }
  }

  private void calm(Instant at, List<Alert> changed) {
    Alert firing = alert;
    if (firing == null) {
      // A pending alert that stops is nobody's business.
      activeAt = null;
      return;
    }
    Instant last = lastBreachAt == null ? at : lastBreachAt;
    if (at.isBefore(last.plus(rule.keepFiringFor()))) {
      return;
    }
    Alert over = firing.resolved(at);
    alert = null;
    activeAt = null;
    resolved = over;
    changed.add(over);
  }

  AlertStatus status() {
    if (alert != null) {
      return AlertStatus.FIRING;
    }
    return switch (measure) {
      case Measure.Value _ when activeAt != null -> AlertStatus.PENDING;
      case Measure.Value _ -> resolved == null ? AlertStatus.INACTIVE : AlertStatus.RESOLVED;
      case Measure.TooFew _ -> AlertStatus.TOO_FEW_SAMPLES;
      case Measure.NoData _ -> AlertStatus.NO_DATA;
    };
  }

  SeriesStatus shown() {
    return switch (measure) {
      case Measure.Value(double value, long samples) ->
          new SeriesStatus(rule.name(), labels, status(), value, samples);
      case Measure.TooFew(long samples) ->
          new SeriesStatus(rule.name(), labels, status(), null, samples);
      case Measure.NoData _ -> new SeriesStatus(rule.name(), labels, status(), null, 0);
    };
  }

  /** Pending, firing and lately resolved alerts. */
  void alerts(List<Alert> all) {
    if (alert != null) {
      all.add(alert);
    } else if (activeAt != null && measure instanceof Measure.Value(double value, long _)) {
      all.add(Alert.of(rule, labels, Alert.Status.PENDING, value, activeAt, null));
    }
    if (resolved != null) {
      all.add(resolved);
    }
  }
}
