package dev.spoor.shipper.stats;

import dev.spoor.store.SummaryKey;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Merges panes into the answer to one query. Not thread-safe. */
final class StatsReport {
  private static final MathContext DIGITS = new MathContext(10);

  private final StatsQuery query;
  private final Map<List<String>, Line> lines = new HashMap<>();
  private int unreadable;

  /** One series of the answer. */
  private static final class Line {
    final Cell total;
    final Map<Integer, Cell> points = new HashMap<>();

    Line(Metric metric) {
      total = new Cell(metric);
    }
  }

  StatsReport(StatsQuery query) {
    this.query = query;
  }

  /** Takes one pane of the store. */
  void add(SummaryKey key, byte[] bytes) {
    StatsPane pane;
    try {
      pane = StatsPane.read(bytes, Integer.MAX_VALUE, query.metric()::equals);
    } catch (IOException ofAnotherVersion) {
      unreadable++;
      return;
    }
    int point = query.point(key.start());
    pane.cells()
        .forEach((series, cell) -> {
          if (query.matches(series)) {
            Line line = lines.computeIfAbsent(query.group(series), _ -> new Line(query.metric()));
            line.total.merge(cell);
            line.points.computeIfAbsent(point, _ -> new Cell(query.metric())).merge(cell);
          }
        });
  }

  /**
   * The body of the answer.
   *
   * @param truncated whether there are more series than were asked for
   * @param unreadable stretches of time that another version has written; absent if none
   */
  record Body(
      String metric,
      List<String> by,
      Instant from,
      Instant to,
      long stepSeconds,
      List<SeriesBody> series,
      boolean truncated,
      @Nullable Integer unreadable) {}

  /**
   * One series.
   *
   * @param labels those that were asked for
   * @param total over all of the time
   * @param points one for each step, also where there was nothing
   */
  record SeriesBody(
      Map<String, String> labels, Map<String, Object> total, List<Map<String, Object>> points) {}

  Body body() {
    List<SeriesBody> series =
        lines.entrySet().stream()
            .sorted(
                Comparator.comparingLong(
                        (Map.Entry<List<String>, Line> line) -> -line.getValue().total.count())
                    .thenComparing(line -> line.getKey().toString()))
            .limit(query.limit())
            .map(line -> series(line.getKey(), line.getValue()))
            .toList();
    return new Body(
        query.metric().wireName(),
        query.by(),
        query.from(),
        query.until(),
        query.step().toSeconds(),
        series,
        lines.size() > query.limit(),
        unreadable == 0 ? null : unreadable);
  }

  private SeriesBody series(List<String> values, Line line) {
    Map<String, String> labels = new LinkedHashMap<>();
    for (int i = 0; i < values.size(); i++) {
      labels.put(query.by().get(i), values.get(i));
    }
    List<Map<String, Object>> points = new ArrayList<>();
    for (int i = 0; i < query.points(); i++) {
      Instant at = query.from().plus(query.step().multipliedBy(i));
      Map<String, Object> point = new LinkedHashMap<>();
      point.put("at", at);
      Cell cell = line.points.get(i);
      figures(cell == null ? new Cell(query.metric()) : cell, at, at.plus(query.step()), point);
      points.add(point);
    }
    Map<String, Object> total = new LinkedHashMap<>();
    figures(line.total, query.from(), query.until(), total);
    return new SeriesBody(labels, total, points);
  }

  private void figures(Cell cell, Instant from, Instant until, Map<String, Object> figures) {
    Metric metric = cell.metric();
    if (metric.isGauge()) {
      figures.put("samples", cell.count());
      put(figures, "mean", cell.mean());
      put(figures, "max", cell.quantile(1));
      return;
    }
    figures.put("count", cell.count());
    // The last step is not over yet: what there is of it counts.
    Instant end = until.isAfter(query.now()) ? query.now() : until;
    double seconds = Math.max(1, Duration.between(from, end).toMillis() / 1000.0);
    put(figures, "per_second", cell.count() / seconds);
    if (metric.isJudged()) {
      figures.put("failures", cell.failures());
      put(figures, "failure_ratio", cell.failureRatio());
    }
    if (metric.isTimed()) {
      put(figures, "mean_ms", cell.mean());
      put(figures, "p50_ms", cell.quantile(0.5));
      put(figures, "p95_ms", cell.quantile(0.95));
      put(figures, "p99_ms", cell.quantile(0.99));
    }
    for (int i = 0; i < metric.sumCount(); i++) {
      put(figures, metric.sums().get(i), cell.sum(i));
    }
  }

  private static void put(Map<String, Object> figures, String name, @Nullable Double value) {
    if (value != null) {
      // Sums of decimal fractions end in digits that nobody has measured.
      figures.put(name, new BigDecimal(value, DIGITS).stripTrailingZeros());
    }
  }
}
