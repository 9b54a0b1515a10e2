package dev.spoor.shipper.stats;

import dev.spoor.telemetry.app.SettingFaults;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings below {@code spoor.stats}.
 *
 * @param minuteRetention how long figures by the minute are kept
 * @param hourRetention how long figures by the hour are kept
 * @param maxSeries of all metrics together, in one minute or hour of one partition; what would make
 *     more is counted as {@code (other)}
 */
@ConfigurationProperties("spoor.stats")
public record StatsSettings(
    @DefaultValue("48h") Duration minuteRetention,
    @DefaultValue("90d") Duration hourRetention,
    @DefaultValue("2000") int maxSeries) {
  public StatsSettings {
    new SettingFaults("spoor.stats.")
        .between("minute-retention", minuteRetention, "2h", "31d")
        .between("hour-retention", hourRetention, "2h", "3650d")
        .between("max-series", maxSeries, 1, 100_000)
        .refuse();
  }

  /** How long figures of this resolution are kept. */
  public Duration retention(Resolution resolution) {
    return switch (resolution) {
      case MINUTE -> minuteRetention;
      case HOUR -> hourRetention;
    };
  }
}
