package dev.spoor.shipper;

import dev.spoor.telemetry.app.SettingFaults;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Settings below {@code spoor.shipper}.
 *
 * @param commitInterval what was read becomes durable and searchable so often; shorter costs disk
 *     writes
 * @param catchUpInterval the same while there is a backlog
 * @param maxUncommitted a commit comes at once when so many bytes were read since the last
 * @param maxRecord larger records are set aside
 * @param maxBackoff longest pause before a failing store is tried again
 * @param stopTimeout for the last commit when the process ends
 * @param searchTimeout for one search
 * @param searchesAtOnce further ones wait for a little, then get 503
 * @param maxTails live views at once
 * @param tailUnknownAfter how long a process that did not say goodbye may be silent before the
 *     audit says {@code tail_unknown}
 */
@ConfigurationProperties("spoor.shipper")
public record ShipperProperties(
    @DefaultValue("500ms") Duration commitInterval,
    @DefaultValue("2s") Duration catchUpInterval,
    @DefaultValue("32MB") DataSize maxUncommitted,
    @DefaultValue("1MB") DataSize maxRecord,
    @DefaultValue("5s") Duration maxBackoff,
    @DefaultValue("5s") Duration stopTimeout,
    @DefaultValue("5s") Duration searchTimeout,
    @DefaultValue("8") int searchesAtOnce,
    @DefaultValue("32") int maxTails,
    @DefaultValue("5m") Duration tailUnknownAfter) {
  public ShipperProperties {
    new SettingFaults("spoor.shipper.")
        .between("commit-interval", commitInterval, "10ms", "1m")
        .between("catch-up-interval", catchUpInterval, "10ms", "1m")
        .between("max-backoff", maxBackoff, "100ms", "10m")
        .between("stop-timeout", stopTimeout, "1s", "5m")
        .between("search-timeout", searchTimeout, "10ms", "5m")
        .between("tail-unknown-after", tailUnknownAfter, "10s", "365d")
        .between("max-uncommitted", maxUncommitted, "1MB", "1GB")
        .between("max-record", maxRecord, "1KB", "16MB")
        .between("searches-at-once", searchesAtOnce, 1, 1000)
        .between("max-tails", maxTails, 0, 10_000)
        .refuse();
  }
}
