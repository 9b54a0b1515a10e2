package dev.spoor.gateway.ledgerhost;

import dev.spoor.contract.job.Priority;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.Topics;
import dev.spoor.gateway.queue.QueueLag;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the broker about the queues: their lag, for people; and what must be gone from them, for the
 * ledger. A dispatch can get lost on the queue (a record that was delivered too often is archived
 * without a word), and a job that is queued without a record would wait for ever. Age alone proves
 * nothing, so the ledger is told only of what was dispatched a minute before the record at the
 * group's start offset, or a minute ago where nothing is left. Called by one thread; may block.
 */
final class QueueProbe {
  /** A queue has one partition, which all ledger partitions write to and all workers read. */
  static final int QUEUE_PARTITION = 0;

  private static final Logger log = LoggerFactory.getLogger(QueueProbe.class);
  private static final Duration MARGIN = Duration.ofMinutes(1);
  private static final Duration READ = Duration.ofSeconds(1);
  private static final Duration TIDY_EVERY = Duration.ofMinutes(1);
  private static final long TIMEOUT_S = 5;

  private final Topics topics;
  private final Admin admin;
  private final Producer<byte[], byte[]> producer;
  private final LedgerClients clients;
  private final Collection<OwnedPartition> owned;
  private volatile List<QueueLag.Entry> lag = List.of();
  private long tidiedNanos = System.nanoTime();

  QueueProbe(
      Topics topics,
      Admin admin,
      Producer<byte[], byte[]> producer,
      LedgerClients clients,
      Collection<OwnedPartition> owned) {
    this.topics = topics;
    this.admin = admin;
    this.producer = producer;
    this.clients = clients;
    this.owned = owned;
  }

  List<QueueLag.Entry> lag() {
    return lag;
  }

  void look() {
    Map<TopicPartition, SharePartitionOffsetInfo> offsets = offsets();
    List<QueueLag.Entry> now = new ArrayList<>();
    offsets.forEach((partition, info) ->
        info.lag()
            .ifPresent(records ->
                now.add(new QueueLag.Entry(partition.topic(), partition.partition(), records))));
    lag = List.copyOf(now);
    for (OwnedPartition partition : owned) {
      OwnedPartition.Snapshot snapshot = partition.snapshot();
      if (snapshot != null
          && snapshot.oldestDispatchedAt() != null
          && snapshot.oldestDispatchedAt().isBefore(snapshot.facts().time().minus(MARGIN))) {
        tell(partition.partition, snapshot.facts().time(), offsets);
      }
    }
    if (System.nanoTime() - tidiedNanos > TIDY_EVERY.toNanos()) {
      tidiedNanos = System.nanoTime();
      tidy(offsets);
    }
  }

  private Map<TopicPartition, SharePartitionOffsetInfo> offsets() {
    List<TopicPartition> all = new ArrayList<>();
    for (Priority priority : Priority.values()) {
      all.add(queue(priority));
    }
    Map<TopicPartition, SharePartitionOffsetInfo> known = new HashMap<>();
    LedgerTopics.get(
            admin
                .listShareGroupOffsets(
                    Map.of(
                        topics.workersGroup(),
                        new ListShareGroupOffsetsSpec().topicPartitions(all)))
                .partitionsToOffsetInfo(topics.workersGroup()),
            TIMEOUT_S)
        .forEach((partition, info) -> {
          // Absent until the group has consumed from it.
          if (info != null) {
            known.put(partition, info);
          }
        });
    return known;
  }

  /**
   * @param time the ledger's time when the offsets were asked for, or before: a job whose record
   *     was accepted by then has its claim in the log before what we write now
   */
  private void tell(
      int partition, Instant time, Map<TopicPartition, SharePartitionOffsetInfo> offsets) {
    for (Priority priority : Priority.values()) {
      TopicPartition queue = queue(priority);
      SharePartitionOffsetInfo info = offsets.get(queue);
      if (info == null || info.lag().isEmpty()) {
        continue;
      }
      Optional<Instant> first =
          info.lag().get() == 0
              ? Optional.of(time)
              : firstRecordAt(queue, info.startOffset(), time);
      if (first.isPresent()) {
        // The record may be another ledger partition's, which is ahead of this one in time.
        Instant at = first.get().isAfter(time) ? time : first.get();
        LedgerInput input = new LedgerInput.QueueProbe(priority, at.minus(MARGIN));
        var _ =
            producer.send(
                new ProducerRecord<>(topics.ledgerIn(), partition, null, Json.write(input)));
      }
    }
  }

  /**
   * When the first record was dispatched that the group has not behind it; {@code time} if there is
   * none but transaction markers; empty if it could not be told in time.
   */
  private Optional<Instant> firstRecordAt(TopicPartition queue, long startOffset, Instant time) {
    try (Consumer<byte[], byte[]> reader = clients.reader("ledger-probe", false)) {
      long end = LedgerTopics.end(admin, queue);
      reader.assign(List.of(queue));
      reader.seek(queue, startOffset);
      long until = System.nanoTime() + READ.toNanos();
      while (System.nanoTime() < until) {
        for (ConsumerRecord<byte[], byte[]> record : reader.poll(Duration.ofMillis(200))) {
          return Optional.of(Instant.ofEpochMilli(record.timestamp()));
        }
        if (reader.position(queue) >= end) {
          return Optional.of(time);
        }
      }
      return Optional.empty();
    }
  }

  private TopicPartition queue(Priority priority) {
    return new TopicPartition(topics.jobs(priority), QUEUE_PARTITION);
  }

  /** Deletes what is behind every reader from topics that time and size do not shorten. */
  private void tidy(Map<TopicPartition, SharePartitionOffsetInfo> offsets) {
    Map<TopicPartition, RecordsToDelete> behind = new HashMap<>();
    for (OwnedPartition partition : owned) {
      OwnedPartition.Snapshot snapshot = partition.snapshot();
      if (snapshot == null) {
        continue;
      }
      if (snapshot.facts().nextOffset() > 0) {
        behind.put(
            new TopicPartition(topics.ledgerIn(), partition.partition),
            RecordsToDelete.beforeOffset(snapshot.facts().nextOffset()));
      }
      for (Priority priority : Priority.values()) {
        TopicPartition queue = queue(priority);
        SharePartitionOffsetInfo info = offsets.get(queue);
        if (info != null && info.startOffset() > 0) {
          behind.put(queue, RecordsToDelete.beforeOffset(info.startOffset()));
        }
      }
    }
    if (!behind.isEmpty()) {
      var _ =
          admin
              .deleteRecords(behind)
              .all()
              .whenComplete((done, e) -> {
                if (e != null) {
                  log.debug("Records that are behind every reader were not deleted yet", e);
                }
              });
    }
  }
}
