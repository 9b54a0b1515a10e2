package dev.spoor.broker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeProducersOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a broker in the middle of transactions and looks, after the next start, for partitions in
 * which one hangs. {@code -Dspoor.broker.kills=50} for a long run; what it looks for comes sooner
 * on a busy machine.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class KilledTransactionsIT {
  private static final int KILLS = Integer.getInteger("spoor.broker.kills", 2);
  private static final List<String> TOPICS = List.of("out", "state");
  private static final int PARTITIONS = 4;

  @TempDir private Path dir;

  @Test
  void noneHangsAfterTheNextStart() throws Exception {
    Random random = new Random(Long.getLong("spoor.test.seed", 1));
    for (int kill = 0; kill <= KILLS; kill++) {
      try (KilledAtClose broker = KilledAtClose.start(dir.resolve("kafka"))) {
        KafkaProducer<byte[], byte[]> producer = producer(broker.bootstrapServers());
        try {
          round(broker, producer, kill, random);
        } finally {
          // Its last commit goes on for as long as it may.
          producer.close(Duration.ZERO);
        }
      }
    }
  }

  private static void round(
      KilledAtClose broker, KafkaProducer<byte[], byte[]> producer, int kill, Random random)
      throws Exception {
    Map<String, Object> connection = Map.of("bootstrap.servers", broker.bootstrapServers());
    try (Admin admin = Admin.create(connection);
        KafkaConsumer<byte[], byte[]> member = member(connection)) {
      if (kill == 0) {
        admin
            .createTopics(
                TOPICS.stream().map(name -> new NewTopic(name, PARTITIONS, (short) 1)).toList())
            .all()
            .get(20, TimeUnit.SECONDS);
      }
      // Ends whatever the last producer of this name has left open.
      producer.initTransactions();
      if (kill > 0) {
        assertThat(open(admin)).as("after kill %d", kill).isEmpty();
      }
      long end = System.nanoTime() + Duration.ofMillis(300 + random.nextInt(700)).toNanos();
      for (long n = 0; System.nanoTime() < end; n++) {
        transaction(producer, member.groupMetadata(), n);
      }
      // The last one is on its way when the broker dies.
      begin(producer, member.groupMetadata(), 0);
      Thread.ofPlatform().daemon().name("commit-" + kill).start(() -> commit(producer));
      TimeUnit.MILLISECONDS.sleep(random.nextInt(10));
      broker.kill();
    }
  }

  private static KafkaProducer<byte[], byte[]> producer(String bootstrapServers) {
    Map<String, Object> own = new HashMap<>();
    own.put("bootstrap.servers", bootstrapServers);
    own.put("transactional.id", "ledger");
    own.put("linger.ms", 0);
    own.put("max.block.ms", 20_000L);
    return new KafkaProducer<>(own, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Only gives its offsets. */
  private static KafkaConsumer<byte[], byte[]> member(Map<String, Object> connection) {
    Map<String, Object> own = new HashMap<>(connection);
    own.put("group.id", "ledger");
    return new KafkaConsumer<>(own, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private static void transaction(
      KafkaProducer<byte[], byte[]> producer, ConsumerGroupMetadata group, long n) {
    begin(producer, group, n);
    producer.commitTransaction();
  }

  private static void begin(
      KafkaProducer<byte[], byte[]> producer, ConsumerGroupMetadata group, long n) {
    producer.beginTransaction();
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      for (String topic : TOPICS) {
        var _ = producer.send(new ProducerRecord<>(topic, partition, null, "x".getBytes(UTF_8)));
      }
      offsets.put(new TopicPartition("out", partition), new OffsetAndMetadata(n + 1));
    }
    producer.sendOffsetsToTransaction(offsets, group);
  }

  private static void commit(KafkaProducer<byte[], byte[]> producer) {
    try {
      producer.commitTransaction();
    } catch (RuntimeException killed) {
      // The broker is gone, as it should be.
    }
  }

  /** Partitions with a transaction that has not ended, though no producer is in one. */
  private static List<TopicPartition> open(Admin admin) throws Exception {
    List<TopicPartition> all = new ArrayList<>();
    for (String topic : TOPICS) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        all.add(new TopicPartition(topic, partition));
      }
    }
    all.add(new TopicPartition("__consumer_offsets", 0));
    var found =
        admin
            .describeProducers(all, new DescribeProducersOptions().timeoutMs(20_000))
            .all()
            .get(30, TimeUnit.SECONDS);
    List<TopicPartition> open = new ArrayList<>();
    found.forEach((partition, state) -> {
      for (ProducerState producer : state.activeProducers()) {
        if (producer.currentTransactionStartOffset().isPresent()) {
          open.add(partition);
        }
      }
    });
    return open;
  }
}
