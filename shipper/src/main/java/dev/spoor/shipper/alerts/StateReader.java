package dev.spoor.shipper.alerts;

import dev.spoor.contract.wire.Topics;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the last state in {@code alerts.state}. The reader is assigned its one partition. */
final class StateReader {
  private static final Logger log = LoggerFactory.getLogger(StateReader.class);

  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** Records and markers at the end among which the last state must be. */
  private static final long TAIL = 20;

  private final Consumer<byte[], byte[]> records;
  private final TopicPartition partition;

  StateReader(Consumer<byte[], byte[]> records, Topics topics) {
    this.records = records;
    this.partition = new TopicPartition(topics.alertsState(), 0);
  }

  /**
   * The newest state that can be read; null if there is none.
   *
   * @throws KafkaException if Kafka does not give it in time
   */
  @Nullable StoredState last() {
    List<TopicPartition> only = List.of(partition);
    records.assign(only);
    long begin = records.beginningOffsets(only, TIMEOUT).getOrDefault(partition, 0L);
    long end = records.endOffsets(only, TIMEOUT).getOrDefault(partition, 0L);
    byte[] newest = newest(Math.max(begin, end - TAIL), end);
    if (newest == null && begin < end - TAIL) {
      newest = newest(begin, end);
    }
    if (newest == null) {
      return null;
    }
    try {
      return StoredState.read(newest);
    } catch (IOException unreadable) {
      // Better without a memory than without alerts.
      log.warn("the state of the alerts cannot be read; it begins anew", unreadable);
      return null;
    }
  }

  private byte @Nullable [] newest(long from, long end) {
    byte[] newest = null;
    records.seek(partition, from);
    long limit = System.nanoTime() + TIMEOUT.toNanos();
    while (records.position(partition, TIMEOUT) < end) {
      for (ConsumerRecord<byte[], byte[]> record : records.poll(POLL)) {
        if (record.value() != null) {
          newest = record.value();
        }
      }
      if (System.nanoTime() - limit > 0) {
        throw new KafkaException("the state of the alerts does not come within " + TIMEOUT);
      }
    }
    return newest;
  }
}
