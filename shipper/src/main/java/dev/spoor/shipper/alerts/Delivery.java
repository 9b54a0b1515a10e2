package dev.spoor.shipper.alerts;

import dev.spoor.alert.evaluation.Alert;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings alerts to one notifier, on a thread of its own, so that one that hangs or is gone delays
 * nobody else.
 *
 * <p>There is no queue of messages that could overflow: it holds what is to be known, the alerts
 * that fire and those that were resolved lately, as the evaluation bounds them, and tells what the
 * notifier has not heard. So whatever still fires when the notifier is back is told; an alert that
 * came and went meanwhile is not, since there is nothing to do about it any more.
 */
final class Delivery implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(Delivery.class);

  private static final Duration FIRST_BACKOFF = Duration.ofMillis(500);
  private static final Duration MAX_BACKOFF = Duration.ofSeconds(30);
  private static final int MAX_AT_ONCE = 50;

  private final Notifier notifier;
  private final Duration validity;
  private final Counter delivered;
  private final Counter failed;

  /** Guarded by this. */
  private Map<String, Alert> wanted = Map.of();

  /** Guarded by this: what has arrived, and when, in nanoseconds. */
  private final Map<String, Long> told = new LinkedHashMap<>();

  /** Guarded by this: until when nobody else can have taken over, in nanoseconds. */
  private long inOfficeUntil = System.nanoTime();

  private boolean stopping;

  /**
   * @param validity how long it tells what it was last asked to, unless it hears that its process
   *     is still the one that evaluates. One that was frozen may wake up as the predecessor of
   *     another, and what it would tell then is no longer so.
   */
  Delivery(Notifier notifier, Duration validity, MeterRegistry registry) {
    this.notifier = notifier;
    this.validity = validity;
    delivered = counter(registry, "delivered");
    failed = counter(registry, "failed");
  }

  private Counter counter(MeterRegistry registry, String result) {
    return Counter.builder("spoor.alerts.notifications")
        .description("Changes of alerts that a notifier has taken, and calls of it that failed")
        .tag("notifier", notifier.name())
        .tag("result", result)
        .register(registry);
  }

  String name() {
    return notifier.name();
  }

  private static String change(Alert alert) {
    return alert.series() + "@" + alert.startsAt() + (isResolved(alert) ? " resolved" : "");
  }

  private static String firing(Alert alert) {
    return alert.series() + "@" + alert.startsAt();
  }

  private static boolean isResolved(Alert alert) {
    return alert.status() == Alert.Status.RESOLVED;
  }

  /** What the predecessor knows to have arrived. */
  synchronized void restore(Collection<String> changes) {
    told.clear();
    // When is not known: what is told again and again is told at once.
    changes.forEach(change -> told.put(change, System.nanoTime() - Long.MAX_VALUE / 2));
  }

  /** What has arrived, for a successor. */
  synchronized List<String> told() {
    return List.copyOf(new TreeSet<>(told.keySet()));
  }

  /** Everything that fires or was resolved lately, once it is committed. */
  synchronized void want(List<Alert> alerts) {
    Map<String, Alert> all = new LinkedHashMap<>();
    Set<String> changes = new TreeSet<>();
    for (Alert alert : alerts) {
      if (alert.status() != Alert.Status.PENDING) {
        all.put(change(alert), alert);
        changes.add(change(alert));
        changes.add(firing(alert));
      }
    }
    wanted = all;
    told.keySet().retainAll(changes);
    notifyAll();
  }

  /**
   * What was asked for last was still so at this moment.
   *
   * @param nanos of {@link System#nanoTime}; not of now, as the caller may have been frozen since
   */
  synchronized void inOfficeAt(long nanos) {
    inOfficeUntil = nanos + validity.toNanos();
  }

  synchronized void stop() {
    stopping = true;
    notifyAll();
  }

  @Override
  public void run() {
    Duration backoff = FIRST_BACKOFF;
    try {
      while (true) {
        List<Alert> due = awaitDue();
        if (due.isEmpty()) {
          return;
        }
        try {
          notifier.tell(due);
          arrived(due);
          backoff = FIRST_BACKOFF;
        } catch (IOException | RuntimeException notTold) {
          failed.increment();
          log.warn(
              "{} does not take alerts ({}); tried again in {} ms",
              notifier.name(),
              notTold.getMessage() == null ? notTold.toString() : notTold.getMessage(),
              backoff.toMillis());
          if (pause(backoff)) {
            return;
          }
          Duration doubled = backoff.multipliedBy(2);
          backoff = doubled.compareTo(MAX_BACKOFF) > 0 ? MAX_BACKOFF : doubled;
        }
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void arrived(List<Alert> alerts) {
    for (Alert alert : alerts) {
      told.put(change(alert), System.nanoTime());
      delivered.increment();
    }
  }

  /** Empty when it is time to stop. */
  private synchronized List<Alert> awaitDue() throws InterruptedException {
    while (!stopping) {
      List<Alert> due = due();
      if (!due.isEmpty()) {
        return due;
      }
      wait(1000);
    }
    return List.of();
  }

  private List<Alert> due() {
    List<Alert> due = new ArrayList<>();
    long now = System.nanoTime();
    if (now - inOfficeUntil > 0) {
      return due;
    }
    long resend = notifier.resendInterval().toNanos();
    wanted.forEach((change, alert) -> {
      if (due.size() >= MAX_AT_ONCE) {
        return;
      }
      Long last = told.get(change);
      boolean news = last == null && (!isResolved(alert) || told.containsKey(firing(alert)));
      boolean again = last != null && !isResolved(alert) && resend > 0 && now - last >= resend;
      if (news || again) {
        due.add(alert);
      }
    });
    return due;
  }

  /** Whether it is time to stop. */
  private synchronized boolean pause(Duration time) throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    while (!stopping && System.nanoTime() - end < 0) {
      wait(Math.max(1, (end - System.nanoTime()) / 1_000_000));
    }
    return stopping;
  }
}
