package dev.spoor.shipper.alerts;

import dev.spoor.alert.evaluation.Alert;
import dev.spoor.contract.wire.Json;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tells an Alertmanager by its API v2. An alert that fires is told again and again with an end a
 * little in the future, as Prometheus does, so that it ends by itself where nobody is left to
 * resolve it.
 */
final class AlertmanagerNotifier implements Notifier {
  /** Resends that may fail before Alertmanager thinks that it is over. */
  private static final int MISSED = 4;

  private static final Pattern NOT_IN_LABELS = Pattern.compile("[^a-zA-Z0-9_]");

  /** Their names are camelCase. */
  private static final JsonMapper MAPPER =
      Json.builder()
          .propertyNamingStrategy(tools.jackson.databind.PropertyNamingStrategies.LOWER_CAMEL_CASE)
          .build();

  private final String name;
  private final Posts posts;
  private final Clock clock;
  private final Duration resendInterval;

  AlertmanagerNotifier(URI base, Duration timeout, Duration resendInterval, Clock clock) {
    this.name =
        "alertmanager "
            + base.getHost()
            + (base.getPort() < 0 ? "" : ":" + base.getPort())
            + base.getPath();
    String address = base.toString();
    this.posts =
        new Posts(
            URI.create(
                (address.endsWith("/") ? address.substring(0, address.length() - 1) : address)
                    + "/api/v2/alerts"),
            timeout);
    this.clock = clock;
    this.resendInterval = resendInterval;
  }

  /** One element of the body of {@code POST /api/v2/alerts}. */
  private record Posted(
      Map<String, String> labels,
      Map<String, String> annotations,
      String startsAt,
      String endsAt) {}

  @Override
  public String name() {
    return name;
  }

  @Override
  public Duration resendInterval() {
    return resendInterval;
  }

  @Override
  public void tell(List<Alert> alerts) throws IOException, InterruptedException {
    posts.send(MAPPER.writeValueAsBytes(alerts.stream().map(this::posted).toList()));
  }

  private Posted posted(Alert alert) {
    Map<String, String> labels = new LinkedHashMap<>();
    alert
        .labels()
        .forEach((label, value) -> labels.put(NOT_IN_LABELS.matcher(label).replaceAll("_"), value));
    labels.put("alertname", alert.rule());
    labels.put("severity", alert.severity());
    labels.put("job", "spoor");
    Map<String, String> annotations = new LinkedHashMap<>();
    annotations.put("summary", alert.summary());
    annotations.put("value", Double.toString(alert.value()));
    if (!alert.runbook().isEmpty()) {
      annotations.put("runbook", alert.runbook());
    }
    Instant starts = alert.startsAt() == null ? alert.activeAt() : alert.startsAt();
    Instant ends =
        alert.endsAt() == null
            ? clock.instant().plus(resendInterval.multipliedBy(MISSED))
            : alert.endsAt();
    return new Posted(labels, annotations, starts.toString(), ends.toString());
  }
}
