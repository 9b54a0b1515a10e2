package dev.spoor.gateway.ledgerhost;

import dev.spoor.contract.wire.Topics;
import dev.spoor.gateway.ledger.LedgerPartition;
import dev.spoor.gateway.ledger.LedgerRules;
import dev.spoor.gateway.ledger.WorkerLease;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Cache;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The partitions of {@code ledger-in} that this process has: their coming, the reading back of
 * their changelog, what others see of them, and their going. All but the map is for the ledger's
 * thread only, which also gives the calls of the consumer.
 */
final class OwnedPartitions implements ConsumerRebalanceListener, Iterable<OwnedPartition> {
  private static final Logger log = LoggerFactory.getLogger(OwnedPartitions.class);
  private static final Duration PIECE = Duration.ofMillis(200);
  private static final long LOOK_EVERY_NANOS = 500_000_000;

  /** Longer than the timeout of a dead owner's transaction. */
  private static final long UNSTABLE_TELL_NANOS = Duration.ofSeconds(20).toNanos();

  private final LedgerClients clients;
  private final Topics topics;
  private final LedgerRules rules;
  private final Duration leaseTimeout;
  private final Map<String, String> origin;
  private final Path dir;
  private final Cache cache;
  private final Admin admin;
  private final Consumer<byte[], byte[]> consumer;
  private final ConcurrentHashMap<Integer, OwnedPartition> owned;
  private final Map<Integer, Long> lookedAt = new HashMap<>();

  /**
   * @param owned what other threads look at; changed here only
   */
  OwnedPartitions(
      LedgerClients clients,
      Topics topics,
      LedgerRules rules,
      Duration leaseTimeout,
      Map<String, String> origin,
      Path dir,
      Cache cache,
      Admin admin,
      Consumer<byte[], byte[]> consumer,
      ConcurrentHashMap<Integer, OwnedPartition> owned) {
    this.clients = clients;
    this.topics = topics;
    this.rules = rules;
    this.leaseTimeout = leaseTimeout;
    this.origin = origin;
    this.dir = dir;
    this.cache = cache;
    this.admin = admin;
    this.consumer = consumer;
    this.owned = owned;
  }

  @Override
  public Iterator<OwnedPartition> iterator() {
    return owned.values().iterator();
  }

  int count() {
    return owned.size();
  }

  @Nullable OwnedPartition get(int partition) {
    return owned.get(partition);
  }

  TopicPartition input(OwnedPartition partition) {
    return new TopicPartition(topics.ledgerIn(), partition.partition);
  }

  // ---- coming and going

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    consumer.pause(partitions);
    for (TopicPartition partition : partitions) {
      owned.put(partition.partition(), new OwnedPartition(partition.partition()));
    }
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    // Between two transactions: nothing of theirs is open.
    for (TopicPartition partition : partitions) {
      OwnedPartition gone = owned.remove(partition.partition());
      if (gone != null) {
        gone.lost();
        release(gone);
      }
    }
  }

  @Override
  public void onPartitionsLost(Collection<TopicPartition> partitions) {
    onPartitionsRevoked(partitions);
  }

  /** All are read back from their changelog before they are served again. */
  void releaseAll() {
    owned.values().forEach(OwnedPartitions::release);
  }

  /** They are another's, or nobody's, from now on. */
  void loseAll() {
    for (OwnedPartition partition : owned.values()) {
      partition.lost();
      release(partition);
    }
    owned.clear();
  }

  private static void release(OwnedPartition partition) {
    partition.suspended();
    partition.rules = null;
    Restore restore = partition.restore;
    partition.restore = null;
    if (restore != null) {
      restore.close();
    }
    RocksStore store = partition.store;
    partition.store = null;
    if (store != null) {
      store.close();
    }
  }

  // ---- the reading back

  /**
   * Goes on with it for a short time. To be called when nothing that an earlier process of this
   * name began is open any more, else it waits for that transaction's timeout.
   *
   * @return the partition as it was committed; null while there is more to read
   * @throws LostInputException if the state is ahead of the log
   */
  @Nullable LedgerPartition restored(OwnedPartition partition) {
    TopicPartition input = input(partition);
    consumer.pause(Set.of(input));
    Restore restore = partition.restore;
    if (restore == null) {
      // 1. Wait until no other owner's transaction is open either: the offsets are stable then, and
      //    so is what the changelog holds below its end.
      OffsetAndMetadata committed;
      try {
        committed = consumer.committed(Set.of(input), PIECE).get(input);
      } catch (TimeoutException e) {
        tellOfUnstableOffsets(partition);
        return null;
      }
      partition.unstableSince = 0;
      log.debug("Partition {} was committed up to {}", partition.partition, committed);
      restore = begin(partition);
      partition.restore = restore;
    }
    // 2. Read the changelog up to the end it had.
    if (!restore.step(PIECE)) {
      return null;
    }
    RocksStore store = Objects.requireNonNull(partition.store);
    log.info(
        "Serving ledger partition {} from offset {} after {} records of its changelog",
        partition.partition,
        store.facts().nextOffset(),
        restore.records());
    restore.close();
    partition.restore = null;
    // 3. Go on where the state says, which was committed with the offset.
    if (store.facts().nextOffset() > LedgerTopics.end(admin, input)) {
      // Read on, every input would look as if it had been applied before.
      throw new LostInputException(topics, store.facts().nextOffset());
    }
    return new LedgerPartition(partition.partition, rules, store, origin);
  }

  /** Our own open transaction is ended by now, and another owner's ends with its timeout. */
  private void tellOfUnstableOffsets(OwnedPartition partition) {
    long now = System.nanoTime();
    if (partition.unstableSince == 0) {
      partition.unstableSince = now;
      partition.unstableToldAt = now;
    } else if (now - partition.unstableToldAt > UNSTABLE_TELL_NANOS) {
      partition.unstableToldAt = now;
      log.warn(
          "Ledger partition {} is not served: for {} s Kafka has not said up to where it is"
              + " committed. If a transaction hangs, docs/troubleshooting.md says how to end it",
          partition.partition,
          (now - partition.unstableSince) / 1_000_000_000);
    }
  }

  private Restore begin(OwnedPartition partition) {
    TopicPartition changelog = new TopicPartition(topics.ledgerState(), partition.partition);
    String identity = LedgerTopics.id(admin, topics.ledgerState());
    Consumer<byte[], byte[]> reader = clients.reader("ledger-restore-" + partition.partition, true);
    try {
      long end = LedgerTopics.end(admin, changelog);
      RocksStore store =
          RocksStore.open(
              dir.resolve(Integer.toString(partition.partition)),
              identity,
              end,
              rules.limits(),
              cache);
      partition.store = store;
      return new Restore(reader, changelog, store, end);
    } catch (RuntimeException e) {
      reader.close(CloseOptions.timeout(Duration.ZERO));
      throw e;
    }
  }

  // ---- what others see

  /** Shows what is committed. Ages and workers, which cost a look at the store, now and then. */
  void publish(OwnedPartition partition, LedgerPartition applied, RocksStore store) {
    OwnedPartition.Snapshot before = partition.snapshot();
    long now = System.nanoTime();
    Long looked = lookedAt.get(partition.partition);
    if (before != null && looked != null && now - looked <= LOOK_EVERY_NANOS) {
      partition.committed(
          new OwnedPartition.Snapshot(
              store.facts(),
              before.oldestQueuedAt(),
              before.oldestDispatchedAt(),
              before.workers()));
      return;
    }
    lookedAt.put(partition.partition, now);
    Instant alive = store.facts().time().minus(leaseTimeout);
    partition.committed(
        new OwnedPartition.Snapshot(
            store.facts(),
            applied.oldestQueuedAt(),
            applied.oldestDispatchedAt(),
            store.workers().values().stream()
                .filter(lease -> !lease.leaving() && lease.lastAt().isAfter(alive))
                .map((WorkerLease lease) -> lease.workerId().value())
                .sorted()
                .toList()));
  }
}
