package dev.spoor.system.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.spoor.contract.job.AgentId;
import dev.spoor.contract.job.ClaimId;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.Priority;
import dev.spoor.contract.job.StepId;
import dev.spoor.contract.job.StepSummary;
import dev.spoor.contract.job.Usage;
import dev.spoor.contract.job.WorkerId;
import dev.spoor.contract.ledger.Dispatch;
import dev.spoor.contract.ledger.JobUpdate;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.ledger.WorkerMessage;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Claims jobs, and ends what it is granted with two steps that do nothing; watches the updates for
 * the ends. Three threads, ended by the process or {@link #close}.
 */
final class BenchWorker implements AutoCloseable {
  private final WorkerId id = new WorkerId("w-" + UUID.randomUUID());
  private final KafkaConnection connection;
  private final Topics topics;
  private final KafkaProducer<byte[], byte[]> producer;
  private final Map<JobId, Long> due = new ConcurrentHashMap<>();
  private final AtomicLong ended = new AtomicLong();
  private final Histogram latency = new ConcurrentHistogram(3);
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopping;
  private int claims;

  /** Submit to grant. */
  record Latency(double p50Millis, double p99Millis) {}

  BenchWorker(KafkaConnection connection, Topics topics) {
    this.connection = connection;
    this.topics = topics;
    this.producer =
        new KafkaProducer<>(
            connection.with(Map.of("acks", "all", "linger.ms", 0, "batch.size", 128 * 1024)),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    threads.add(Thread.ofPlatform().daemon().name("bench-claims").start(this::claim));
    threads.add(Thread.ofPlatform().daemon().name("bench-grants").start(this::listen));
    threads.add(Thread.ofPlatform().daemon().name("bench-updates").start(this::watch));
  }

  void expect(JobId jobId, long dueNanos) {
    due.put(jobId, dueNanos);
  }

  long ended() {
    return ended.get();
  }

  boolean hasEnded(JobId jobId) {
    return !due.containsKey(jobId) && ended.get() > 0;
  }

  void clear() {
    latency.reset();
  }

  Latency latency() {
    return new Latency(
        latency.getValueAtPercentile(50) / 1e6, latency.getValueAtPercentile(99) / 1e6);
  }

  private void claim() {
    while (!stopping) {
      try (KafkaShareConsumer<byte[], byte[]> queue =
          new KafkaShareConsumer<>(
              connection.with(
                  Map.of(
                      "group.id",
                      topics.workersGroup(),
                      "share.acknowledgement.mode",
                      "explicit",
                      "share.acquire.mode",
                      "record_limit",
                      "max.poll.records",
                      500)),
              new ByteArrayDeserializer(),
              new ByteArrayDeserializer())) {
        queue.subscribe(List.of(topics.jobs(Priority.NORMAL)));
        while (!stopping) {
          claimSome(queue);
        }
      } catch (org.apache.kafka.common.errors.InvalidTopicException
          | org.apache.kafka.common.errors.UnknownTopicOrPartitionException e) {
        LedgerBench.sleep(20);
      }
    }
  }

  private void claimSome(KafkaShareConsumer<byte[], byte[]> queue) {
    List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
    queue.poll(Duration.ofMillis(200)).forEach(found::add);
    for (ConsumerRecord<byte[], byte[]> record : found) {
      Dispatch dispatch = Json.read(record.value(), Dispatch.class);
      send(
          dispatch.jobId(),
          new LedgerInput.Claim(
              dispatch.jobId(), dispatch.dispatchNo(), new ClaimId("c-" + claims++), id, 0));
    }
    if (!found.isEmpty()) {
      // Accepted once the claims are durable.
      producer.flush();
      found.forEach(record -> queue.acknowledge(record, AcknowledgeType.ACCEPT));
      queue.commitAsync();
    }
  }

  private void listen() {
    try (KafkaConsumer<byte[], byte[]> reader = reader(topics.grants(), 1)) {
      while (!stopping) {
        for (ConsumerRecord<byte[], byte[]> record : reader.poll(Duration.ofMillis(200))) {
          WorkerMessage message = Json.read(record.value(), WorkerMessage.class);
          if (message instanceof WorkerMessage.Grant grant && grant.workerId().equals(id)) {
            Long start = due.get(grant.jobId());
            if (start != null) {
              latency.recordValue(Math.max(1, System.nanoTime() - start));
            }
            send(grant.jobId(), step(grant, "first", null));
            send(grant.jobId(), step(grant, "last", new LedgerInput.End(null)));
          }
        }
      }
    }
  }

  private static LedgerInput.StepCompleted step(
      WorkerMessage.Grant grant,
      String name,
      LedgerInput.@org.jspecify.annotations.Nullable End end) {
    return new LedgerInput.StepCompleted(
        grant.jobId(),
        grant.workerId(),
        grant.epoch(),
        new StepSummary(
            new StepId(name),
            1,
            new AgentId("echo"),
            "default",
            grant.attempt(),
            Instant.now(),
            0,
            Usage.NONE,
            0),
        grant.input(),
        end);
  }

  private void watch() {
    try (KafkaConsumer<byte[], byte[]> reader =
        reader(topics.jobUpdates(), LedgerBench.PARTITIONS)) {
      while (!stopping) {
        for (ConsumerRecord<byte[], byte[]> record : reader.poll(Duration.ofMillis(200))) {
          JobUpdate update = Json.read(record.value(), JobUpdate.class);
          if (update.status() != null
              && update.status().ended()
              && due.remove(update.jobId()) != null) {
            ended.incrementAndGet();
          }
        }
      }
    }
  }

  /** From the end on: what was before is of an earlier process. */
  private KafkaConsumer<byte[], byte[]> reader(String topic, int partitions) {
    KafkaConsumer<byte[], byte[]> reader =
        new KafkaConsumer<>(
            connection.with(Map.of("isolation.level", "read_committed")),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    List<TopicPartition> all = new ArrayList<>();
    for (int p = 0; p < partitions; p++) {
      all.add(new TopicPartition(topic, p));
    }
    reader.assign(all);
    boolean placed = false;
    while (!placed && !stopping) {
      try {
        Map<TopicPartition, Long> ends = reader.endOffsets(all, Duration.ofSeconds(2));
        ends.forEach(reader::seek);
        placed = true;
      } catch (org.apache.kafka.common.errors.TimeoutException e) {
        // The topic is about to be made.
      }
    }
    return reader;
  }

  private void send(JobId jobId, LedgerInput input) {
    var _ =
        producer.send(
            new ProducerRecord<>(
                topics.ledgerIn(), jobId.toString().getBytes(UTF_8), Json.write(input)));
  }

  @Override
  public void close() {
    stopping = true;
    for (Thread thread : threads) {
      try {
        thread.join(Duration.ofSeconds(5));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    producer.close(Duration.ofSeconds(1));
  }
}
