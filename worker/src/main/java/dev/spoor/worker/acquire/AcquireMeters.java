package dev.spoor.worker.acquire;

import dev.spoor.contract.ledger.RefusalReason;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** What became of dispatches and claims. Thread-safe. */
final class AcquireMeters {
  private final Counter claimed;
  private final Counter claimFailed;
  private final Counter undecodable;
  private final Counter notAccepted;
  private final Counter granted;
  private final Counter handedBack;
  private final Counter timedOut;
  private final Map<RefusalReason, Counter> refused = new EnumMap<>(RefusalReason.class);

  AcquireMeters(MeterRegistry meters) {
    claimed = dispatches(meters, "claimed");
    claimFailed = dispatches(meters, "claim_failed");
    undecodable = dispatches(meters, "undecodable");
    notAccepted = dispatches(meters, "not_accepted");
    granted = claims(meters, "granted", "none");
    handedBack = claims(meters, "handed_back", "none");
    timedOut = claims(meters, "timed_out", "none");
    for (RefusalReason reason : RefusalReason.values()) {
      refused.put(reason, claims(meters, "refused", reason.name().toLowerCase(Locale.ROOT)));
    }
  }

  void claimed(int records) {
    claimed.increment(records);
  }

  void claimFailed() {
    claimFailed.increment();
  }

  void undecodable() {
    undecodable.increment();
  }

  void notAccepted(int records) {
    notAccepted.increment(records);
  }

  void granted() {
    granted.increment();
  }

  void handedBack() {
    handedBack.increment();
  }

  void timedOut() {
    timedOut.increment();
  }

  void refused(RefusalReason reason) {
    Counter counter = refused.get(reason);
    if (counter != null) {
      counter.increment();
    }
  }

  private static Counter dispatches(MeterRegistry meters, String result) {
    return Counter.builder("spoor.worker.dispatches")
        .description("Records taken from the queues, by what became of them")
        .tag("result", result)
        .register(meters);
  }

  private static Counter claims(MeterRegistry meters, String result, String reason) {
    return Counter.builder("spoor.worker.claims")
        .description("Claims, by the ledger's answer")
        .tag("result", result)
        .tag("reason", reason)
        .register(meters);
  }
}
