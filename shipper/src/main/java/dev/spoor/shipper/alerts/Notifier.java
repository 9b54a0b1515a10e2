package dev.spoor.shipper.alerts;

import dev.spoor.alert.evaluation.Alert;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Somebody who is told of alerts. Called by one thread of its own. */
interface Notifier {
  /** In logs, metrics and the stored state: without secrets, the same after a restart. */
  String name();

  /**
   * Tells of alerts that fire or are resolved. At least once: what may have arrived is told again.
   *
   * @throws IOException if they may not have arrived
   */
  void tell(List<Alert> alerts) throws IOException, InterruptedException;

  /** How long after which what still fires is told again; zero for never. */
  default Duration resendInterval() {
    return Duration.ZERO;
  }
}
