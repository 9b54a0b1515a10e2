package dev.spoor.shipper.alerts;

import dev.spoor.alert.rule.Rules;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.shipper.ingest.IntakeThread;
import dev.spoor.telemetry.app.KafkaHosts;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/** Runs the evaluation and its notifiers while the app runs. */
final class EvaluatorThread implements SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(EvaluatorThread.class);
  private static final Duration HOST_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration NOTIFIER_STOP_TIMEOUT = Duration.ofMillis(500);

  private final KafkaConnection kafka;
  private final Topics topics;
  private final Rules rules;
  private final List<Notifier> notifiers;
  private final Board board;
  private final AlertMeters meters;
  private final MeterRegistry registry;
  private final Clock clock;
  private final AlertsProperties properties;

  private final List<Delivery> deliveries = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private @Nullable EvaluatorLoop loop;
  private @Nullable Thread thread;

  EvaluatorThread(
      KafkaConnection kafka,
      Topics topics,
      Rules rules,
      List<Notifier> notifiers,
      Board board,
      AlertMeters meters,
      MeterRegistry registry,
      Clock clock,
      AlertsProperties properties) {
    this.kafka = kafka;
    this.topics = topics;
    this.rules = rules;
    this.notifiers = List.copyOf(notifiers);
    this.board = board;
    this.meters = meters;
    this.registry = registry;
    this.clock = clock;
    this.properties = properties;
  }

  @Override
  public synchronized void start() {
    if (thread != null) {
      return;
    }
    KafkaHosts.await(kafka, HOST_TIMEOUT);
    for (Notifier notifier : notifiers) {
      Delivery delivery = new Delivery(notifier, properties.sessionTimeout(), registry);
      deliveries.add(delivery);
      threads.add(Thread.ofPlatform().name("alerts-" + notifier.name()).daemon().start(delivery));
    }
    EvaluatorLoop begun =
        new EvaluatorLoop(
            new EvaluatorClients(kafka, topics, properties.sessionTimeout()),
            new Term.Office(
                topics,
                rules,
                List.copyOf(deliveries),
                board,
                meters,
                clock,
                properties.interval(),
                properties.sessionTimeout(),
                properties.maxSeries()));
    loop = begun;
    thread = Thread.ofPlatform().name("shipper-alerts").start(begun);
  }

  @Override
  public synchronized void stop() {
    EvaluatorLoop running = loop;
    Thread evaluating = thread;
    if (running == null || evaluating == null) {
      return;
    }
    running.stop();
    try {
      if (!evaluating.join(STOP_TIMEOUT)) {
        log.warn(
            "the evaluation of alerts did not stop in time; the next one begins from its state");
        evaluating.interrupt();
      }
      deliveries.forEach(Delivery::stop);
      for (Thread telling : threads) {
        // What it could not tell any more, a successor tells.
        if (!telling.join(NOTIFIER_STOP_TIMEOUT)) {
          telling.interrupt();
        }
      }
    } catch (InterruptedException stopNow) {
      Thread.currentThread().interrupt();
    }
    deliveries.clear();
    threads.clear();
    loop = null;
    thread = null;
  }

  @Override
  public synchronized boolean isRunning() {
    return thread != null && thread.isAlive();
  }

  /** Like the intake's: what the others of the process say at their end is still evaluated. */
  @Override
  public int getPhase() {
    return IntakeThread.PHASE;
  }
}
