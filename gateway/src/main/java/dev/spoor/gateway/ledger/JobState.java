package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.JobError;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobSpec;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.job.StepKey;
import dev.spoor.contract.job.StepSummary;
import dev.spoor.contract.job.Usage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * All that the ledger knows of a job but its input and outputs. Changed only by {@link
 * LedgerRules}, through {@link #edit}, which refuses a change of state that is not in {@link
 * JobStatus#next}. Times are the log's.
 *
 * @param inputBytes size of the input as JSON
 * @param outputBytes size of the kept outputs together
 * @param runAt when this run was asked for: by the submit or a replay
 * @param version of the last update of this run
 * @param attempt the attempt that runs or ran last, 0 before the first
 * @param spentAttempts attempts of this run that count: failed ones and lost leases
 * @param dispatchNo of the last dispatch, over all runs
 * @param epoch of the last grant, over all runs; 0 before the first
 * @param firstEpoch steps of earlier epochs are not adopted: they belong to a run that was thrown
 *     away
 * @param wakeAt when a scheduled or retrying job is queued
 * @param holder set exactly while the job runs
 * @param lastStep the step that carried the end of the run
 * @param replayCall the {@link dev.spoor.contract.ledger.LedgerInput.Replay#call} that asked for
 *     this run; null if none did
 */
public record JobState(
    JobId jobId,
    JobSpec spec,
    String bodyHash,
    RequestId requestId,
    @Nullable String traceparent,
    int inputBytes,
    int outputBytes,
    Instant createdAt,
    Instant runAt,
    int runNo,
    long version,
    JobStatus status,
    int attempt,
    int spentAttempts,
    int dispatchNo,
    long epoch,
    long firstEpoch,
    @Nullable Instant queuedAt,
    @Nullable Instant dispatchedAt,
    @Nullable Instant startedAt,
    @Nullable Instant endedAt,
    @Nullable Instant wakeAt,
    @Nullable Instant deadlineAt,
    @Nullable Holder holder,
    List<KeptStep> steps,
    int nextDataNo,
    @Nullable StepKey lastStep,
    @Nullable JobError error,
    Usage usage,
    @Nullable String replayCall) {
  public JobState {
    steps = List.copyOf(steps);
    if ((status == JobStatus.RUNNING) != (holder != null)) {
      throw new IllegalArgumentException("a job has a holder exactly while it runs");
    }
  }

  @Nullable KeptStep kept(StepKey key) {
    for (KeptStep kept : steps) {
      if (kept.step().iteration() == key.iteration() && kept.step().stepId().equals(key.stepId())) {
        return kept;
      }
    }
    return null;
  }

  /** Where this job has to be in the indexes. */
  public List<IndexEntry> indexEntries(LedgerLimits limits) {
    List<IndexEntry> entries = new ArrayList<>(4);
    add(entries, Index.CREATED, createdAt);
    if (endedAt != null) {
      add(entries, Index.PURGE, endedAt.plus(limits.retention()));
      return entries;
    }
    add(entries, Index.DEADLINE, deadlineAt);
    add(entries, Index.WAKE, wakeAt);
    if (holder != null) {
      add(entries, Index.LEASE, holder.leaseCheckAt());
    }
    if (status == JobStatus.QUEUED) {
      add(entries, Index.QUEUED, queuedAt);
      Index dispatched =
          switch (spec.priority()) {
            case HIGH -> Index.DISPATCHED_HIGH;
            case NORMAL -> Index.DISPATCHED_NORMAL;
            case LOW -> Index.DISPATCHED_LOW;
          };
      add(entries, dispatched, dispatchedAt);
    }
    return entries;
  }

  /** Rounds up to milliseconds, so that nothing is due before its time. */
  private void add(List<IndexEntry> entries, Index index, @Nullable Instant at) {
    if (at != null) {
      entries.add(new IndexEntry(index, at.plusNanos(999_999).toEpochMilli(), jobId));
    }
  }

  /**
   * As a reader sees it.
   *
   * @param result the last step's output if the job has succeeded
   */
  public JobView view(@Nullable JsonNode result) {
    List<StepSummary> summaries = steps.stream().map(KeptStep::step).toList();
    return new JobView(
        jobId,
        spec,
        status,
        runNo,
        version,
        attempt,
        requestId,
        traceparent,
        createdAt,
        queuedAt,
        startedAt,
        endedAt,
        wakeAt,
        deadlineAt,
        holder == null ? null : holder.workerId().value(),
        summaries,
        result,
        error,
        usage);
  }

  /** Where the result is kept; null unless the job has succeeded. */
  public @Nullable DataKey resultKey() {
    if (status != JobStatus.SUCCEEDED || lastStep == null) {
      return null;
    }
    KeptStep last = kept(lastStep);
    return last == null ? null : new DataKey(jobId, last.dataNo());
  }

  Draft edit() {
    return new Draft(this);
  }

  /** The next state in the making. Used within one rule only. */
  static final class Draft {
    private final JobState from;
    private JobStatus status;
    Instant runAt;
    int outputBytes;
    int runNo;
    long version;
    int attempt;
    int spentAttempts;
    int dispatchNo;
    long epoch;
    long firstEpoch;
    @Nullable Instant queuedAt;
    @Nullable Instant dispatchedAt;
    @Nullable Instant startedAt;
    @Nullable Instant endedAt;
    @Nullable Instant wakeAt;
    @Nullable Instant deadlineAt;
    @Nullable Holder holder;
    List<KeptStep> steps;
    int nextDataNo;
    @Nullable StepKey lastStep;
    @Nullable JobError error;
    Usage usage;
    @Nullable String replayCall;

    private Draft(JobState from) {
      this.from = from;
      this.status = from.status;
      this.runAt = from.runAt;
      this.outputBytes = from.outputBytes;
      this.runNo = from.runNo;
      this.version = from.version;
      this.attempt = from.attempt;
      this.spentAttempts = from.spentAttempts;
      this.dispatchNo = from.dispatchNo;
      this.epoch = from.epoch;
      this.firstEpoch = from.firstEpoch;
      this.queuedAt = from.queuedAt;
      this.dispatchedAt = from.dispatchedAt;
      this.startedAt = from.startedAt;
      this.endedAt = from.endedAt;
      this.wakeAt = from.wakeAt;
      this.deadlineAt = from.deadlineAt;
      this.holder = from.holder;
      this.steps = from.steps;
      this.nextDataNo = from.nextDataNo;
      this.lastStep = from.lastStep;
      this.error = from.error;
      this.usage = from.usage;
      this.replayCall = from.replayCall;
    }

    JobStatus status() {
      return status;
    }

    /**
     * @throws IllegalStateException naming both states, if the one cannot follow the other
     */
    void to(JobStatus next) {
      if (!status.next().contains(next)) {
        throw new IllegalStateException(
            "a job that is " + status.wireName() + " cannot become " + next.wireName());
      }
      status = next;
    }

    JobState done() {
      return new JobState(
          from.jobId,
          from.spec,
          from.bodyHash,
          from.requestId,
          from.traceparent,
          from.inputBytes,
          outputBytes,
          from.createdAt,
          runAt,
          runNo,
          version,
          status,
          attempt,
          spentAttempts,
          dispatchNo,
          epoch,
          firstEpoch,
          queuedAt,
          dispatchedAt,
          startedAt,
          endedAt,
          wakeAt,
          deadlineAt,
          holder,
          steps,
          nextDataNo,
          lastStep,
          error,
          usage,
          replayCall);
    }
  }
}
