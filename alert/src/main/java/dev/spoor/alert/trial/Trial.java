package dev.spoor.alert.trial;

import dev.spoor.alert.evaluation.Alert;
import dev.spoor.alert.evaluation.AlertStatus;
import dev.spoor.alert.evaluation.Evaluator;
import dev.spoor.alert.evaluation.SeriesStatus;
import dev.spoor.alert.rule.Rules;
import dev.spoor.alert.rule.YamlMap;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * One test of a file: records at times, and what is to be at other times.
 *
 * @param series records, each repeated
 * @param expectations in any order
 */
public record Trial(String name, List<RecordSeries> series, List<Expectation> expectations) {
  /** All trials begin here, so that a failure looks the same every day. */
  public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  /** As the shipper evaluates unless it is told otherwise. */
  public static final Duration INTERVAL = Duration.ofSeconds(5);

  private static final int MAX_SERIES = 10_000;

  public Trial {
    series = List.copyOf(series);
    expectations = List.copyOf(expectations);
  }

  /** A record again and again: first at {@code from}, last before {@code to}. */
  public record RecordSeries(JsonNode fields, Duration from, Duration to, Duration every) {}

  /**
   * What is to be at a time, counted from the start.
   *
   * @param labels those of one series; empty for a rule that does not group
   * @param line in the file
   */
  public record Expectation(
      Duration at, String rule, Map<String, String> labels, AlertStatus status, int line) {
    public Expectation {
      labels = java.util.Collections.unmodifiableMap(new TreeMap<>(labels));
    }
  }

  private record Timed(Instant at, JsonNode fields) {}

  /**
   * Runs it.
   *
   * @return what was otherwise than expected, empty if nothing was
   */
  public List<String> run(Rules rules) {
    Evaluator evaluator = new Evaluator(rules, START, MAX_SERIES);
    List<Timed> records = new ArrayList<>();
    for (RecordSeries each : series) {
      for (Duration at = each.from(); at.compareTo(each.to()) < 0; at = at.plus(each.every())) {
        records.add(new Timed(START.plus(at), each.fields()));
      }
    }
    records.sort(Comparator.comparing(Timed::at));
    List<Expectation> waiting =
        expectations.stream().sorted(Comparator.comparing(Expectation::at)).toList();
    List<String> failures = new ArrayList<>();
    List<String> history = new ArrayList<>();
    int next = 0;
    for (Expectation expected : waiting) {
      Instant until = START.plus(expected.at());
      while (evaluator.at().isBefore(until)) {
        Instant step = evaluator.at().plus(INTERVAL);
        Instant to = step.isAfter(until) ? until : step;
        while (next < records.size() && !records.get(next).at().isAfter(to)) {
          evaluator.add(records.get(next).fields(), records.get(next).at());
          next++;
        }
        for (Alert alert : evaluator.evaluate(to)) {
          history.add(
              "  %s %s %s %s: %s"
                  .formatted(
                      YamlMap.shown(Duration.between(START, to)),
                      alert.rule(),
                      alert.labels(),
                      alert.status() == Alert.Status.RESOLVED ? "resolved" : "firing",
                      alert.summary()));
        }
      }
      SeriesStatus found =
          evaluator.status(expected.rule()).stream()
              .filter(each -> each.labels().equals(expected.labels()))
              .findFirst()
              .orElse(
                  new SeriesStatus(
                      expected.rule(), expected.labels(), AlertStatus.NO_DATA, null, 0));
      if (found.status() != expected.status()) {
        failures.add(
            "line %d: at %s %s %s is %s, expected %s (value %s of %d records)"
                .formatted(
                    expected.line(),
                    YamlMap.shown(expected.at()),
                    expected.rule(),
                    expected.labels(),
                    found.status().wireName(),
                    expected.status().wireName(),
                    found.value() == null ? "none" : found.value().toString(),
                    found.samples()));
      }
    }
    if (!failures.isEmpty()) {
      failures.addAll(history.isEmpty() ? List.of("  nothing has fired") : history);
    }
    return failures;
  }
}
