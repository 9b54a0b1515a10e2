package dev.spoor.shipper.deadletters;

import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.shipper.ingest.Letter;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the topic of dead letters, partition after partition, from a place to the end that the
 * topic had at first. For one thread; opens a consumer without a group and moves nobody's offsets.
 */
final class LetterReader implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(200);

  /** So many bytes may a piece have before it ends. */
  private static final int MAX_BYTES = 4 << 20;

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final String topic;

  LetterReader(KafkaConnection kafka, String topic) {
    this.topic = topic;
    Map<String, Object> properties = new HashMap<>();
    properties.put("client.id", "shipper-dead-letter-reader");
    properties.put("enable.auto.commit", false);
    properties.put("allow.auto.create.topics", false);
    properties.put("max.poll.records", 500);
    properties.put("fetch.max.bytes", 8 * 1024 * 1024);
    properties.put("default.api.timeout.ms", (int) TIMEOUT.toMillis());
    properties.put("request.timeout.ms", (int) TIMEOUT.toMillis());
    consumer =
        new KafkaConsumer<>(
            kafka.with(properties), new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /**
   * What is left to be read.
   *
   * @param next offset by partition
   * @param ends the same, not included; what comes later is not of this reading
   */
  record Place(Map<Integer, Long> next, Map<Integer, Long> ends) {
    Place {
      next = Map.copyOf(next);
      ends = Map.copyOf(ends);
      if (next.values().stream().anyMatch(offset -> offset < 0)
          || !next.keySet().equals(ends.keySet())) {
        throw new IllegalArgumentException("offsets are 0 or more, of the same partitions");
      }
    }

    boolean isEnd() {
      return ends.entrySet().stream()
          .allMatch(end -> next.getOrDefault(end.getKey(), 0L) >= end.getValue());
    }
  }

  /**
   * Some letters, and where to go on.
   *
   * @param lookedAt letters that were read, wanted or not
   */
  record Piece(List<Letter> letters, Place place, int lookedAt) {}

  /**
   * Where to begin.
   *
   * @param from letters that were set aside then or later; null for all
   * @throws IOException if Kafka does not say
   */
  Place begin(@Nullable Instant from) throws IOException {
    try {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(each -> new TopicPartition(topic, each.partition()))
              .toList();
      Map<Integer, Long> next = new HashMap<>();
      Map<Integer, Long> ends = new HashMap<>();
      consumer.endOffsets(partitions).forEach((each, end) -> ends.put(each.partition(), end));
      consumer
          .beginningOffsets(partitions)
          .forEach((each, begin) -> next.put(each.partition(), begin));
      if (from != null) {
        Map<TopicPartition, Long> times = new HashMap<>();
        partitions.forEach(each -> times.put(each, from.toEpochMilli()));
        Map<TopicPartition, @Nullable OffsetAndTimestamp> found =
            new HashMap<>(consumer.offsetsForTimes(times));
        for (TopicPartition each : partitions) {
          OffsetAndTimestamp first = found.get(each);
          next.put(
              each.partition(),
              first == null ? ends.getOrDefault(each.partition(), 0L) : first.offset());
        }
      }
      return new Place(next, ends);
    } catch (KafkaException failed) {
      throw new IOException("the dead letters cannot be read: " + failed.getMessage(), failed);
    }
  }

  /**
   * Reads on until so many letters are found, the end is reached, or the time is over.
   *
   * @param deadline as {@link System#nanoTime} has it
   */
  Piece read(Place place, Predicate<Letter> wanted, int max, long deadline) throws IOException {
    Map<Integer, Long> next = new TreeMap<>(place.next());
    List<Letter> letters = new ArrayList<>();
    int lookedAt = 0;
    int bytes = 0;
    try {
      for (int partition : new TreeMap<>(place.ends()).keySet()) {
        TopicPartition of = new TopicPartition(topic, partition);
        long end = place.ends().getOrDefault(partition, 0L);
        if (next.getOrDefault(partition, 0L) >= end) {
          continue;
        }
        consumer.assign(List.of(of));
        consumer.seek(of, next.getOrDefault(partition, 0L));
        while (next.getOrDefault(partition, 0L) < end) {
          if (System.nanoTime() - deadline > 0) {
            return new Piece(letters, new Place(next, place.ends()), lookedAt);
          }
          for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL).records(of)) {
            if (letters.size() == max || bytes > MAX_BYTES) {
              return new Piece(letters, new Place(next, place.ends()), lookedAt);
            }
            if (record.offset() >= end) {
              break;
            }
            next.put(partition, record.offset() + 1);
            lookedAt++;
            Letter letter = Letter.of(record);
            if (wanted.test(letter)) {
              letters.add(letter);
              bytes += Math.max(0, record.serializedValueSize());
            }
          }
          // What retention took meanwhile is passed over.
          next.merge(partition, Math.min(end, consumer.position(of)), Math::max);
        }
      }
    } catch (KafkaException failed) {
      throw new IOException("the dead letters cannot be read: " + failed.getMessage(), failed);
    }
    return new Piece(letters, new Place(next, place.ends()), lookedAt);
  }

  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
  }
}
