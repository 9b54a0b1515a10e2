package dev.spoor.gateway.topics;

import dev.spoor.contract.wire.Topics;
import dev.spoor.telemetry.app.SettingFaults;
import dev.spoor.telemetry.logging.LogSettings;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The topics to be.
 *
 * @param prefix before every name
 * @param partitions of {@code ledger-in} and what belongs to it. Fixed once the topics are there:
 *     another count would send a job's later records to another partition
 * @param grantsPartitions of {@code grants}; each worker reads one
 * @param replicationFactor 0 takes three, or as many as there are brokers
 * @param retention of topics that are read soon and kept for a look back
 * @param timeout how long the cluster may take to answer at the start
 */
@ConfigurationProperties("spoor.topics")
public record TopicSettings(
    @DefaultValue("spoor.") String prefix,
    @DefaultValue("4") int partitions,
    @DefaultValue("8") int grantsPartitions,
    @DefaultValue("0") int replicationFactor,
    @DefaultValue("7d") Duration retention,
    @DefaultValue("60s") Duration timeout) {
  public TopicSettings {
    new SettingFaults("spoor.topics.")
        .check(
            prefix.matches("[a-zA-Z0-9._-]{0,100}"),
            "prefix",
            "'" + LogSettings.shown(prefix) + "'",
            "letters, digits and ._- (100 at most)")
        .between("partitions", partitions, 1, 1_000)
        .between("grants-partitions", grantsPartitions, 1, 1_000)
        .between("replication-factor", replicationFactor, 0, 100)
        .atLeast("retention", retention, "1h")
        .positive("timeout", timeout)
        .refuse();
  }

  public Topics topics() {
    return new Topics(prefix);
  }
}
