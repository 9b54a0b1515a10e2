package dev.spoor.worker.acquire;

import dev.spoor.contract.job.Priority;
import dev.spoor.contract.job.WorkerId;
import dev.spoor.contract.ledger.LedgerInput.Released;
import dev.spoor.contract.ledger.WorkerMessage;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.telemetry.correlation.LogContext;
import dev.spoor.worker.execution.Execution;
import dev.spoor.worker.execution.GrantContext;
import dev.spoor.worker.report.LedgerWriter;
import dev.spoor.worker.slot.SlotAllocator;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;

/**
 * Brings granted jobs to execution: pollers claim what they find on the queues, the reader of
 * grants hears the answers. Thread-safe. {@link #stopClaiming} comes before {@link #close}; in
 * between, answers that still arrive are handed back.
 */
public final class Acquisition implements AutoCloseable {
  private static final Duration THREAD_STOP_LIMIT = Duration.ofSeconds(5);

  private final WorkerId workerId;
  private final SlotAllocator slots;
  private final LedgerWriter ledger;
  private final Execution execution;
  private final AcquireMeters meters;
  private final Duration claimTimeout;
  private final Duration maxGrantAge;
  private final LongSupplier nanoTime;
  private final Claims claims;
  private final GrantReader grants;
  private final Thread grantThread;
  private final List<QueuePoller> pollers = new ArrayList<>();
  private final List<Thread> pollThreads = new ArrayList<>();
  private volatile boolean draining;

  /**
   * Opens the partition of grants; claims nothing before {@link #start}.
   *
   * @param grantPartitions of topic {@code grants}
   * @param claimTimeout an unanswered claim gives its slot back after it
   * @param maxGrantAge of a claim whose grant may still be used: the ledger counts the lease from
   *     the claim
   */
  public Acquisition(
      KafkaConnection kafka,
      Topics topics,
      WorkerId workerId,
      String clientId,
      int grantPartitions,
      Duration claimTimeout,
      Duration maxGrantAge,
      SlotAllocator slots,
      LedgerWriter ledger,
      Execution execution,
      MeterRegistry meterRegistry,
      LongSupplier nanoTime) {
    this.workerId = workerId;
    this.slots = slots;
    this.ledger = ledger;
    this.execution = execution;
    this.meters = new AcquireMeters(meterRegistry);
    this.claimTimeout = claimTimeout;
    this.maxGrantAge = maxGrantAge;
    this.nanoTime = nanoTime;
    int partition =
        BuiltInPartitioner.partitionForKey(
            workerId.value().getBytes(StandardCharsets.UTF_8), grantPartitions);
    this.claims = new Claims(workerId, partition, nanoTime);
    this.grants =
        GrantReader.open(kafka, topics.grants(), partition, workerId, clientId, this::receive);
    this.grantThread = Thread.ofPlatform().name("worker-grants").daemon().unstarted(grants);
    for (Priority priority : Priority.values()) {
      QueuePoller poller =
          new QueuePoller(priority, kafka, topics, clientId, slots, claims, ledger, meters);
      pollers.add(poller);
      pollThreads.add(
          Thread.ofPlatform()
              .name("worker-poll-" + priority.wireName())
              .daemon()
              .unstarted(poller));
    }
  }

  public void start() {
    grantThread.start();
    pollThreads.forEach(Thread::start);
  }

  /** Frees the slots of claims that the ledger has not answered. For the worker's timer. */
  public void closeOldClaims() {
    claims.closeOlderThan(
        claimTimeout,
        open -> {
          meters.timedOut();
          slots.release(open.bytes());
          LogContext.of(
                  Map.of(
                      Fields.JOB_ID, open.jobId().toString(), Fields.WORKER_ID, workerId.value()))
              .logger(Acquisition.class)
              .warn(
                  "the claim was not answered within {} s; if the job is still queued, the ledger"
                      + " sends it out again",
                  claimTimeout.toSeconds());
        });
  }

  /** No new claims; what is granted from now on is handed back. Waits for the pollers, bounded. */
  public void stopClaiming() throws InterruptedException {
    draining = true;
    slots.close();
    pollers.forEach(QueuePoller::stop);
    for (Thread thread : pollThreads) {
      thread.join(THREAD_STOP_LIMIT);
    }
  }

  public int openClaims() {
    return claims.size();
  }

  @Override
  public void close() {
    grants.stop();
    try {
      grantThread.join(THREAD_STOP_LIMIT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void receive(WorkerMessage message) {
    switch (message) {
      case WorkerMessage.Grant grant -> granted(grant);
      case WorkerMessage.Refused refused -> {
        meters.refused(refused.reason());
        claims.close(refused.claimId()).ifPresent(open -> slots.release(open.bytes()));
      }
      case WorkerMessage.Stop stop -> execution.stop(stop);
    }
  }

  private void granted(WorkerMessage.Grant grant) {
    Claims.Open open = claims.close(grant.claimId()).orElse(null);
    if (open == null) {
      // Its slot is gone: the claim had timed out, or was not known to be in the log.
      handBack(grant, "the grant came after its claim was given up");
    } else if (draining) {
      slots.release(open.bytes());
      handBack(grant, "the worker stops");
    } else if (nanoTime.getAsLong() - open.sentAt() >= maxGrantAge.toNanos()) {
      slots.release(open.bytes());
      handBack(grant, "the grant came late");
    } else {
      meters.granted();
      execution.start(grant, open.bytes(), open.sentAt());
    }
  }

  private void handBack(WorkerMessage.Grant grant, String reason) {
    meters.handedBack();
    GrantContext.of(grant, workerId)
        .logger(Acquisition.class)
        .info("the job is handed back: {}", reason);
    var _ = ledger.send(new Released(grant.jobId(), workerId, grant.epoch(), reason));
  }
}
