package dev.spoor.gateway;

import dev.spoor.contract.job.AgentId;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.job.StepId;
import dev.spoor.contract.job.StepSummary;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.job.Usage;
import dev.spoor.contract.ledger.AnswerOutcome;
import dev.spoor.contract.ledger.JobUpdate;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.gateway.ledger.JobReads;
import dev.spoor.gateway.ledger.JobView;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Stands in for the ledger: reads its input, keeps jobs in memory, answers on job-updates. Knows
 * only what the HTTP side needs to see; the rules have tests of their own.
 */
final class FakeLedger implements JobReads, AutoCloseable {
  static final JobId OTHER = JobId.parse("018f0000-0000-7000-8000-00000000abcd");

  private final Topics topics;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final KafkaProducer<byte[], byte[]> producer;
  private final Map<JobId, JobView> jobs = new ConcurrentHashMap<>();
  private final Map<JobId, String> hashes = new ConcurrentHashMap<>();
  private final List<LedgerInput> seen = new CopyOnWriteArrayList<>();
  private final Thread thread;
  private volatile boolean stopping;

  /** While false, commands are read and nothing is answered. */
  volatile boolean answers = true;

  /** Answers every look-up with this instead, if set. */
  volatile @Nullable Found instead;

  /** Partitions that it lists. */
  volatile Set<Integer> served = Set.of(0, 1, 2, 3);

  /** Partitions that another is to list. */
  volatile Map<URI, Set<Integer>> elsewhere = Map.of();

  /** Whether a partition is with nobody. */
  volatile boolean moving;

  FakeLedger(KafkaConnection kafka, Topics topics) {
    this.topics = topics;
    consumer =
        new KafkaConsumer<>(
            kafka.with(Map.of("enable.auto.commit", false)),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    producer =
        new KafkaProducer<>(
            kafka.with(Map.of("linger.ms", 0)),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    thread = Thread.ofPlatform().name("fake-ledger").start(this::run);
  }

  private void run() {
    List<TopicPartition> partitions =
        consumer.partitionsFor(topics.ledgerIn()).stream()
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    while (!stopping) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
        LedgerInput input = Json.read(record.value(), LedgerInput.class);
        seen.add(input);
        if (answers) {
          apply(input);
        }
      }
    }
    consumer.close();
  }

  private void apply(LedgerInput input) {
    switch (input) {
      case LedgerInput.Submit submit -> submit(submit);
      case LedgerInput.Cancel cancel -> {
        JobView job = jobs.get(cancel.jobId());
        if (job == null) {
          answer(cancel.jobId(), null, cancel.requestId(), AnswerOutcome.NOT_FOUND);
        } else if (job.status().ended()) {
          answer(cancel.jobId(), job, cancel.requestId(), AnswerOutcome.WRONG_STATE);
        } else {
          end(cancel.jobId(), JobStatus.CANCELLED, null, cancel.requestId());
        }
      }
      case LedgerInput.Replay replay -> {
        JobView job = jobs.get(replay.jobId());
        if (job == null) {
          answer(replay.jobId(), null, replay.requestId(), AnswerOutcome.NOT_FOUND);
        } else if (!job.status().next().contains(JobStatus.QUEUED)) {
          answer(replay.jobId(), job, replay.requestId(), AnswerOutcome.WRONG_STATE);
        } else {
          JobView again = with(job, JobStatus.QUEUED, job.runNo() + 1, 1, List.of(), null, null);
          jobs.put(replay.jobId(), again);
          publish(again, null, new JobUpdate.Answer(replay.requestId(), AnswerOutcome.DONE));
        }
      }
      case LedgerInput.Claim _,
          LedgerInput.StepCompleted _,
          LedgerInput.AttemptFailed _,
          LedgerInput.Released _,
          LedgerInput.Heartbeat _,
          LedgerInput.Tick _,
          LedgerInput.QueueProbe _ -> {}
    }
  }

  private void submit(LedgerInput.Submit submit) {
    JobView present = jobs.get(submit.jobId());
    if (present != null) {
      boolean same = submit.bodyHash().equals(hashes.get(submit.jobId()));
      answer(
          submit.jobId(),
          present,
          submit.requestId(),
          same ? AnswerOutcome.REPLAYED : AnswerOutcome.BODY_DIFFERS);
      return;
    }
    Instant now = Instant.now();
    JobView job =
        new JobView(
            submit.jobId(),
            submit.spec(),
            JobStatus.QUEUED,
            1,
            1,
            0,
            submit.requestId(),
            submit.traceparent(),
            now,
            now,
            null,
            null,
            null,
            null,
            null,
            List.of(),
            null,
            null,
            Usage.NONE);
    hashes.put(submit.jobId(), submit.bodyHash());
    jobs.put(submit.jobId(), job);
    publish(
        job,
        null,
        submit.idempotent() ? new JobUpdate.Answer(submit.requestId(), AnswerOutcome.DONE) : null);
  }

  /** As if a worker had completed a step. */
  void step(JobId jobId, String stepId) {
    JobView job = Objects.requireNonNull(jobs.get(jobId));
    StepSummary step =
        new StepSummary(
            new StepId(stepId),
            1,
            new AgentId(stepId),
            "default",
            1,
            Instant.now(),
            5,
            Usage.NONE,
            2);
    List<StepSummary> steps = new ArrayList<>(job.steps());
    steps.add(step);
    JobView after = with(job, JobStatus.RUNNING, job.runNo(), job.version() + 1, steps, null, null);
    jobs.put(jobId, after);
    publish(after, step, null);
  }

  /** As if the job had ended. The update is told first, as the real one may do. */
  void end(JobId jobId, JobStatus status, @Nullable JsonNode result, @Nullable RequestId answerTo) {
    JobView job = Objects.requireNonNull(jobs.get(jobId));
    JobView after =
        with(job, status, job.runNo(), job.version() + 1, job.steps(), Instant.now(), result);
    publish(
        after, null, answerTo == null ? null : new JobUpdate.Answer(answerTo, AnswerOutcome.DONE));
    jobs.put(jobId, after);
  }

  private static JobView with(
      JobView job,
      JobStatus status,
      int runNo,
      long version,
      List<StepSummary> steps,
      @Nullable Instant endedAt,
      @Nullable JsonNode result) {
    return new JobView(
        job.jobId(),
        job.spec(),
        status,
        runNo,
        version,
        1,
        job.requestId(),
        job.traceparent(),
        job.createdAt(),
        job.queuedAt(),
        job.startedAt(),
        endedAt,
        null,
        null,
        null,
        steps,
        result,
        null,
        Usage.NONE);
  }

  private void answer(
      JobId jobId, @Nullable JobView job, RequestId requestId, AnswerOutcome outcome) {
    write(
        jobId,
        new JobUpdate(
            jobId,
            job == null ? null : TenantId.DEFAULT,
            job == null ? 0 : job.runNo(),
            0,
            Instant.now(),
            job == null ? null : job.status(),
            0,
            null,
            null,
            Usage.NONE,
            new JobUpdate.Answer(requestId, outcome)));
  }

  private void publish(JobView job, @Nullable StepSummary step, JobUpdate.@Nullable Answer answer) {
    write(
        job.jobId(),
        new JobUpdate(
            job.jobId(),
            TenantId.DEFAULT,
            job.runNo(),
            job.version(),
            Instant.now(),
            job.status(),
            job.attempt(),
            step,
            job.error(),
            job.usage(),
            answer));
  }

  private void write(JobId jobId, JobUpdate update) {
    var _ =
        producer.send(
            new ProducerRecord<>(
                topics.jobUpdates(),
                jobId.toString().getBytes(StandardCharsets.UTF_8),
                Json.write(update)));
  }

  List<LedgerInput> seen() {
    return seen;
  }

  List<LedgerInput.Submit> submits(JobId jobId) {
    return seen.stream()
        .filter(LedgerInput.Submit.class::isInstance)
        .map(LedgerInput.Submit.class::cast)
        .filter(submit -> submit.jobId().equals(jobId))
        .toList();
  }

  @Override
  public Found job(JobId jobId) {
    Found other = instead;
    if (other != null) {
      return other;
    }
    JobView job = jobs.get(jobId);
    return job == null ? new Found.Absent() : new Found.Here(job);
  }

  /** The same job under the id {@link #OTHER}. */
  static JobView renamed(JobView job) {
    return new JobView(
        OTHER,
        job.spec(),
        job.status(),
        job.runNo(),
        job.version(),
        job.attempt(),
        job.requestId(),
        job.traceparent(),
        job.createdAt(),
        job.queuedAt(),
        job.startedAt(),
        job.endedAt(),
        null,
        null,
        null,
        job.steps(),
        job.result(),
        job.error(),
        job.usage());
  }

  static Found elsewhere(URI owner) {
    return new Found.Elsewhere(owner);
  }

  @Override
  public Newest newest(NewestQuery query) {
    List<JobView> newest =
        jobs.values().stream()
            .filter(query::wants)
            .sorted(Comparator.comparing(JobView::createdAt).reversed())
            .limit(query.limit())
            .toList();
    return new Newest(newest, false, served, elsewhere, moving);
  }

  @Override
  public Ended ended(EndedQuery query) {
    List<Row<JobView>> rows =
        jobs.values().stream()
            .filter(query::wants)
            .map(job -> new Row<>(placeOf(job), job))
            .filter(row -> query.below() == null || row.place().compareTo(query.below()) < 0)
            .filter(row -> row.place().endedMillis() >= query.from())
            .toList();
    return new Ended(
        Stretch.merge(List.of(new Stretch<>(rows, null)), query.limit()),
        served,
        elsewhere,
        moving);
  }

  private static Place placeOf(JobView job) {
    return new Place(Objects.requireNonNull(job.endedAt()).toEpochMilli(), job.jobId());
  }

  @Override
  public void close() {
    stopping = true;
    try {
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    producer.close(Duration.ofSeconds(1));
  }
}
