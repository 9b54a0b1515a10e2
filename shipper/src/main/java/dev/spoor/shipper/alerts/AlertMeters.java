package dev.spoor.shipper.alerts;

import dev.spoor.alert.evaluation.AlertStatus;
import dev.spoor.alert.evaluation.Evaluator;
import dev.spoor.alert.rule.Rule;
import dev.spoor.alert.rule.Rules;
import dev.spoor.telemetry.health.QueueLagGauges;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** How alerting itself does. A shipper that does not evaluate shows no alerts. */
final class AlertMeters {
  private static final List<AlertStatus> SHOWN =
      List.of(
          AlertStatus.PENDING,
          AlertStatus.FIRING,
          AlertStatus.NO_DATA,
          AlertStatus.TOO_FEW_SAMPLES);

  private final Timer evaluation;
  private final Counter unreadable;
  private final AtomicLong series = new AtomicLong();
  private final AtomicLong overflowed = new AtomicLong();
  private final AtomicLong late = new AtomicLong();
  private final AtomicLong sources = new AtomicLong();
  private final AtomicLong forgotten = new AtomicLong();
  private final AtomicLong stateSize = new AtomicLong();
  private final QueueLagGauges lag;

  AlertMeters(MeterRegistry registry, String group, Rules rules, Board board) {
    lag = new QueueLagGauges(registry, group);
    for (Rule rule : rules.all()) {
      for (AlertStatus status : SHOWN) {
        Gauge.builder("spoor.alerts", board, shown -> count(shown, rule.name(), status))
            .description("Series of a rule by state, on the shipper that evaluates")
            .tag("rule", rule.name())
            .tag("state", status.wireName())
            .tag("severity", rule.severity().wireName())
            .register(registry);
      }
    }
    evaluation =
        Timer.builder("spoor.alerts.evaluation")
            .description("One evaluation of all rules, with its commit")
            .register(registry);
    unreadable =
        Counter.builder("spoor.alerts.unreadable")
            .description("Records that no rule could look at")
            .register(registry);
    Gauge.builder("spoor.alerts.series", series, AtomicLong::get)
        .description("Series of all rules")
        .register(registry);
    Gauge.builder("spoor.alerts.overflowed", overflowed, AtomicLong::get)
        .description(
            "Records that would have made one series too many, or larger panes than there is room"
                + " for, since the state began")
        .register(registry);
    Gauge.builder("spoor.alerts.sources", sources, AtomicLong::get)
        .description("Sources whose last record is remembered, so that none counts twice")
        .register(registry);
    Gauge.builder("spoor.alerts.forgotten", forgotten, AtomicLong::get)
        .description("Sources that there was no room to remember for an hour, since taking over")
        .register(registry);
    Gauge.builder("spoor.alerts.state.size", stateSize, AtomicLong::get)
        .description("The state as it was last written, compressed")
        .baseUnit("bytes")
        .register(registry);
    Gauge.builder("spoor.alerts.late", late, AtomicLong::get)
        .description("Records that came after every window that holds them, since the state began")
        .register(registry);
  }

  private static double count(Board board, String rule, AlertStatus status) {
    Board.View view = board.view();
    if (!view.evaluating()) {
      return 0;
    }
    return view.byRule().getOrDefault(rule, List.of()).stream()
        .filter(each -> each.status() == status)
        .count();
  }

  void evaluated(long nanos, Evaluator evaluator) {
    evaluation.record(nanos, java.util.concurrent.TimeUnit.NANOSECONDS);
    series.set(evaluator.seriesCount());
    overflowed.set(evaluator.overflowed());
    late.set(evaluator.late());
    sources.set(evaluator.sourceCount());
    forgotten.set(evaluator.forgotten());
  }

  void stateSize(int bytes) {
    stateSize.set(bytes);
  }

  void unreadable() {
    unreadable.increment();
  }

  /** Unknown while somebody else reads. */
  QueueLagGauges lag() {
    return lag;
  }
}
