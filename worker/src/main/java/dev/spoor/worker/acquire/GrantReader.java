package dev.spoor.worker.acquire;

import dev.spoor.contract.job.WorkerId;
import dev.spoor.contract.ledger.WorkerMessage;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.KafkaConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what the ledger tells this worker: one partition of {@code grants}, from its end as it was
 * before the first claim, committed records only. One platform thread; other workers' messages are
 * skipped by their key, unparsed.
 */
final class GrantReader implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(GrantReader.class);
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration PAUSE_AFTER_FAULT = Duration.ofSeconds(1);
  private static final Duration START_LIMIT = Duration.ofSeconds(30);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final byte[] key;
  private final WorkerId workerId;
  private final Consumer<WorkerMessage> receiver;
  private volatile boolean stopping;

  private GrantReader(
      KafkaConsumer<byte[], byte[]> consumer, WorkerId workerId, Consumer<WorkerMessage> receiver) {
    this.consumer = consumer;
    this.workerId = workerId;
    this.key = workerId.value().getBytes(StandardCharsets.UTF_8);
    this.receiver = receiver;
  }

  /** Stands at the end of the partition when it returns: no answer to a later claim is missed. */
  static GrantReader open(
      KafkaConnection kafka,
      String topic,
      int partition,
      WorkerId workerId,
      String clientId,
      Consumer<WorkerMessage> receiver) {
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            kafka.with(
                Map.of(
                    ConsumerConfig.CLIENT_ID_CONFIG,
                    clientId + "-grants",
                    ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                    "read_committed",
                    ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                    false,
                    ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                    false,
                    // Only if our position was deleted: whatever was there, its leases are over.
                    ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                    "earliest",
                    // A grant has an input of 1 MiB and outputs of 4 MiB at most.
                    ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                    6 * 1024 * 1024)),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    try {
      TopicPartition mine = new TopicPartition(topic, partition);
      consumer.assign(List.of(mine));
      consumer.seekToEnd(List.of(mine));
      // The seek is lazy; asking for the position makes it happen.
      long position = consumer.position(mine, START_LIMIT);
      log.atDebug().log("reading " + mine + " from " + position);
      return new GrantReader(consumer, workerId, receiver);
    } catch (RuntimeException e) {
      consumer.close();
      throw e;
    }
  }

  /** Ends the loop soon, from any thread. */
  void stop() {
    stopping = true;
    consumer.wakeup();
  }

  @Override
  public void run() {
    try (consumer) {
      while (!stopping) {
        try {
          for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            receive(record);
          }
        } catch (WakeupException | InterruptException e) {
          if (!stopping) {
            log.atWarn().setCause(e).log("the reader of grants was woken");
          }
        } catch (RuntimeException e) {
          log.atError().setCause(e).log("grants cannot be read; trying again");
          Thread.sleep(PAUSE_AFTER_FAULT);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void receive(ConsumerRecord<byte[], byte[]> record) {
    if (record.value() == null || !Arrays.equals(record.key(), key)) {
      return;
    }
    try {
      WorkerMessage message = Json.read(record.value(), WorkerMessage.class);
      if (message.workerId().equals(workerId)) {
        receiver.accept(message);
      }
    } catch (RuntimeException e) {
      // Its claim will time out here, and its lease there; the job is sent out again.
      log.atError()
          .setCause(e)
          .log(
              "a record of "
                  + record.topic()
                  + ", partition "
                  + record.partition()
                  + ", offset "
                  + record.offset()
                  + ", cannot be read and is set aside");
    }
  }
}
