package dev.spoor.gateway.ledgerhost;

import dev.spoor.contract.ledger.QueueStats;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/** What every ledger partition said last, of all owners. One thread reads; anyone may look. */
final class QueueStatsView {
  private static final Logger log = LoggerFactory.getLogger(QueueStatsView.class);

  /** An owner that was silent for longer is not sent to. */
  private static final long FRESH_NANOS = Duration.ofSeconds(5).toNanos();

  private final Consumer<byte[], byte[]> consumer;
  private final TopicPartition topic;
  private final Map<Integer, Heard> heard = new ConcurrentHashMap<>();
  private volatile boolean stopping;

  private record Heard(QueueStats stats, long nanos) {}

  QueueStatsView(Consumer<byte[], byte[]> consumer, Topics topics) {
    this.consumer = consumer;
    this.topic = new TopicPartition(topics.queueStats(), 0);
  }

  void run() {
    try {
      consumer.assign(List.of(topic));
      consumer.seekToBeginning(List.of(topic));
      while (!stopping) {
        try {
          for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
            read(record);
          }
        } catch (WakeupException | InterruptException e) {
          stopping = true;
        } catch (RuntimeException e) {
          log.warn("The counts of the ledger's partitions could not be read; trying again", e);
          pause();
        }
      }
    } finally {
      consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
    }
  }

  private void read(ConsumerRecord<byte[], byte[]> record) {
    if (record.value() == null) {
      return;
    }
    try {
      QueueStats stats = Json.read(record.value(), QueueStats.class);
      // An old record that is read at the start is as old as it says: the owner may be gone.
      long age = Math.max(0, System.currentTimeMillis() - record.timestamp());
      heard.put(
          stats.partition(),
          new Heard(stats, System.nanoTime() - Duration.ofMillis(age).toNanos()));
    } catch (JacksonException e) {
      log.warn("A count of a ledger partition could not be read, offset {}", record.offset(), e);
    }
  }

  private void pause() {
    try {
      Thread.sleep(1_000);
    } catch (InterruptedException e) {
      stopping = true;
    }
  }

  void stop() {
    stopping = true;
    consumer.wakeup();
  }

  List<QueueStats> all() {
    List<QueueStats> all = new ArrayList<>();
    heard.values().forEach(last -> all.add(last.stats()));
    all.sort(Comparator.comparingInt(QueueStats::partition));
    return all;
  }

  /** What a partition's owner said in the last seconds; null if it was silent. */
  @Nullable QueueStats fresh(int partition) {
    Heard last = heard.get(partition);
    return last == null || System.nanoTime() - last.nanos() > FRESH_NANOS ? null : last.stats();
  }
}
