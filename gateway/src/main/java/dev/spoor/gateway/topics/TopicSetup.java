package dev.spoor.gateway.topics;

import dev.spoor.contract.job.Priority;
import dev.spoor.contract.wire.Topics;
import dev.spoor.telemetry.app.StartFailure;
import dev.spoor.telemetry.shipping.TopicWait;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * Creates what is missing and checks what is there. May be run by several gateways at once and as
 * often as one likes. Changes nothing that exists but the share group's configuration.
 */
public final class TopicSetup {
  private static final String MAX_MESSAGE_BYTES = Integer.toString(6 * 1024 * 1024);
  private static final Duration GRANTS_RETENTION = Duration.ofHours(6);

  private final TopicSettings settings;
  private final Topics topics;
  private final Admin admin;

  public TopicSetup(TopicSettings settings, Admin admin) {
    this.settings = settings;
    this.topics = settings.topics();
    this.admin = admin;
  }

  private record Wanted(String name, int partitions, Map<String, String> config) {}

  /**
   * Returns when every topic is there as it has to be, and the share group too.
   *
   * @throws IllegalStateException naming what does not fit and what to do
   */
  public void run() {
    List<Wanted> wanted = wanted();
    create(wanted);
    check(wanted);
    shareGroup();
  }

  private List<Wanted> wanted() {
    int n = settings.partitions();
    Map<String, String> kept = Map.of("retention.ms", millis(settings.retention()));
    Map<String, String> keptLarge = with(kept, "max.message.bytes", MAX_MESSAGE_BYTES);
    Map<String, String> compacted = Map.of("cleanup.policy", "compact");
    // Neither time nor size removes what was not read yet: the owner deletes what it has behind it.
    Map<String, String> untilRead = Map.of("retention.ms", "-1", "retention.bytes", "-1");
    List<Wanted> all = new ArrayList<>();
    all.add(
        new Wanted(
            topics.ledgerIn(),
            n,
            with(
                with(untilRead, "max.message.bytes", MAX_MESSAGE_BYTES),
                "message.timestamp.type",
                "LogAppendTime")));
    all.add(
        new Wanted(
            topics.ledgerState(),
            n,
            with(
                with(compacted, "max.message.bytes", MAX_MESSAGE_BYTES),
                "min.cleanable.dirty.ratio",
                "0.3")));
    for (Priority priority : Priority.values()) {
      // One partition: a share group divides partitions among its members, so with more of them a
      // job would wait at a full worker, or a dead one, while others are idle.
      all.add(new Wanted(topics.jobs(priority), 1, untilRead));
    }
    all.add(
        new Wanted(
            topics.grants(),
            settings.grantsPartitions(),
            Map.of(
                "retention.ms", millis(GRANTS_RETENTION), "max.message.bytes", MAX_MESSAGE_BYTES)));
    all.add(new Wanted(topics.jobUpdates(), n, kept));
    all.add(new Wanted(topics.telemetry(), n, keptLarge));
    all.add(new Wanted(topics.telemetryLedger(), n, kept));
    all.add(new Wanted(topics.queueStats(), 1, compacted));
    all.add(new Wanted(topics.flows(), 1, with(compacted, "max.message.bytes", MAX_MESSAGE_BYTES)));
    all.add(
        new Wanted(
            topics.telemetryDeadLetters(),
            1,
            Map.of("retention.ms", "-1", "max.message.bytes", MAX_MESSAGE_BYTES)));
    all.add(
        new Wanted(
            topics.ledgerDeadLetters(),
            1,
            Map.of("retention.ms", "-1", "max.message.bytes", MAX_MESSAGE_BYTES)));
    // Rewritten every few seconds and only its last record matters: small segments, so that the
    // cleaner gets at the rest.
    all.add(
        new Wanted(
            topics.alertsState(),
            1,
            Map.of(
                "cleanup.policy",
                "compact",
                "max.message.bytes",
                MAX_MESSAGE_BYTES,
                "segment.bytes",
                Integer.toString(16 * 1024 * 1024),
                "min.cleanable.dirty.ratio",
                "0.1")));
    // Labels come and go with instances, so what was not told again for long goes too.
    all.add(new Wanted(topics.alerts(), 1, with(kept, "cleanup.policy", "compact,delete")));
    return all;
  }

  private void create(List<Wanted> wanted) {
    int brokers = get(admin.describeCluster().nodes(), "the cluster's brokers").size();
    short replication =
        (short)
            (settings.replicationFactor() > 0
                ? settings.replicationFactor()
                : Math.min(3, brokers));
    Map<String, String> safe =
        replication >= 3 ? Map.of("min.insync.replicas", "2") : Map.of("min.insync.replicas", "1");
    List<NewTopic> missing = new ArrayList<>();
    var existing = get(admin.listTopics().names(), "the names of topics");
    for (Wanted topic : wanted) {
      if (!existing.contains(topic.name())) {
        Map<String, String> config = new HashMap<>(topic.config());
        config.putAll(safe);
        missing.add(
            new NewTopic(topic.name(), Optional.of(topic.partitions()), Optional.of(replication))
                .configs(config));
      }
    }
    admin
        .createTopics(missing)
        .values()
        .forEach((name, created) -> {
          try {
            get(created, "the creation of topic " + name);
          } catch (IllegalStateException e) {
            // Another gateway was first; what it made is checked like everything else.
            if (!(e.getCause() instanceof TopicExistsException)) {
              throw e;
            }
          }
        });
  }

  private void check(List<Wanted> wanted) {
    List<String> names = wanted.stream().map(Wanted::name).toList();
    Map<String, TopicDescription> described = describe(names);
    List<String> faults = new ArrayList<>();
    for (Wanted topic : wanted) {
      int partitions = Objects.requireNonNull(described.get(topic.name())).partitions().size();
      if (partitions != topic.partitions()) {
        faults.add(
            topic.partitions() == 1
                ? "topic " + topic.name() + " has " + partitions + " partitions and must have 1"
                : "topic "
                    + topic.name()
                    + " has "
                    + partitions
                    + " partitions and "
                    + topic.partitions()
                    + " are configured: partitions are fixed at creation, so set "
                    + (topic.name().equals(topics.grants())
                        ? "SPOOR_TOPICS_GRANTS_PARTITIONS"
                        : "SPOOR_TOPICS_PARTITIONS")
                    + " to "
                    + partitions);
      }
    }
    require(
        faults,
        topics.ledgerIn(),
        Map.of("message.timestamp.type", "LogAppendTime", "cleanup.policy", "delete"));
    require(faults, topics.ledgerState(), Map.of("cleanup.policy", "compact"));
    if (!faults.isEmpty()) {
      throw new StartFailure(String.join("; ", faults));
    }
  }

  /** A topic that was just created may not be known to every broker yet. */
  private Map<String, TopicDescription> describe(List<String> names) {
    try {
      return TopicWait.until(admin, names, settings.timeout(), _ -> {});
    } catch (org.apache.kafka.common.errors.TimeoutException e) {
      throw new StartFailure(
          "Kafka " + e.getMessage() + " " + settings.timeout() + " after the topics were created",
          e);
    }
  }

  private void require(List<String> faults, String topic, Map<String, String> required) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    Config config = configOf(resource);
    required.forEach((name, value) -> {
      ConfigEntry entry = config.get(name);
      if (entry == null || !value.equals(entry.value())) {
        faults.add(
            "topic "
                + topic
                + " has "
                + name
                + "="
                + (entry == null ? "nothing" : entry.value())
                + ": set it to "
                + value);
      }
    });
  }

  private void shareGroup() {
    Map<String, String> required = new LinkedHashMap<>();
    // The default loses what was queued before the first worker joined.
    required.put("share.auto.offset.reset", "earliest");
    // What the ledger has not committed must not be claimed.
    required.put("share.isolation.level", "read_committed");
    ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, topics.workersGroup());
    if (!missing(group, required).isEmpty()) {
      Collection<AlterConfigOp> ops =
          required.entrySet().stream()
              .map(entry ->
                  new AlterConfigOp(
                      new ConfigEntry(entry.getKey(), entry.getValue()), AlterConfigOp.OpType.SET))
              .toList();
      get(
          admin.incrementalAlterConfigs(Map.of(group, ops)).all(),
          "the configuration of share group " + topics.workersGroup());
    }
    long end = System.nanoTime() + settings.timeout().toNanos();
    while (!missing(group, required).isEmpty()) {
      if (System.nanoTime() > end) {
        throw new StartFailure(
            "share group "
                + topics.workersGroup()
                + " does not keep "
                + missing(group, required)
                + ": the brokers have to allow share groups (Kafka 4.2 or later)");
      }
      pause();
    }
  }

  private Map<String, String> missing(ConfigResource resource, Map<String, String> required) {
    Config config = configOf(resource);
    Map<String, String> missing = new LinkedHashMap<>();
    required.forEach((name, value) -> {
      ConfigEntry entry = config.get(name);
      if (entry == null || !value.equals(entry.value())) {
        missing.put(name, value);
      }
    });
    return missing;
  }

  private Config configOf(ConfigResource resource) {
    return Objects.requireNonNull(
        get(
                admin.describeConfigs(List.of(resource)).all(),
                "the configuration of " + resource.name())
            .get(resource));
  }

  private <T> T get(KafkaFuture<T> future, String what) {
    try {
      return future.get(settings.timeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new StartFailure("Kafka refused " + what + ": " + e.getMessage(), e.getCause());
    } catch (TimeoutException e) {
      throw new StartFailure(
          "Kafka did not answer about "
              + what
              + " within "
              + settings.timeout()
              + ": check KAFKA_BOOTSTRAP_SERVERS",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted at the start", e);
    }
  }

  private static void pause() {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted at the start", e);
    }
  }

  private static Map<String, String> with(Map<String, String> config, String name, String value) {
    Map<String, String> more = new HashMap<>(config);
    more.put(name, value);
    return more;
  }

  private static String millis(Duration duration) {
    return Long.toString(duration.toMillis());
  }
}
