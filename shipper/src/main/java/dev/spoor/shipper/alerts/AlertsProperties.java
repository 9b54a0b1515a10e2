package dev.spoor.shipper.alerts;

import dev.spoor.telemetry.app.SettingFaults;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings below {@code spoor.alerts}.
 *
 * @param rulesFile rules of the user's own; empty for the shipped ones alone
 * @param webhookUrl who gets a text for each change; often a secret, so it is never printed
 * @param alertmanagerUrl bases of Alertmanagers, with commas between them; each gets everything
 * @param interval between two evaluations
 * @param resendInterval Alertmanager is told again so often what still fires
 * @param notifyTimeout for one call of a notifier
 * @param sessionTimeout how long a silent evaluator is waited for
 * @param maxSeries of all rules together; what would make more is counted and left out
 */
@ConfigurationProperties("spoor.alerts")
public record AlertsProperties(
    @DefaultValue("") String rulesFile,
    @DefaultValue("") String webhookUrl,
    @DefaultValue("") String alertmanagerUrl,
    @DefaultValue("5s") Duration interval,
    @DefaultValue("1m") Duration resendInterval,
    @DefaultValue("10s") Duration notifyTimeout,
    @DefaultValue("6s") Duration sessionTimeout,
    @DefaultValue("5000") int maxSeries) {
  public AlertsProperties {
    rulesFile = rulesFile.strip();
    webhookUrl = webhookUrl.strip();
    alertmanagerUrl = alertmanagerUrl.strip();
    SettingFaults faults =
        new SettingFaults("spoor.alerts.")
            .between("interval", interval, "100ms", "1m")
            .between("resend-interval", resendInterval, "1s", "1h")
            .between("notify-timeout", notifyTimeout, "100ms", "1m")
            .between("session-timeout", sessionTimeout, "1s", "5m")
            .between("max-series", maxSeries, 1, 100_000)
            .check(
                webhookUrl.isEmpty() || isHttp(webhookUrl),
                "webhook-url",
                "not shown",
                "an http:// or https:// address");
    for (String each : split(alertmanagerUrl)) {
      faults.check(isHttp(each), "alertmanager-url", "not shown", "http:// or https:// addresses");
    }
    faults.refuse();
  }

  List<URI> alertmanagers() {
    return split(alertmanagerUrl).stream().map(URI::create).toList();
  }

  private static List<String> split(String urls) {
    return Arrays.stream(urls.split(",", -1))
        .map(String::strip)
        .filter(url -> !url.isEmpty())
        .toList();
  }

  private static boolean isHttp(String url) {
    try {
      URI uri = URI.create(url);
      return uri.getHost() != null
          && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()));
    } catch (IllegalArgumentException notOne) {
      return false;
    }
  }

  /** Without the addresses: they may hold secrets. */
  @Override
  public String toString() {
    return "AlertsProperties[rulesFile=" + rulesFile + ", interval=" + interval + "]";
  }
}
