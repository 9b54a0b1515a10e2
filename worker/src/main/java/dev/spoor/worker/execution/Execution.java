package dev.spoor.worker.execution;

import dev.spoor.agent.model.ModelClient;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.WorkerId;
import dev.spoor.contract.ledger.LedgerInput.Released;
import dev.spoor.contract.ledger.WorkerMessage.Grant;
import dev.spoor.contract.ledger.WorkerMessage.Stop;
import dev.spoor.telemetry.redaction.Redactor;
import dev.spoor.telemetry.tracing.Tracing;
import dev.spoor.worker.flow.FlowCatalogue;
import dev.spoor.worker.lease.Lease;
import dev.spoor.worker.lease.LeaseKeeper;
import dev.spoor.worker.memory.CachedMemory;
import dev.spoor.worker.model.Prices;
import dev.spoor.worker.report.LedgerWriter;
import dev.spoor.worker.slot.SlotAllocator;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/** All runs of this worker. Thread-safe. The worker's timer sweeps them. */
public final class Execution {
  private static final String DRAINED = "the worker stops";
  private static final String UNCONFIRMED = "no heartbeat was acknowledged for too long";

  /** A halted run that has not ended by then: its slot is quarantined. */
  static final Duration QUARANTINE_AFTER = Duration.ofSeconds(10);

  private final ExecutionParts parts;
  private final LedgerWriter ledger;
  private final SlotAllocator slots;
  private final JobRunner runner;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("job-", 0).factory());
  private final Map<JobId, JobRun> runs = new ConcurrentHashMap<>();
  // Also those whose job was granted anew while their code had not ended.
  private final Set<JobRun> live = ConcurrentHashMap.newKeySet();
  private volatile @Nullable LeaseKeeper leases;

  /**
   * @param nanoTime the monotonic clock that leases are kept by
   */
  public Execution(
      WorkerId workerId,
      FlowCatalogue flows,
      ModelClient model,
      Prices prices,
      CachedMemory memory,
      MeterRegistry meters,
      Tracing tracing,
      Redactor redactor,
      Clock clock,
      LongSupplier nanoTime,
      LedgerWriter ledger,
      SlotAllocator slots) {
    Spans spans = new Spans(tracing);
    this.parts =
        new ExecutionParts(
            workerId,
            flows,
            model,
            prices,
            memory,
            new Trail(meters, spans),
            spans,
            redactor,
            clock,
            nanoTime);
    this.ledger = ledger;
    this.slots = slots;
    this.runner = new JobRunner(parts, ledger);
  }

  /** Leases are found lost by the keeper and told to this; so it comes second. */
  public void keepLeasesBy(LeaseKeeper keeper) {
    leases = keeper;
  }

  /**
   * Starts a granted job. Its slot is given back when its code has ended.
   *
   * @param bytes what it counts for in the byte budget
   * @param claimSentAt when its claim was sent, monotonic nanoseconds
   */
  public void start(Grant grant, long bytes, long claimSentAt) {
    LeaseKeeper keeper = leases;
    if (keeper == null) {
      throw new IllegalStateException("no lease keeper");
    }
    Lease lease =
        keeper.hold(grant.jobId(), grant.epoch(), ledger.partitionOf(grant.jobId()), claimSentAt);
    JobRun run = new JobRun(grant, lease, bytes, parts.clock(), parts.nanoTime());
    JobRun before = runs.put(grant.jobId(), run);
    if (before != null) {
      // The ledger has given the same job again, so the earlier epoch is over.
      halt(before, Halt.LEASE_LOST);
    }
    live.add(run);
    threads.execute(() -> run(run, keeper));
  }

  private void run(JobRun run, LeaseKeeper keeper) {
    try {
      runner.run(run);
    } catch (Throwable e) {
      // Not the agent's fault: those are caught and reported. The lease will run out.
      log(run).error("the run broke", e);
    } finally {
      var _ = run.end();
      keeper.drop(run.lease());
      // The run may have found out by itself that its lease is not confirmed.
      release(run);
      runs.remove(run.grant().jobId(), run);
      live.remove(run);
      if (run.quarantined()) {
        slots.endQuarantine();
      }
      slots.release(run.bytes());
    }
  }

  /** The ledger has taken a job away. */
  public void stop(Stop stop) {
    JobRun run = runs.get(stop.jobId());
    if (run != null && run.grant().epoch() == stop.epoch()) {
      halt(run, Halt.of(stop.reason()));
    }
  }

  /** A lease was not confirmed in time. */
  public void lost(Lease lease) {
    JobRun run = runs.get(lease.jobId());
    if (run != null && run.grant().epoch() == lease.epoch()) {
      halt(run, Halt.UNCONFIRMED);
    }
  }

  /** Stops runs whose time is over and quarantines those that do not stop. */
  public void sweep() {
    Instant now = parts.clock().instant();
    long nanos = parts.nanoTime().getAsLong();
    for (JobRun run : live) {
      Instant deadlineAt = run.grant().deadlineAt();
      if (deadlineAt != null && !now.isBefore(deadlineAt)) {
        halt(run, Halt.DEADLINE);
      }
      if (run.haltedFor(nanos, QUARANTINE_AFTER)) {
        quarantine(run);
      }
    }
  }

  /** Hands every running job back, with its completed steps. Returns how many there were. */
  public int releaseAll() {
    int released = 0;
    for (JobRun run : runs.values()) {
      if (halt(run, Halt.DRAINED)) {
        released++;
      }
    }
    return released;
  }

  /** How many jobs run. */
  public int running() {
    return live.size();
  }

  /** Waits until no job runs; whether that came true in time. */
  public boolean awaitIdle(Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (!live.isEmpty()) {
      if (System.nanoTime() - end >= 0) {
        return false;
      }
      Thread.sleep(Duration.ofMillis(20));
    }
    return true;
  }

  /** Hands the job back if this side ended the run: the ledger need not wait for the lease. */
  private void release(JobRun run) {
    if (run.takeRelease()) {
      boolean drained = run.halted() == Halt.DRAINED;
      log(run)
          .atLevel(drained ? Level.INFO : Level.WARN)
          .log("the job is handed back: " + (drained ? DRAINED : UNCONFIRMED));
      var _ =
          ledger.send(
              new Released(
                  run.grant().jobId(),
                  parts.workerId(),
                  run.grant().epoch(),
                  drained ? DRAINED : UNCONFIRMED));
    }
  }

  private boolean halt(JobRun run, Halt reason) {
    boolean first = run.halt(reason);
    if (first) {
      // What is halted is not held: the ledger must not hear of it as if it went on.
      LeaseKeeper keeper = leases;
      if (keeper != null) {
        keeper.drop(run.lease());
      }
      release(run);
    }
    return first;
  }

  private void quarantine(JobRun run) {
    if (run.quarantine()) {
      slots.quarantine();
      log(run)
          .warn("the job was stopped, but its code goes on; its slot is out of use until it ends");
    }
  }

  /** Runs are judged on threads of the keeper, the timer and the reader of grants. */
  private Logger log(JobRun run) {
    return GrantContext.of(run.grant(), parts.workerId()).logger(Execution.class);
  }
}
