package dev.spoor.shipper.alerts;

import dev.spoor.alert.evaluation.Alert;
import dev.spoor.contract.wire.Json;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Tells a webhook in the form that Slack, Mattermost and Rocket.Chat take: one text. */
final class WebhookNotifier implements Notifier {
  private final Posts posts;

  WebhookNotifier(URI url, Duration timeout) {
    this.posts = new Posts(url, timeout);
  }

  @Override
  public String name() {
    return "webhook";
  }

  @Override
  public void tell(List<Alert> alerts) throws IOException, InterruptedException {
    posts.send(Json.write(Map.of("text", text(alerts))));
  }

  static String text(List<Alert> alerts) {
    return alerts.stream().map(WebhookNotifier::line).collect(Collectors.joining("\n"));
  }

  private static String line(Alert alert) {
    String labels =
        alert.labels().isEmpty()
            ? ""
            : alert.labels().entrySet().stream()
                .map(label -> label.getKey() + "=" + label.getValue())
                .collect(Collectors.joining(", ", " (", ")"));
    String name = "*" + escaped(alert.rule() + labels) + "*";
    return switch (alert.status()) {
      case RESOLVED -> ":white_check_mark: resolved " + name + ", was " + escaped(alert.summary());
      case PENDING, FIRING ->
          (alert.severity().equals("critical") ? ":rotating_light: " : ":warning: ")
              + alert.severity()
              + " "
              + name
              + " "
              + escaped(alert.summary())
              + " since "
              + alert.startsAt()
              + (alert.runbook().isEmpty() ? "" : ", see " + escaped(alert.runbook()));
    };
  }

  /** Labels come from records: nobody is to be mentioned by one. */
  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
