package dev.spoor.gateway.feed;

import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.telemetry.app.StartFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Hands every committed record of some topics to one handler, on one platform thread, in the order
 * of each partition.
 *
 * <p>{@link #awaitReady} returns when the feed has read up to where the topics ended when it
 * looked, so what starts later can rely on it. A fault of the client makes a new client that goes
 * on at the next record: nothing is skipped. A record that the handler throws at is logged and
 * passed over: a feed serves readers, and its topic stays the truth.
 */
public final class TopicFeed implements SmartLifecycle {
  /** Before web traffic; after the topics exist. */
  public static final int PHASE = 1_000;

  private static final Logger log = LoggerFactory.getLogger(TopicFeed.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** Where a feed begins. */
  public enum From {
    /** All that the topics hold. */
    BEGINNING,
    /** What comes after the start. */
    END
  }

  private final String name;
  private final KafkaConnection kafka;
  private final List<String> topics;
  private final From from;
  private final Duration maxStart;
  private final Consumer<ConsumerRecord<byte[], byte[]>> handler;

  private final Map<TopicPartition, Long> next = new HashMap<>();
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private volatile long startedNanos;
  private volatile boolean stopping;
  private volatile @Nullable KafkaConsumer<byte[], byte[]> consumer;
  private volatile @Nullable Thread thread;

  /**
   * @param name of the thread and the client
   * @param maxStart how long {@link #awaitReady} waits for the topics and their content
   * @param handler must not block
   */
  public TopicFeed(
      String name,
      KafkaConnection kafka,
      List<String> topics,
      From from,
      Duration maxStart,
      Consumer<ConsumerRecord<byte[], byte[]>> handler) {
    this.name = name;
    this.kafka = kafka;
    this.topics = List.copyOf(topics);
    this.from = from;
    this.maxStart = maxStart;
    this.handler = handler;
  }

  /** Begins to read; {@link #awaitReady} says when it has caught up. */
  @Override
  public void start() {
    startedNanos = System.nanoTime();
    Thread reader = Thread.ofPlatform().name(name).unstarted(this::run);
    thread = reader;
    reader.start();
  }

  /**
   * Returns when everything has been handed over that was there at the start.
   *
   * @throws IllegalStateException if the topics could not be read up to their end in time
   */
  public void awaitReady() {
    try {
      long left = maxStart.toNanos() - (System.nanoTime() - startedNanos);
      ready.get(Math.max(0, left), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new StartFailure(
          "Kafka at "
              + kafka.bootstrapServers()
              + " did not give "
              + String.join(", ", topics)
              + " within "
              + maxStart.toSeconds()
              + " s: check KAFKA_BOOTSTRAP_SERVERS and that the broker is up",
          e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(name + " could not start", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + name + " started", e);
    }
  }

  @Override
  public void stop() {
    stopping = true;
    KafkaConsumer<byte[], byte[]> current = consumer;
    if (current != null) {
      current.wakeup();
    }
    Thread reader = thread;
    if (reader == null) {
      return;
    }
    try {
      if (!reader.join(Duration.ofSeconds(5))) {
        log.warn("{} did not stop within 5 s", name);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    thread = null;
  }

  @Override
  public boolean isRunning() {
    return thread != null;
  }

  /** Whether it has caught up and its thread lives. */
  public boolean ready() {
    Thread reader = thread;
    return ready.isDone() && reader != null && reader.isAlive();
  }

  @Override
  public int getPhase() {
    return PHASE;
  }

  private void run() {
    while (!stopping) {
      try (KafkaConsumer<byte[], byte[]> client = newConsumer()) {
        consumer = client;
        read(client);
      } catch (WakeupException e) {
        // Only stop() wakes the client; the loop condition sees it.
        log.debug("{} was woken", name);
      } catch (RuntimeException e) {
        log.warn("{} lost its Kafka client and makes a new one", name, e);
        pause();
      }
    }
  }

  private void read(KafkaConsumer<byte[], byte[]> client) {
    Map<TopicPartition, Long> ends = assign(client);
    while (!stopping) {
      for (ConsumerRecord<byte[], byte[]> record : client.poll(POLL)) {
        try {
          handler.accept(record);
        } catch (RuntimeException e) {
          log.error(
              "{} passed over record {} of {}-{}: it cannot be read",
              name,
              record.offset(),
              record.topic(),
              record.partition(),
              e);
        }
      }
      // Positions rather than the last record's offset: markers of transactions count too.
      for (TopicPartition partition : ends.keySet()) {
        next.put(partition, client.position(partition));
      }
      if (!ready.isDone()
          && ends.entrySet().stream()
              .allMatch(e -> next.getOrDefault(e.getKey(), 0L) >= e.getValue())) {
        ready.complete(null);
      }
    }
  }

  /** Waits until all topics exist; returns where their partitions end. */
  private Map<TopicPartition, Long> assign(KafkaConsumer<byte[], byte[]> client) {
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic : topics) {
      List<PartitionInfo> infos = client.partitionsFor(topic);
      while (infos == null || infos.isEmpty()) {
        pause();
        if (stopping) {
          return Map.of();
        }
        infos = client.partitionsFor(topic);
      }
      infos.forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
    }
    client.assign(partitions);
    Map<TopicPartition, Long> ends = client.endOffsets(partitions);
    Map<TopicPartition, Long> begins = client.beginningOffsets(partitions);
    for (TopicPartition partition : partitions) {
      Long known = next.get(partition);
      long start =
          known != null
              ? known
              : switch (from) {
                case BEGINNING -> begins.getOrDefault(partition, 0L);
                case END -> ends.getOrDefault(partition, 0L);
              };
      client.seek(partition, start);
      next.put(partition, start);
    }
    return ends;
  }

  private void pause() {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      stopping = true;
    }
  }

  private KafkaConsumer<byte[], byte[]> newConsumer() {
    Map<String, Object> own = new HashMap<>();
    own.put(ConsumerConfig.CLIENT_ID_CONFIG, name);
    own.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    own.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    own.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    // A partition whose records were deleted below our position: go on with what is left.
    own.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    own.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 2_000);
    own.put(ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 1_000);
    return new KafkaConsumer<>(
        kafka.with(own), new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }
}
