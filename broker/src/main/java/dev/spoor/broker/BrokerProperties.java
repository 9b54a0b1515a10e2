package dev.spoor.broker;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The configuration of a lone broker on one machine: quick to start, quick to notice the dead,
 * small when idle.
 */
final class BrokerProperties {
  static final int NODE_ID = 1;
  static final String CLIENT_LISTENER = "CLIENT";
  static final String INTERNAL_LISTENER = "INTERNAL";
  static final String CONTROLLER_LISTENER = "CONTROLLER";

  private static final int MIB = 1024 * 1024;

  private BrokerProperties() {}

  static Map<String, String> of(BrokerSettings settings) {
    Map<String, Object> p = new LinkedHashMap<>();
    identity(p, settings);
    start(p);
    groups(p);
    transactions(p);
    lonely(p);
    small(p);
    Map<String, String> all = new LinkedHashMap<>();
    p.forEach((name, value) -> all.put(name, value.toString()));
    all.putAll(settings.overrides());
    return all;
  }

  private static void identity(Map<String, Object> p, BrokerSettings settings) {
    p.put("process.roles", "broker,controller");
    p.put("node.id", NODE_ID);
    p.put("log.dirs", settings.dataDir().toString());
    p.put("controller.listener.names", CONTROLLER_LISTENER);
    String client = CLIENT_LISTENER + "://127.0.0.1:" + settings.port();
    String internal = INTERNAL_LISTENER + "://127.0.0.1:0";
    String controller = CONTROLLER_LISTENER + "://127.0.0.1:0";
    if (settings.advertisedPort() == 0) {
      p.put("listeners", client + "," + controller);
      p.put("inter.broker.listener.name", CLIENT_LISTENER);
    } else {
      // The broker talks to itself too, and not through what stands before its clients.
      p.put("listeners", client + "," + internal + "," + controller);
      p.put(
          "advertised.listeners",
          CLIENT_LISTENER + "://127.0.0.1:" + settings.advertisedPort() + "," + internal);
      p.put("inter.broker.listener.name", INTERNAL_LISTENER);
    }
    p.put(
        "listener.security.protocol.map",
        String.join(
            ",",
            CLIENT_LISTENER + ":PLAINTEXT",
            INTERNAL_LISTENER + ":PLAINTEXT",
            CONTROLLER_LISTENER + ":PLAINTEXT"));
    // The port is not known yet: the voters that count are handed over once it is bound.
    p.put("controller.quorum.voters", NODE_ID + "@0.0.0.0:0");
  }

  private static void start(Map<String, Object> p) {
    p.put("server.max.startup.time.ms", 60_000);
    // A lone voter has nobody to wait for.
    p.put("controller.quorum.election.timeout.ms", 200);
    p.put("controller.quorum.election.backoff.max.ms", 50);
    // After kill -9 the new broker waits until its own dead registration has expired.
    p.put("broker.session.timeout.ms", 2_000);
    p.put("broker.heartbeat.interval.ms", 500);
    p.put("num.recovery.threads.per.data.dir", 2);
  }

  private static void groups(Map<String, Object> p) {
    p.put("group.initial.rebalance.delay.ms", 0);
    p.put("group.min.session.timeout.ms", 1_000);

    p.put("group.consumer.min.session.timeout.ms", 1_000);
    p.put("group.consumer.session.timeout.ms", 6_000);
    p.put("group.consumer.min.heartbeat.interval.ms", 100);
    p.put("group.consumer.heartbeat.interval.ms", 1_000);
    p.put("group.consumer.assignment.interval.ms", 0);

    // A dead share member keeps its partitions, and the records behind it wait, until its session
    // ends. The heartbeat is also how a new member hears of its first partitions.
    p.put("group.share.min.session.timeout.ms", 1_000);
    p.put("group.share.session.timeout.ms", 3_000);
    p.put("group.share.min.heartbeat.interval.ms", 100);
    p.put("group.share.heartbeat.interval.ms", 500);
    p.put("group.share.assignment.interval.ms", 0);
    p.put("group.share.min.record.lock.duration.ms", 1_000);
    p.put("group.share.record.lock.duration.ms", 10_000);
    // The highest allowed: a record that is delivered more often is archived, which loses it.
    p.put("group.share.delivery.count.limit", 10);
  }

  private static void transactions(Map<String, Object> p) {
    // A killed writer's open transaction holds readers back until it is found and aborted.
    p.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", 1_000);
    p.put("add.partitions.to.txn.retry.backoff.ms", 1);
  }

  private static void lonely(Map<String, Object> p) {
    p.put("default.replication.factor", 1);
    p.put("min.insync.replicas", 1);
    p.put("offsets.topic.replication.factor", 1);
    p.put("offsets.topic.num.partitions", 1);
    p.put("transaction.state.log.replication.factor", 1);
    p.put("transaction.state.log.min.isr", 1);
    p.put("transaction.state.log.num.partitions", 2);
    p.put("share.coordinator.state.topic.replication.factor", 1);
    p.put("share.coordinator.state.topic.min.isr", 1);
    p.put("share.coordinator.state.topic.num.partitions", 2);
    p.put("auto.create.topics.enable", false);
    p.put("auto.leader.rebalance.enable", false);
  }

  private static void small(Map<String, Object> p) {
    p.put("message.max.bytes", 6 * MIB);
    p.put("num.network.threads", 2);
    p.put("num.io.threads", 4);
    p.put("background.threads", 2);
    p.put("group.coordinator.threads", 1);
    p.put("group.coordinator.background.threads", 1);
    p.put("share.coordinator.threads", 1);
    p.put("log.segment.bytes", 64 * MIB);
    p.put("log.index.size.max.bytes", MIB);
    p.put("offsets.topic.segment.bytes", 8 * MIB);
    p.put("transaction.state.log.segment.bytes", 8 * MIB);
    p.put("share.coordinator.state.topic.segment.bytes", 8 * MIB);
    p.put("metadata.log.segment.bytes", 8 * MIB);
    // Allocated at start; the default is 128 MiB.
    p.put("log.cleaner.dedupe.buffer.size", 8 * MIB);
    p.put("log.cleaner.io.buffer.size", 512 * 1024);
    // No record every half second only to show that time passes.
    p.put("metadata.max.idle.interval.ms", 0);
  }
}
