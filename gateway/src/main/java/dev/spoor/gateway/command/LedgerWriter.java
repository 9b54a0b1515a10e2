package dev.spoor.gateway.command;

import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.wire.Headers;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.gateway.feed.TopicFeed;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Writes commands to {@code ledger-in}, durably: {@code acks=all}, idempotent, no retry of its own.
 *
 * <p>Thread-safe; callers block for {@link #MAX_BLOCK} plus {@link #MAX_DELIVERY} at most. Batches
 * form by themselves: with {@code linger.ms=0} a lone command leaves at once, and while a request
 * is in flight the others gather.
 */
public final class LedgerWriter implements SmartLifecycle {
  /** Metadata and buffer space: nothing has been handed over before they are there. */
  static final Duration MAX_BLOCK = Duration.ofSeconds(2);

  static final Duration MAX_DELIVERY = Duration.ofMillis(6_500);

  /** A little more than the producer needs to give up by itself. */
  private static final Duration MAX_WAIT = MAX_DELIVERY.plusMillis(500);

  private static final Logger log = LoggerFactory.getLogger(LedgerWriter.class);

  private final String topic;
  private final Producer<byte[], byte[]> producer;
  private final Duration maxStart;
  private volatile int partitions;
  private volatile boolean running;

  /**
   * @param maxStart how long {@link #start} waits for the topic
   */
  LedgerWriter(String topic, Producer<byte[], byte[]> producer, Duration maxStart) {
    this.topic = topic;
    this.producer = producer;
    this.maxStart = maxStart;
  }

  /** A writer with a Kafka client of its own. */
  public static LedgerWriter connect(
      KafkaConnection kafka, String topic, String clientId, Duration maxStart) {
    Map<String, Object> own = new HashMap<>();
    own.put(ProducerConfig.CLIENT_ID_CONFIG, clientId);
    own.put(ProducerConfig.ACKS_CONFIG, "all");
    own.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    // With more, a second batch can overtake the first where the log has only just opened, and the
    // first is then refused for ever (KAFKA-15591, not mended in 4.3).
    own.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 1);
    own.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    own.put(ProducerConfig.BATCH_SIZE_CONFIG, 128 * 1024);
    // Full: send() waits MAX_BLOCK, then the command is refused as certainly not accepted.
    own.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 64L << 20);
    own.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 6 << 20);
    own.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, MAX_BLOCK.toMillis());
    own.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 3_000);
    own.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) MAX_DELIVERY.toMillis());
    own.put(ProducerConfig.RETRY_BACKOFF_MS_CONFIG, 20);
    own.put(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 500);
    return new LedgerWriter(
        topic,
        new KafkaProducer<>(kafka.with(own), new ByteArraySerializer(), new ByteArraySerializer()),
        maxStart);
  }

  /**
   * Writes a command and waits until it is known what became of it.
   *
   * @param traceparent goes into the record's headers
   */
  public Written write(
      LedgerInput.OfJob command, RequestId requestId, @Nullable String traceparent) {
    byte[] key = command.jobId().toString().getBytes(StandardCharsets.UTF_8);
    ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, key, Json.write(command));
    record.headers().add(Headers.REQUEST_ID, requestId.value().getBytes(StandardCharsets.UTF_8));
    if (traceparent != null) {
      record.headers().add(Headers.TRACEPARENT, traceparent.getBytes(StandardCharsets.UTF_8));
    }
    Thread caller = Thread.currentThread();
    CompletableFuture<Written> outcome = new CompletableFuture<>();
    try {
      // What fails before the record is in the producer's buffer (no metadata, no space, too
      // large, producer closed) is either thrown here or told to the callback on *this* thread.
      // Once the record is in the buffer, only the producer's own thread calls back. So: this
      // thread, certainly not written; the other, perhaps written.
      var _ =
          producer.send(
              record,
              (_, failure) -> {
                if (failure == null) {
                  outcome.complete(new Written.Durable());
                } else if (Thread.currentThread() == caller) {
                  outcome.complete(notAccepted(failure));
                } else {
                  log.warn("a command may not have reached the ledger: {}", failure.toString());
                  outcome.complete(new Written.Unknown("Kafka did not confirm it in time"));
                }
              });
    } catch (KafkaException | IllegalStateException e) {
      return notAccepted(e);
    }
    try {
      return outcome.get(MAX_WAIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return new Written.Unknown("Kafka did not confirm it in time");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Written.Unknown("the gateway is stopping");
    } catch (ExecutionException e) {
      throw new IllegalStateException("the outcome is never an exception", e);
    }
  }

  private static Written notAccepted(Exception failure) {
    log.warn("a command was not handed to Kafka: {}", failure.toString());
    return new Written.NotAccepted("Kafka cannot be reached or does not keep up");
  }

  /** How many partitions the topic has; 0 before the start. */
  public int partitions() {
    return partitions;
  }

  /**
   * Learns where the topic is, so that the first command need not wait for it.
   *
   * @throws IllegalStateException if Kafka or the topic is not there in time
   */
  @Override
  public void start() {
    long deadline = System.nanoTime() + maxStart.toNanos();
    while (partitions == 0) {
      try {
        partitions = producer.partitionsFor(topic).size();
      } catch (KafkaException e) {
        if (System.nanoTime() - deadline > 0) {
          throw new IllegalStateException(
              "Kafka did not give the topic "
                  + topic
                  + " within "
                  + maxStart.toSeconds()
                  + " s: check KAFKA_BOOTSTRAP_SERVERS and that the broker is up",
              e);
        }
        log.info("waiting for the topic {}", topic);
      }
    }
    running = true;
  }

  /** Waits up to 5 s for what was handed over. */
  @Override
  public void stop() {
    running = false;
    producer.close(Duration.ofSeconds(5));
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** After the topics exist, before web traffic; stops after it. */
  @Override
  public int getPhase() {
    return TopicFeed.PHASE;
  }
}
