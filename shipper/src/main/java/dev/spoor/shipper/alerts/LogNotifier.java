package dev.spoor.shipper.alerts;

import dev.spoor.alert.evaluation.Alert;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the process's own log. */
final class LogNotifier implements Notifier {
  private static final Logger log = LoggerFactory.getLogger(LogNotifier.class);

  @Override
  public String name() {
    return "log";
  }

  @Override
  public void tell(List<Alert> alerts) {
    for (Alert alert : alerts) {
      switch (alert.status()) {
        case RESOLVED -> log.info("alert {} {} resolved", alert.rule(), alert.labels());
        case PENDING, FIRING ->
            log.warn(
                "alert {} {} firing, {}: {}; {}",
                alert.rule(),
                alert.labels(),
                alert.severity(),
                alert.summary(),
                alert.runbook());
      }
    }
  }
}
