package dev.spoor.worker;

import dev.spoor.contract.job.ErrorCategory;
import dev.spoor.contract.job.FlowId;
import dev.spoor.contract.job.JobError;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobSpec;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.Priority;
import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.job.WorkerId;
import dev.spoor.contract.ledger.Dispatch;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.ledger.RefusalReason;
import dev.spoor.contract.ledger.StopReason;
import dev.spoor.contract.ledger.WorkerMessage;
import dev.spoor.contract.ledger.WorkerMessage.CompletedStep;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A ledger with the rules that a worker can feel, in memory: first claim of the current dispatch
 * wins, epochs, kept steps. No leases of its own: a test says when one is lost. Thread-safe.
 */
final class FakeLedger implements AutoCloseable {
  private static final int PARTITIONS = 4;

  private final Topics topics;
  private final KafkaProducer<byte[], byte[]> producer;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Thread thread;
  private final Map<JobId, Job> jobs = new HashMap<>();
  private final List<LedgerInput> inputs = new CopyOnWriteArrayList<>();
  private volatile boolean keepInputs = true;
  private volatile boolean stopping;
  private volatile boolean deaf;
  private int endedJobs;

  /** A job as the fake knows it. */
  static final class Job {
    final JobId id;
    final JobSpec spec;
    final JsonNode input;
    final @Nullable Instant deadlineAt;
    JobStatus status = JobStatus.QUEUED;
    int dispatchNo = 1;
    long epoch;
    int attempt;
    @Nullable WorkerId holder;
    int replyPartition;
    final Map<dev.spoor.contract.job.StepKey, CompletedStep> steps =
        new java.util.LinkedHashMap<>();
    @Nullable JsonNode result;
    @Nullable JobError error;
    long retryAfterMs;
    final List<String> releases = new ArrayList<>();
    int refused;
    long grantedAt;
    long endedAt;
    final long submittedAt = System.nanoTime();

    Job(JobId id, JobSpec spec, JsonNode input, @Nullable Instant deadlineAt) {
      this.id = id;
      this.spec = spec;
      this.input = input;
      this.deadlineAt = deadlineAt;
    }
  }

  FakeLedger(KafkaConnection kafka, Topics topics) {
    this.topics = topics;
    createTopics(kafka, topics);
    producer =
        new KafkaProducer<>(
            kafka.with(Map.of("acks", "all", "linger.ms", 1, "max.request.size", 6 << 20)),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    consumer =
        new KafkaConsumer<>(
            kafka.with(Map.of("auto.offset.reset", "earliest", "enable.auto.commit", false)),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    List<TopicPartition> partitions = new ArrayList<>();
    for (PartitionInfo info : consumer.partitionsFor(topics.ledgerIn())) {
      partitions.add(new TopicPartition(info.topic(), info.partition()));
    }
    consumer.assign(partitions);
    thread = Thread.ofPlatform().name("fake-ledger").daemon().start(this::loop);
  }

  static void createTopics(KafkaConnection kafka, Topics topics) {
    try (Admin admin = Admin.create(kafka.with(Map.of()))) {
      List<NewTopic> wanted = new ArrayList<>();
      Map<String, String> large = Map.of("max.message.bytes", Integer.toString(6 << 20));
      wanted.add(new NewTopic(topics.ledgerIn(), PARTITIONS, (short) 1).configs(large));
      wanted.add(new NewTopic(topics.grants(), 8, (short) 1).configs(large));
      wanted.add(new NewTopic(topics.flows(), 1, (short) 1));
      for (Priority priority : Priority.values()) {
        wanted.add(new NewTopic(topics.jobs(priority), 1, (short) 1));
      }
      admin.createTopics(wanted).all().get();
      admin
          .incrementalAlterConfigs(
              Map.of(
                  new ConfigResource(ConfigResource.Type.GROUP, topics.workersGroup()),
                  List.of(
                      new AlterConfigOp(
                          new ConfigEntry("share.auto.offset.reset", "earliest"),
                          AlterConfigOp.OpType.SET),
                      new AlterConfigOp(
                          new ConfigEntry("share.isolation.level", "read_committed"),
                          AlterConfigOp.OpType.SET))))
          .all()
          .get();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  // ---- what a test does

  JobId submit(String flow, String input) {
    return submit(JobSpec.of(new FlowId(flow)), input, null);
  }

  JobId submit(JobSpec spec, String input, @Nullable Instant deadlineAt) {
    JobId id = new JobId(UUID.randomUUID());
    Job job = new Job(id, spec, Json.tree(input.getBytes(StandardCharsets.UTF_8)), deadlineAt);
    synchronized (this) {
      jobs.put(id, job);
    }
    dispatch(job);
    return id;
  }

  synchronized void cancel(JobId id) {
    Job job = job(id);
    WorkerId holder = job.holder;
    if (holder != null) {
      tell(job, new WorkerMessage.Stop(holder, id, job.epoch, StopReason.CANCELLED));
    }
    end(job, JobStatus.CANCELLED);
  }

  /** Ends every lease of a worker, as when it was not heard of for too long. */
  synchronized void loseLeases(WorkerId worker) {
    for (Job job : jobs.values()) {
      if (worker.equals(job.holder)) {
        tell(job, new WorkerMessage.Stop(worker, job.id, job.epoch, StopReason.LEASE_LOST));
        requeue(job);
      }
    }
  }

  /** Sends the current dispatch of a job once more, as a redelivery or a repair would. */
  synchronized void dispatchAgain(JobId id) {
    dispatch(job(id));
  }

  void put(String topic, byte[] value) {
    var _ = producer.send(new ProducerRecord<>(topic, value));
    producer.flush();
  }

  /** Reads on, but answers nothing. */
  void deaf(boolean yes) {
    deaf = yes;
  }

  void keepInputs(boolean yes) {
    keepInputs = yes;
  }

  synchronized Job job(JobId id) {
    Job job = jobs.get(id);
    if (job == null) {
      throw new AssertionError("no job " + id);
    }
    return job;
  }

  synchronized JobStatus status(JobId id) {
    return job(id).status;
  }

  synchronized int ended() {
    return endedJobs;
  }

  synchronized long running() {
    return jobs.values().stream().filter(each -> each.status == JobStatus.RUNNING).count();
  }

  List<LedgerInput> inputs() {
    return inputs;
  }

  <T extends LedgerInput> List<T> inputs(Class<T> type) {
    return inputs.stream().filter(type::isInstance).map(type::cast).toList();
  }

  @Override
  public void close() {
    stopping = true;
    consumer.wakeup();
    try {
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    producer.close(Duration.ofSeconds(1));
  }

  // ---- what a ledger does

  private void loop() {
    try (consumer) {
      while (!stopping) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
          LedgerInput input = Json.read(record.value(), LedgerInput.class);
          if (keepInputs) {
            inputs.add(input);
          }
          if (!deaf) {
            apply(input);
          }
        }
      }
    } catch (WakeupException e) {
      // Closing.
    }
  }

  private synchronized void apply(LedgerInput input) {
    switch (input) {
      case LedgerInput.Claim claim -> claim(claim);
      case LedgerInput.StepCompleted step -> step(step);
      case LedgerInput.AttemptFailed failed -> {
        Job job = jobs.get(failed.jobId());
        if (job != null && holds(job, failed.workerId(), failed.epoch())) {
          job.error = failed.error();
          job.retryAfterMs = failed.retryAfterMs();
          if (!failed.retryable()) {
            end(job, JobStatus.FAILED);
          } else if (job.attempt >= job.spec.maxAttempts()) {
            end(job, JobStatus.DEAD);
          } else {
            requeue(job);
          }
        }
      }
      case LedgerInput.Released released -> {
        Job job = jobs.get(released.jobId());
        if (job != null && holds(job, released.workerId(), released.epoch())) {
          job.releases.add(released.reason());
          job.attempt--;
          requeue(job);
        }
      }
      case LedgerInput.Heartbeat _, LedgerInput.Tick _, LedgerInput.QueueProbe _ -> {}
      case LedgerInput.Submit _, LedgerInput.Cancel _, LedgerInput.Replay _ ->
          throw new AssertionError("a worker does not send this: " + input);
    }
  }

  private void claim(LedgerInput.Claim claim) {
    Job job = jobs.get(claim.jobId());
    RefusalReason refusal =
        job == null
            ? RefusalReason.UNKNOWN_JOB
            : job.status.ended()
                ? RefusalReason.ENDED
                : job.dispatchNo != claim.dispatchNo()
                    ? RefusalReason.OUTDATED_DISPATCH
                    : job.status == JobStatus.RUNNING ? RefusalReason.ALREADY_GRANTED : null;
    if (job == null || refusal != null) {
      if (job != null) {
        job.refused++;
      }
      send(
          topics.grants(),
          claim.replyPartition(),
          claim.workerId().value(),
          new WorkerMessage.Refused(
              claim.workerId(),
              claim.claimId(),
              claim.jobId(),
              refusal == null ? RefusalReason.UNKNOWN_JOB : refusal));
      return;
    }
    job.status = JobStatus.RUNNING;
    job.epoch++;
    job.attempt++;
    job.holder = claim.workerId();
    job.replyPartition = claim.replyPartition();
    job.grantedAt = System.nanoTime();
    tell(
        job,
        new WorkerMessage.Grant(
            claim.workerId(),
            claim.claimId(),
            job.id,
            job.epoch,
            1,
            job.attempt,
            job.spec,
            Instant.now(),
            job.deadlineAt,
            new RequestId("test"),
            null,
            job.input,
            List.copyOf(job.steps.values())));
  }

  private void step(LedgerInput.StepCompleted input) {
    Job job = jobs.get(input.jobId());
    if (job == null || !holds(job, input.workerId(), input.epoch())) {
      return;
    }
    job.steps.put(input.step().key(), new CompletedStep(input.step(), input.output()));
    LedgerInput.End end = input.end();
    if (end != null) {
      job.result = input.output();
      job.error = end.error();
      end(job, end.error() == null ? JobStatus.SUCCEEDED : JobStatus.FAILED);
    }
  }

  private boolean holds(Job job, WorkerId worker, long epoch) {
    return job.status == JobStatus.RUNNING && worker.equals(job.holder) && job.epoch == epoch;
  }

  private void requeue(Job job) {
    job.status = JobStatus.QUEUED;
    job.holder = null;
    job.dispatchNo++;
    dispatch(job);
  }

  private void end(Job job, JobStatus status) {
    if (status == JobStatus.CANCELLED && job.error == null) {
      job.error = new JobError("cancelled", null, ErrorCategory.CANCELLED, null);
    }
    job.status = status;
    job.holder = null;
    job.endedAt = System.nanoTime();
    endedJobs++;
  }

  private void dispatch(Job job) {
    int bytes = Json.write(job.input).length;
    var _ =
        producer.send(
            new ProducerRecord<>(
                topics.jobs(job.spec.priority()),
                job.id.toString().getBytes(StandardCharsets.UTF_8),
                Json.write(new Dispatch(job.id, job.dispatchNo, bytes))));
  }

  private void tell(Job job, WorkerMessage message) {
    send(topics.grants(), job.replyPartition, message.workerId().value(), message);
  }

  private void send(String topic, int partition, String key, WorkerMessage message) {
    var _ =
        producer.send(
            new ProducerRecord<>(
                topic, partition, key.getBytes(StandardCharsets.UTF_8), Json.write(message)));
  }
}
