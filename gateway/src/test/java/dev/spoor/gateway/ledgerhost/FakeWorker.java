package dev.spoor.gateway.ledgerhost;

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
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.ledger.WorkerMessage;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
 * A worker without agents: claims what it finds, and ends what it is granted with its first step.
 * Two threads; keeps what it was told.
 */
final class FakeWorker implements AutoCloseable {
  final WorkerId id;
  final Map<JobId, WorkerMessage.Grant> grants = new ConcurrentHashMap<>();
  final Set<WorkerMessage> messages = ConcurrentHashMap.newKeySet();

  private final KafkaConnection connection;
  private final Topics topics;
  private final KafkaProducer<byte[], byte[]> producer;
  private final Thread claiming;
  private final Thread granted;
  private final boolean finishes;
  private volatile boolean stopping;
  private int claims;

  FakeWorker(KafkaConnection connection, Topics topics, String name) {
    this(connection, topics, name, true);
  }

  /**
   * @param finishes whether it ends jobs; else it only holds them
   */
  FakeWorker(KafkaConnection connection, Topics topics, String name, boolean finishes) {
    this.connection = connection;
    this.topics = topics;
    this.finishes = finishes;
    this.id = new WorkerId(name);
    this.producer =
        new KafkaProducer<>(
            connection.with(Map.of("acks", "all", "linger.ms", "1", "batch.size", "131072")),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    this.claiming = Thread.ofPlatform().name(name + "-claims").start(this::claim);
    this.granted = Thread.ofPlatform().name(name + "-grants").start(this::listen);
  }

  private void claim() {
    try (KafkaShareConsumer<byte[], byte[]> queue =
        new KafkaShareConsumer<>(
            connection.with(
                Map.of(
                    "group.id",
                    topics.workersGroup(),
                    "share.acknowledgement.mode",
                    "explicit",
                    "max.poll.records",
                    "500")),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      queue.subscribe(
          List.of(
              topics.jobs(Priority.HIGH), topics.jobs(Priority.NORMAL), topics.jobs(Priority.LOW)));
      while (!stopping) {
        List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
        queue.poll(Duration.ofMillis(200)).forEach(found::add);
        for (ConsumerRecord<byte[], byte[]> record : found) {
          Dispatch dispatch = Json.read(record.value(), Dispatch.class);
          send(
              dispatch.jobId(),
              new LedgerInput.Claim(
                  dispatch.jobId(),
                  dispatch.dispatchNo(),
                  new ClaimId(id + "-" + claims++),
                  id,
                  0));
        }
        if (!found.isEmpty()) {
          producer.flush();
          found.forEach(record -> queue.acknowledge(record, AcknowledgeType.ACCEPT));
          queue.commitAsync();
        }
      }
    }
  }

  private void listen() {
    try (KafkaConsumer<byte[], byte[]> reader =
        new KafkaConsumer<>(
            connection.with(Map.of("isolation.level", "read_committed")),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      TopicPartition mine = new TopicPartition(topics.grants(), 0);
      reader.assign(List.of(mine));
      reader.seekToEnd(List.of(mine));
      reader.position(mine);
      while (!stopping) {
        for (ConsumerRecord<byte[], byte[]> record : reader.poll(Duration.ofMillis(200))) {
          WorkerMessage message = Json.read(record.value(), WorkerMessage.class);
          if (!message.workerId().equals(id)) {
            continue;
          }
          messages.add(message);
          if (message instanceof WorkerMessage.Grant grant) {
            grants.put(grant.jobId(), grant);
            if (finishes) {
              finish(grant);
            }
          }
        }
      }
    }
  }

  void finish(WorkerMessage.Grant grant) {
    send(grant.jobId(), end(grant));
  }

  static LedgerInput.StepCompleted end(WorkerMessage.Grant grant) {
    return new LedgerInput.StepCompleted(
        grant.jobId(),
        grant.workerId(),
        grant.epoch(),
        new StepSummary(
            new StepId("echo"),
            1,
            new AgentId("echo"),
            "default",
            grant.attempt(),
            Instant.now(),
            0,
            Usage.NONE,
            0),
        grant.input(),
        new LedgerInput.End(null));
  }

  void heartbeat(int partitions, boolean leaving, Set<JobId> without) {
    Map<Integer, List<LedgerInput.Held>> held = new HashMap<>();
    for (int p = 0; p < partitions; p++) {
      int partition = p;
      List<LedgerInput.Held> all = held.computeIfAbsent(p, any -> new ArrayList<>());
      grants.forEach((jobId, grant) -> {
        if (!without.contains(jobId)) {
          all.add(new LedgerInput.Held(jobId, grant.epoch()));
        }
      });
      var _ =
          producer.send(
              new ProducerRecord<>(
                  topics.ledgerIn(),
                  partition,
                  null,
                  Json.write(new LedgerInput.Heartbeat(id, all, leaving))));
    }
    producer.flush();
  }

  private void send(JobId jobId, LedgerInput input) {
    var _ =
        producer.send(
            new ProducerRecord<>(
                topics.ledgerIn(), jobId.toString().getBytes(UTF_8), Json.write(input)));
  }

  WorkerMessage.Grant grant(JobId jobId) {
    return Objects.requireNonNull(grants.get(jobId));
  }

  @Override
  public void close() {
    stopping = true;
    try {
      claiming.join(10_000);
      granted.join(10_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    producer.close(Duration.ofSeconds(1));
  }
}
