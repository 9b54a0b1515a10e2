package dev.spoor.telemetry.shipping;

import dev.spoor.contract.wire.KafkaConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A topic for records, and all that has arrived there. */
final class TelemetryTopic implements AutoCloseable {
  static final int PARTITIONS = 3;

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();

  TelemetryTopic(KafkaConnection kafka, String topic, Map<String, String> config) {
    try (Admin admin = Admin.create(kafka.with(Map.of()))) {
      admin
          .createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1).configs(config)))
          .all()
          .get();
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
    consumer =
        new KafkaConsumer<>(
            kafka.with(Map.of("auto.offset.reset", "earliest")),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    List<TopicPartition> partitions = new ArrayList<>();
    for (int i = 0; i < PARTITIONS; i++) {
      partitions.add(new TopicPartition(topic, i));
    }
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  /** All records so far. */
  List<ConsumerRecord<byte[], byte[]>> poll() {
    consumer.poll(Duration.ofMillis(100)).forEach(all::add);
    return all;
  }

  static String source(ConsumerRecord<byte[], byte[]> record) {
    return new String(record.key(), StandardCharsets.US_ASCII);
  }

  static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    return new String(record.headers().lastHeader(name).value(), StandardCharsets.US_ASCII);
  }

  /** Distinct seqs by source. */
  Map<String, NavigableSet<Long>> seqs() {
    Map<String, NavigableSet<Long>> seqs = new TreeMap<>();
    for (ConsumerRecord<byte[], byte[]> record : poll()) {
      seqs.computeIfAbsent(source(record), source -> new TreeSet<>())
          .add(Long.parseLong(header(record, "seq")));
    }
    return seqs;
  }

  @Override
  public void close() {
    consumer.close();
  }
}
