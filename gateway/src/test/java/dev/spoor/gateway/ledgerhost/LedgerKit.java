package dev.spoor.gateway.ledgerhost;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.spoor.contract.job.FlowId;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobSpec;
import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.ledger.JobUpdate;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.gateway.ledger.LedgerLimits;
import dev.spoor.gateway.ledger.LedgerRules;
import dev.spoor.gateway.topics.TopicSettings;
import dev.spoor.telemetry.redaction.Redactor;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** What a ledger test needs besides the ledger. */
final class LedgerKit implements AutoCloseable {
  static final int PARTITIONS = 2;
  private static final AtomicLong IDS = new AtomicLong();

  final KafkaConnection connection;
  final Topics topics;
  final MeterRegistry registry = new SimpleMeterRegistry();
  final KafkaProducer<byte[], byte[]> producer;

  LedgerKit(KafkaConnection connection, Topics topics) {
    this.connection = connection;
    this.topics = topics;
    this.producer =
        new KafkaProducer<>(
            connection.with(Map.of("acks", "all", "linger.ms", "0")),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  Ledger ledger(String instance, Path dir, Duration leaseTimeout) {
    return ledger(connection, topics, registry, instance, dir, leaseTimeout);
  }

  static Ledger ledger(
      KafkaConnection connection,
      Topics topics,
      MeterRegistry registry,
      String instance,
      Path dir,
      Duration leaseTimeout) {
    LedgerSettings settings =
        new LedgerSettings(
            leaseTimeout,
            1_000_000,
            Duration.ofMillis(100),
            Duration.ofSeconds(1),
            Duration.ofMillis(10),
            2_000,
            Duration.ofSeconds(6),
            Duration.ofSeconds(5));
    return new Ledger(
        connection,
        new TopicSettings(
            topics.prefix(), PARTITIONS, 2, 1, Duration.ofDays(1), Duration.ofSeconds(30)),
        settings,
        new LedgerRules(settings.limits(LedgerLimits.DEFAULT.retention())),
        new Ledger.Identity(
            instance,
            () -> "http://localhost:1/" + instance,
            Map.of("service", "gateway", "instance", instance)),
        dir,
        Redactor.standard(),
        registry,
        Clock.systemUTC());
  }

  LedgerInput.Submit submit() {
    JobId jobId = JobId.ofTime(System.currentTimeMillis(), IDS.get(), IDS.incrementAndGet());
    return submit(jobId, JobSpec.of(new FlowId("echo")));
  }

  static LedgerInput.Submit submit(JobId jobId, JobSpec spec) {
    return new LedgerInput.Submit(
        jobId,
        new RequestId("r-" + jobId),
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        spec,
        "hash",
        false,
        Json.mapper().createObjectNode().put("text", "hello"));
  }

  void send(LedgerInput.OfJob input) {
    raw(input.jobId(), Json.write(input));
  }

  void raw(JobId jobId, byte[] value) {
    var _ =
        producer.send(
            new ProducerRecord<>(topics.ledgerIn(), jobId.toString().getBytes(UTF_8), value));
  }

  /** All that is committed on a topic, from its beginning to its end now. */
  List<ConsumerRecord<byte[], byte[]>> committed(String topic) {
    List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> reader =
        new KafkaConsumer<>(
            connection.with(Map.of("isolation.level", "read_committed")),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          reader.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      reader.assign(partitions);
      reader.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = reader.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> reader.position(p) < ends.getOrDefault(p, 0L))) {
        reader.poll(Duration.ofMillis(100)).forEach(all::add);
      }
    }
    return all;
  }

  List<JobUpdate> updates() {
    return committed(topics.jobUpdates()).stream()
        .map(record -> Json.read(record.value(), JobUpdate.class))
        .toList();
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(1));
  }
}
