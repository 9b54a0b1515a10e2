package dev.spoor.worker.report;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.wire.Headers;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.telemetry.correlation.Correlation;
import dev.spoor.telemetry.correlation.TraceContext;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Writes to {@code ledger-in}, idempotently and with {@code acks=all}: what was written is in the
 * order it was sent, once. Thread-safe. A call blocks only while the producer's buffer is full.
 */
public final class LedgerWriter {
  /** Shorter than the lock on a queue's record, so that a failed claim is known in time. */
  private static final Duration DELIVERY_LIMIT = Duration.ofSeconds(20);

  private final Producer<byte[], byte[]> producer;
  private final String topic;
  private final int partitions;

  /** Blocks until the broker has said how many partitions there are, a minute at most. */
  public LedgerWriter(Producer<byte[], byte[]> producer, String topic) {
    this.producer = producer;
    this.topic = topic;
    this.partitions = producer.partitionsFor(topic).size();
  }

  /** A producer with the settings that the promises above need. */
  public static Producer<byte[], byte[]> producer(KafkaConnection kafka, String clientId) {
    return new KafkaProducer<>(
        kafka.with(
            Map.<String, Object>ofEntries(
                Map.entry(ProducerConfig.CLIENT_ID_CONFIG, clientId),
                Map.entry(ProducerConfig.ACKS_CONFIG, "all"),
                Map.entry(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true),
                // With more, a second batch can overtake the first where the log has only just
                // opened, and the first is then refused for ever (KAFKA-15591, not mended in 4.3).
                // Batches form by themselves meanwhile.
                Map.entry(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 1),
                Map.entry(ProducerConfig.LINGER_MS_CONFIG, 1),
                Map.entry(ProducerConfig.BATCH_SIZE_CONFIG, 128 * 1024),
                Map.entry(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4"),
                // A step's output is 256 KiB at most, as JSON inside JSON.
                Map.entry(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 6 * 1024 * 1024),
                Map.entry(
                    ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                    Math.toIntExact(DELIVERY_LIMIT.toMillis())),
                Map.entry(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000))),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  public int partitions() {
    return partitions;
  }

  /** The partition of {@code ledger-in} that a job belongs to. */
  public int partitionOf(JobId jobId) {
    return BuiltInPartitioner.partitionForKey(keyOf(jobId), partitions);
  }

  /**
   * Completes when the ledger's log has it; exceptionally if that cannot be known. The record is
   * part of the current thread's trace.
   */
  public CompletableFuture<Void> send(LedgerInput.OfJob input) {
    return send(input, Correlation.trace().map(TraceContext::traceparent).orElse(null));
  }

  /**
   * The same as part of another trace.
   *
   * @param traceparent null for none
   */
  public CompletableFuture<Void> send(LedgerInput.OfJob input, @Nullable String traceparent) {
    byte[] key = keyOf(input.jobId());
    int partition = BuiltInPartitioner.partitionForKey(key, partitions);
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(topic, partition, key, Json.write(input));
    if (traceparent != null) {
      record.headers().add(Headers.TRACEPARENT, traceparent.getBytes(StandardCharsets.UTF_8));
    }
    return send(record);
  }

  /** The same for a heartbeat, which goes to a partition and not to a job. */
  public CompletableFuture<Void> send(int partition, LedgerInput.Heartbeat heartbeat) {
    byte[] key = Integer.toString(partition).getBytes(StandardCharsets.UTF_8);
    return send(new ProducerRecord<>(topic, partition, key, Json.write(heartbeat)));
  }

  private CompletableFuture<Void> send(ProducerRecord<byte[], byte[]> record) {
    CompletableFuture<Void> written = new CompletableFuture<>();
    try {
      var _ =
          producer.send(
              record,
              (metadata, failure) -> {
                if (failure == null) {
                  written.complete(null);
                } else {
                  written.completeExceptionally(failure);
                }
              });
    } catch (RuntimeException refused) {
      // Buffer full for too long, record too large, or closed.
      written.completeExceptionally(refused);
    }
    return written;
  }

  private static byte[] keyOf(JobId jobId) {
    return jobId.toString().getBytes(StandardCharsets.UTF_8);
  }
}
