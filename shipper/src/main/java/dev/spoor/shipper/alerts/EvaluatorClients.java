package dev.spoor.shipper.alerts;

import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Makes the Kafka clients of the evaluator. */
final class EvaluatorClients {
  static final int MAX_STATE_BYTES = 5 * 1024 * 1024;

  private static final int MAX_REQUEST_BYTES = 6 * 1024 * 1024;
  private static final int TRANSACTION_TIMEOUT_MS = 10_000;

  private final KafkaConnection kafka;
  private final Topics topics;
  private final Duration sessionTimeout;

  EvaluatorClients(KafkaConnection kafka, Topics topics, Duration sessionTimeout) {
    this.kafka = kafka;
    this.topics = topics;
    this.sessionTimeout = sessionTimeout;
  }

  /** Says by its assignment who evaluates; reads nothing. */
  Consumer<byte[], byte[]> ownership() {
    Map<String, Object> own = consumer("shipper-alerts-owner");
    own.put("group.id", topics.alertsGroup());
    own.put("session.timeout.ms", (int) sessionTimeout.toMillis());
    own.put("heartbeat.interval.ms", (int) sessionTimeout.toMillis() / 3);
    own.put("auto.offset.reset", "latest");
    // Whoever evaluates goes on when another shipper joins.
    own.put("partition.assignment.strategy", CooperativeStickyAssignor.class.getName());
    return new KafkaConsumer<>(kafka.with(own));
  }

  /** Without a group: it is told what to read. */
  Consumer<byte[], byte[]> reader() {
    Map<String, Object> own = consumer("shipper-alerts");
    own.put("max.poll.records", 5_000);
    own.put("fetch.max.bytes", 8 * 1024 * 1024);
    own.put("max.partition.fetch.bytes", MAX_REQUEST_BYTES);
    // For an offset that retention has overtaken.
    own.put("auto.offset.reset", "earliest");
    return new KafkaConsumer<>(kafka.with(own));
  }

  private static Map<String, Object> consumer(String id) {
    Map<String, Object> own = new HashMap<>();
    own.put("client.id", id);
    own.put("key.deserializer", ByteArrayDeserializer.class.getName());
    own.put("value.deserializer", ByteArrayDeserializer.class.getName());
    own.put("enable.auto.commit", false);
    own.put("allow.auto.create.topics", false);
    own.put("isolation.level", "read_committed");
    return own;
  }

  Admin admin() {
    return Admin.create(
        kafka.with(
            Map.of(
                "client.id", "shipper-alerts-start",
                "default.api.timeout.ms", 5_000,
                "request.timeout.ms", 4_000)));
  }

  Producer<byte[], byte[]> transactional() {
    Map<String, Object> own = new HashMap<>();
    own.put("client.id", "shipper-alerts");
    own.put("key.serializer", ByteArraySerializer.class.getName());
    own.put("value.serializer", ByteArraySerializer.class.getName());
    own.put("transactional.id", topics.alertsTransaction());
    own.put("transaction.timeout.ms", TRANSACTION_TIMEOUT_MS);
    own.put("max.block.ms", TRANSACTION_TIMEOUT_MS);
    own.put("delivery.timeout.ms", 2 * TRANSACTION_TIMEOUT_MS);
    own.put("request.timeout.ms", TRANSACTION_TIMEOUT_MS);
    own.put("max.request.size", MAX_REQUEST_BYTES);
    own.put("linger.ms", 0);
    // With more, a second batch can overtake the first where a log has only just opened
    // (KAFKA-15591, not mended in 4.3).
    own.put("max.in.flight.requests.per.connection", 1);
    return new KafkaProducer<>(kafka.with(own));
  }
}
