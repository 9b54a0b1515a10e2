package dev.spoor.alert.evaluation;

import dev.spoor.alert.rule.Rule;
import dev.spoor.alert.rule.Rules;
import dev.spoor.contract.telemetry.Fields;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Takes records in any order and says, for a time, what is breached. Knows no clock: the time of a
 * record is the record's, the time of an evaluation is the caller's, and it never goes back. The
 * same records and times give the same alerts, with a snapshot and a restore at any point between.
 * Not thread-safe.
 *
 * <p>A record counts while a window that is still looked at holds its time, however late it comes.
 * The window that is open is evaluated with what it has so far; what comes later corrects it.
 */
public final class Evaluator {
  /** How many sources it remembers at most. */
  static final int MAX_SOURCES = 10_000;

  /** The shipper sets aside records of longer ones. */
  private static final int MAX_SOURCE = 200;

  /** Of a series, on average. */
  private static final int SERIES_BYTES = 16 * 1024;

  private static final int MIN_BYTES = 16 * 1024 * 1024;

  private static final Duration FORGET_SOURCES = Duration.ofHours(1);

  private final int maxSeries;
  private final Map<String, Tracker> trackers = new LinkedHashMap<>();
  private final Map<String, List<Tracker>> byEvent = new HashMap<>();

  /** Those first that have been silent for longest. */
  private final Map<String, Snapshot.SourceState> sources = new LinkedHashMap<>();

  private final List<Alert> orphans = new ArrayList<>();
  private Instant at;
  private long overflowed;
  private long late;
  private long forgotten;

  /**
   * @param at where its time begins
   * @param maxSeries of all rules together; a record that would make one more is counted instead,
   *     and so is one for which their panes have no room: 16 KiB a series, all together
   */
  public Evaluator(Rules rules, Instant at, int maxSeries) {
    this.at = at;
    this.maxSeries = maxSeries;
    Room room = new Room(Math.max(MIN_BYTES, (long) maxSeries * SERIES_BYTES));
    for (Rule rule : rules.all()) {
      Tracker tracker = new Tracker(rule, room);
      trackers.put(rule.name(), tracker);
      rule.metric()
          .events()
          .forEach(event -> byEvent.computeIfAbsent(event, _ -> new ArrayList<>()).add(tracker));
    }
  }

  /**
   * Goes on where another one was. What fires of a rule that is no more is resolved at the next
   * evaluation; a rule that measures something else than it did begins to measure anew.
   *
   * @throws IllegalArgumentException for a snapshot of another version
   */
  public static Evaluator restore(Rules rules, Snapshot snapshot, int maxSeries) {
    if (snapshot.version() != Snapshot.VERSION) {
      throw new IllegalArgumentException("a snapshot of version " + snapshot.version());
    }
    Evaluator evaluator = new Evaluator(rules, snapshot.at(), maxSeries);
    for (Snapshot.SeriesState state : snapshot.series()) {
      Tracker tracker = evaluator.trackers.get(state.rule());
      if (tracker != null && state.labels().keySet().equals(Set.copyOf(tracker.rule().groupBy()))) {
        tracker.restore(state);
      } else if (state.alert() != null) {
        evaluator.orphans.add(state.alert());
      }
    }
    snapshot.sources().entrySet().stream()
        .sorted(Comparator.comparingLong(source -> source.getValue().seenAt()))
        .forEach(source -> evaluator.sources.put(source.getKey(), source.getValue()));
    evaluator.overflowed = snapshot.overflowed();
    evaluator.late = snapshot.late();
    return evaluator;
  }

  public Snapshot snapshot() {
    List<Snapshot.SeriesState> series = new ArrayList<>();
    trackers.values().forEach(tracker -> tracker.states(series));
    return new Snapshot(Snapshot.VERSION, at, series, sources, overflowed, late);
  }

  /** Whether any rule looks at such records. */
  public boolean wants(String event) {
    return byEvent.containsKey(event);
  }

  /** The time of the last evaluation. */
  public Instant at() {
    return at;
  }

  /**
   * @param time of the record
   */
  public void add(JsonNode record, Instant time) {
    List<Tracker> interested = byEvent.get(record.path(Fields.EVENT).asString(""));
    if (interested == null || isKnown(record, time)) {
      return;
    }
    for (Tracker tracker : interested) {
      switch (tracker.add(
          record, time.toEpochMilli(), at.toEpochMilli(), maxSeries - seriesCount())) {
        case LATE -> late++;
        case OVERFLOW -> overflowed++;
        case YES, NOT_MINE -> {}
      }
    }
  }

  /** A source numbers its records, so one that is not beyond the last has been counted. */
  private boolean isKnown(JsonNode record, Instant time) {
    String source = record.path(Fields.SOURCE).asString("");
    long seq = record.path(Fields.SEQ).asLong(0);
    if (source.isEmpty() || source.length() > MAX_SOURCE || seq <= 0) {
      return false;
    }
    Snapshot.SourceState last = sources.remove(source);
    if (last != null && seq <= last.seq()) {
      sources.put(source, last);
      return true;
    }
    if (last == null && sources.size() >= MAX_SOURCES) {
      sources.remove(sources.keySet().iterator().next());
      forgotten++;
    }
    sources.put(
        source,
        new Snapshot.SourceState(
            seq, Math.max(time.toEpochMilli(), last == null ? 0 : last.seenAt())));
    return false;
  }

  /**
   * Moves the time on and says what has begun or ceased to fire by it. Does nothing for a time that
   * is not later than the last.
   */
  public List<Alert> evaluate(Instant now) {
    List<Alert> changed = new ArrayList<>();
    if (!now.isAfter(at)) {
      return changed;
    }
    at = now;
    trackers.values().forEach(tracker -> tracker.evaluate(now, changed));
    orphans.forEach(alert -> changed.add(alert.resolved(now)));
    orphans.clear();
    forgetSources();
    return changed;
  }

  private void forgetSources() {
    long before = at.minus(FORGET_SOURCES).toEpochMilli();
    sources.values().removeIf(state -> state.seenAt() < before);
  }

  /** Pending, firing and lately resolved. */
  public List<Alert> alerts() {
    List<Alert> all = new ArrayList<>();
    trackers.values().forEach(tracker -> tracker.alerts(all));
    return all;
  }

  /** All series of a rule, none for one that groups and has seen nothing. */
  public List<SeriesStatus> status(String rule) {
    Tracker tracker = trackers.get(rule);
    return tracker == null ? List.of() : tracker.shown();
  }

  /** The rules that it evaluates. */
  public Collection<Rule> rules() {
    return trackers.values().stream().map(Tracker::rule).toList();
  }

  public int seriesCount() {
    int count = 0;
    for (Tracker tracker : trackers.values()) {
      count += tracker.size();
    }
    return count;
  }

  /** Records that would have made one series too many, or larger panes than there is room for. */
  public long overflowed() {
    return overflowed;
  }

  /** How many sources it remembers the last record of. */
  public int sourceCount() {
    return sources.size();
  }

  /**
   * Sources that others took the place of before they were silent for an hour, since this evaluator
   * was made: a record of theirs that is read again counts again.
   */
  public long forgotten() {
    return forgotten;
  }

  /** Records that came when no window held their time any more. */
  public long late() {
    return late;
  }
}
