package dev.spoor.alert.trial;

import dev.spoor.alert.evaluation.Alert;
import dev.spoor.alert.evaluation.Evaluator;
import dev.spoor.alert.rule.Rule;
import dev.spoor.alert.rule.Rules;
import dev.spoor.contract.telemetry.Fields;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What rules would have said of records that were kept: the evaluations that a shipper would have
 * made, one after the other. For one thread.
 */
public final class Replay {
  private final Evaluator evaluator;
  private final Instant from;
  private final Instant to;
  private final Instant begin;
  private final List<Alert> ended = new ArrayList<>();

  /**
   * @param maxSeries of all rules together
   */
  public Replay(Rules rules, Instant from, Instant to, int maxSeries) {
    this.from = from;
    this.to = to;
    Duration before = Duration.ZERO;
    for (Rule rule : rules.all()) {
      Duration reach = rule.reach().stream().max(Comparator.naturalOrder()).orElse(Duration.ZERO);
      Duration all = reach.plus(rule.hold()).plus(rule.keepFiringFor());
      before = all.compareTo(before) > 0 ? all : before;
    }
    this.begin = from.minus(before);
    this.evaluator = new Evaluator(rules, begin, maxSeries);
  }

  /**
   * Where records are to begin, so that windows are full and what fires at {@code from} is known:
   * earlier by window, {@code for} and {@code keep_firing_for}.
   */
  public Instant begin() {
    return begin;
  }

  /** The values of {@code event} that some rule looks at. */
  public static Set<String> events(Rules rules) {
    Set<String> events = new TreeSet<>();
    rules.all().forEach(rule -> events.addAll(rule.metric().events()));
    return events;
  }

  /**
   * @param record is each only once
   * @param time not before the last one's
   */
  public void add(JsonNode record, Instant time) {
    advance(time);
    if (record instanceof ObjectNode fields) {
      // A source's numbers show what came twice. Stored records do not, and here they come in the
      // order of their time, which need not be that of their numbers.
      ObjectNode unnumbered = fields.deepCopy();
      unnumbered.remove(Fields.SEQ);
      evaluator.add(unnumbered, time);
    }
  }

  /** Evaluates before a time: a record of just the time of an evaluation belongs to it. */
  private void advance(Instant time) {
    for (Instant step = evaluator.at().plus(Trial.INTERVAL);
        step.isBefore(time) && !step.isAfter(to);
        step = step.plus(Trial.INTERVAL)) {
      evaluate(step);
    }
  }

  private void evaluate(Instant step) {
    for (Alert alert : evaluator.evaluate(step)) {
      Instant endsAt = alert.endsAt();
      if (endsAt != null && !endsAt.isBefore(from)) {
        ended.add(alert);
      }
    }
  }

  /**
   * The alerts that fired at some time of the span, in the order in which they began; those that
   * still fire at its end have no end. To be called once, at the end.
   */
  public List<Alert> alerts() {
    advance(to);
    evaluate(to);
    List<Alert> all = new ArrayList<>(ended);
    evaluator.alerts().stream()
        .filter(alert -> alert.status() == Alert.Status.FIRING)
        .forEach(all::add);
    all.sort(
        Comparator.comparing(
                (Alert alert) -> alert.startsAt() == null ? alert.activeAt() : alert.startsAt())
            .thenComparing(Alert::series));
    return all;
  }

  /** Records that would have made one series too many: with any, the answer is not complete. */
  public long overflowed() {
    return evaluator.overflowed();
  }
}
