package dev.spoor.telemetry.redaction;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How often which rule hit; no part of what it hit. Belongs to one thread. */
public final class RedactionReport {
  private record Key(String rule, String kind) {}

  /**
   * @param count of secrets, not of characters
   */
  public record Line(String rule, String kind, long count) {}

  private final Map<Key, Long> counts =
      new TreeMap<>(Comparator.comparing(Key::rule).thenComparing(Key::kind));

  void add(List<Hit> hits) {
    for (Hit hit : hits) {
      counts.merge(new Key(hit.rule(), hit.kind()), 1L, Long::sum);
    }
  }

  /** By count, the most frequent first. */
  public List<Line> lines() {
    return counts.entrySet().stream()
        .map(entry -> new Line(entry.getKey().rule(), entry.getKey().kind(), entry.getValue()))
        .sorted(Comparator.comparingLong(Line::count).reversed())
        .toList();
  }

  /** All secrets. */
  public long total() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }
}
