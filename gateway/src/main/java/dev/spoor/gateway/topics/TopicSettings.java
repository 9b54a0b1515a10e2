package dev.spoor.gateway.topics;

import dev.spoor.contract.wire.Topics;
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
    if (!prefix.matches("[a-zA-Z0-9._-]{0,100}")) {
      throw new IllegalArgumentException(
          "spoor.topics.prefix must be letters, digits and ._- (100 at most)");
    }
    between("spoor.topics.partitions", partitions, 1, 1_000);
    between("spoor.topics.grants-partitions", grantsPartitions, 1, 1_000);
    between("spoor.topics.replication-factor", replicationFactor, 0, 100);
    if (retention.compareTo(Duration.ofHours(1)) < 0) {
      throw new IllegalArgumentException(
          "spoor.topics.retention is " + retention + "; expected an hour or more");
    }
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException(
          "spoor.topics.timeout is " + timeout + "; expected above 0");
    }
  }

  private static void between(String name, int value, int low, int high) {
    if (value < low || value > high) {
      throw new IllegalArgumentException(
          name + " is " + value + "; expected " + low + " to " + high);
    }
  }

  public Topics topics() {
    return new Topics(prefix);
  }
}
