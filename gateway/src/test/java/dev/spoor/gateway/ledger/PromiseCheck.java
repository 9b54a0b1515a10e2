package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.Priority;
import dev.spoor.contract.job.StepKey;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.job.WorkerId;
import dev.spoor.contract.ledger.AnswerOutcome;
import dev.spoor.contract.ledger.JobUpdate;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.ledger.WorkerMessage;
import dev.spoor.contract.telemetry.Events;
import dev.spoor.contract.telemetry.Fields;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Watches what the ledger commits and knows nothing of how it decides: it keeps a model of its own
 * from the outputs alone.
 */
final class PromiseCheck {
  /** One input with what came of it. */
  record Applied(LedgerInput input, Instant at, List<Output> outputs) {}

  private static final class Job {
    int runNo;
    long version;
    @Nullable JobStatus status;
    long epoch;
    int dispatchNo;
    @Nullable String bodyHash;
    int maxAttempts;
    final Map<Long, WorkerId> holders = new HashMap<>();
    final Map<Long, Instant> grantedAt = new HashMap<>();
    final Map<StepKey, Long> steps = new HashMap<>();
    long firstEpoch;
    @Nullable StepKey saidNo;
    final Map<Integer, Integer> ends = new HashMap<>();
  }

  private final Map<JobId, Job> jobs = new HashMap<>();
  private final Map<LedgerInput.Held, Instant> listedAt = new HashMap<>();
  private final Duration leaseTimeout;
  private long nextSeq = 1;

  PromiseCheck(Duration leaseTimeout) {
    this.leaseTimeout = leaseTimeout;
  }

  void committed(Applied applied) {
    LedgerInput input = applied.input();
    boolean existed = input instanceof LedgerInput.OfJob ofJob && jobs.containsKey(ofJob.jobId());
    Job before = input instanceof LedgerInput.OfJob ofJob ? jobs.get(ofJob.jobId()) : null;
    JobStatus statusBefore = before == null ? null : before.status;
    String hashBefore = before == null ? null : before.bodyHash;
    boolean adoptable =
        input instanceof LedgerInput.StepCompleted step && mustBeKept(before, step, applied);
    List<JobUpdate> answers = new ArrayList<>();
    boolean stepSeen = false;
    for (Output output : applied.outputs()) {
      switch (output) {
        case Output.Update update -> {
          if (update.update().answer() != null) {
            answers.add(update.update());
          }
          stepSeen |= update.update().step() != null;
          update(update.update(), applied);
        }
        case Output.Worker worker -> {
          if (worker.message() instanceof WorkerMessage.Grant grant) {
            grant(grant, applied.at());
          }
        }
        case Output.Queue queue -> {
          Job job = known(queue.dispatch().jobId());
          BrokenPromise.unless(
              job.status == JobStatus.QUEUED && queue.dispatch().dispatchNo() == job.dispatchNo + 1,
              Promise.VERSIONS_ARE_GAPLESS,
              "dispatch " + queue.dispatch() + " of a job that is " + job.status);
          job.dispatchNo++;
        }
        case Output.Telemetry telemetry -> telemetry(telemetry);
        case Output.DeadLetter ignored -> {}
      }
    }
    if (adoptable) {
      BrokenPromise.unless(
          stepSeen, Promise.COMPLETED_STEPS_ARE_KEPT, "paid work was thrown away: " + input);
    }
    answers(input, answers, existed, hashBefore, statusBefore);
    if (input instanceof LedgerInput.Heartbeat heartbeat) {
      heartbeat
          .held()
          .forEach(held -> {
            Job job = jobs.get(held.jobId());
            // Who lists what another holds, as a forger does, keeps no lease.
            if (job != null && heartbeat.workerId().equals(job.holders.get(held.epoch()))) {
              listedAt.put(held, applied.at());
            }
          });
    }
  }

  private static boolean mustBeKept(
      @Nullable Job job, LedgerInput.StepCompleted step, Applied applied) {
    if (job == null || job.status == null || job.status.ended()) {
      return false;
    }
    for (Output output : applied.outputs()) {
      // The job may have ended at the same moment, by the clock.
      if (output instanceof Output.Update update
          && update.update().status() != null
          && update.update().status().ended()) {
        return false;
      }
    }
    return step.workerId().equals(job.holders.get(step.epoch()))
        && step.epoch() >= job.firstEpoch
        && !job.steps.containsKey(step.step().key())
        && (step.end() == null || step.end().error() == null);
  }

  private void update(JobUpdate update, Applied applied) {
    if (update.version() == 0) {
      return;
    }
    if (!jobs.containsKey(update.jobId())) {
      BrokenPromise.unless(
          applied.input() instanceof LedgerInput.Submit,
          Promise.NOTHING_RUNS_WITHOUT_A_GRANT,
          "a job from nowhere: " + update);
      LedgerInput.Submit submit = (LedgerInput.Submit) applied.input();
      Job job = new Job();
      job.runNo = 1;
      job.bodyHash = submit.bodyHash();
      job.maxAttempts = submit.spec().maxAttempts();
      jobs.put(update.jobId(), job);
    }
    Job job = known(update.jobId());
    JobStatus status = Objects.requireNonNull(update.status());
    if (update.runNo() == job.runNo + 1) {
      BrokenPromise.unless(
          job.status != null && job.status.ended(),
          Promise.ENDS_EXACTLY_ONCE,
          "a new run of a job that is " + job.status);
      LedgerInput.Replay replay = (LedgerInput.Replay) applied.input();
      job.runNo++;
      job.version = 0;
      if (replay.fromStart()) {
        job.steps.clear();
        job.firstEpoch = job.epoch + 1;
      } else if (job.saidNo != null) {
        job.steps.remove(job.saidNo);
      }
      job.saidNo = null;
    } else if (job.status != null && job.status.ended()) {
      throw new BrokenPromise(
          job.status == JobStatus.CANCELLED && status == JobStatus.RUNNING
              ? Promise.CANCELLED_NEVER_STARTS
              : Promise.ENDS_EXACTLY_ONCE,
          "an update of an ended run (" + job.status + "): " + update);
    }
    BrokenPromise.unless(
        update.runNo() == job.runNo && update.version() == job.version + 1,
        Promise.VERSIONS_ARE_GAPLESS,
        "after " + job.runNo + "." + job.version + " came " + update);
    BrokenPromise.unless(
        job.status == null || job.status == status || job.status.next().contains(status),
        Promise.VERSIONS_ARE_GAPLESS,
        job.status + " -> " + status);
    BrokenPromise.unless(
        job.status != JobStatus.RUNNING || status != JobStatus.RUNNING || update.step() != null,
        Promise.ONE_HOLDER_PER_EPOCH,
        "started while it runs: " + update);
    job.version++;
    byWorker(update, job, applied.input());
    if (update.step() != null) {
      LedgerInput.StepCompleted step = (LedgerInput.StepCompleted) applied.input();
      job.steps.put(step.step().key(), step.epoch());
      if (status == JobStatus.FAILED) {
        job.saidNo = step.step().key();
      }
    }
    job.status = status;
    if (status.ended()) {
      BrokenPromise.unless(
          job.ends.merge(job.runNo, 1, Integer::sum) == 1,
          Promise.ENDS_EXACTLY_ONCE,
          "ended again: " + update);
    }
  }

  /** What a worker said may have an effect only under the grant that it has or had. */
  private static void byWorker(JobUpdate update, Job job, LedgerInput input) {
    if (update.step() != null) {
      LedgerInput.StepCompleted step = (LedgerInput.StepCompleted) input;
      BrokenPromise.unless(
          step.epoch() == job.epoch
              ? step.workerId().equals(job.holders.get(step.epoch()))
              : job.holders.containsKey(step.epoch()),
          Promise.NOTHING_RUNS_WITHOUT_A_GRANT,
          "a step of nobody's epoch: " + step);
      Long newer = job.steps.get(step.step().key());
      BrokenPromise.unless(
          newer == null || newer <= step.epoch(),
          Promise.NOTHING_RUNS_WITHOUT_A_GRANT,
          "an older step replaced a newer one: " + step);
    }
    if (update.status() == JobStatus.SUCCEEDED) {
      LedgerInput.StepCompleted step = (LedgerInput.StepCompleted) input;
      BrokenPromise.unless(
          job.status == JobStatus.RUNNING
              && step.epoch() == job.epoch
              && step.workerId().equals(job.holders.get(job.epoch)),
          Promise.NOTHING_RUNS_WITHOUT_A_GRANT,
          "ended by who does not hold it: " + step);
    }
    if (input instanceof LedgerInput.AttemptFailed failed
        && failed.jobId().equals(update.jobId())
        && (update.status() == JobStatus.RETRYING || update.status() == JobStatus.FAILED)) {
      BrokenPromise.unless(
          job.status == JobStatus.RUNNING
              && failed.epoch() == job.epoch
              && failed.workerId().equals(job.holders.get(job.epoch)),
          Promise.NOTHING_RUNS_WITHOUT_A_GRANT,
          "failed by who does not hold it: " + failed);
    }
  }

  private void grant(WorkerMessage.Grant grant, Instant at) {
    Job job = known(grant.jobId());
    // The update to running goes before the grant.
    BrokenPromise.unless(
        job.status == JobStatus.RUNNING,
        job.status == JobStatus.CANCELLED
            ? Promise.CANCELLED_NEVER_STARTS
            : Promise.ONE_HOLDER_PER_EPOCH,
        "granted while " + job.status + ": " + grant);
    BrokenPromise.unless(
        grant.epoch() > job.epoch && job.holders.put(grant.epoch(), grant.workerId()) == null,
        Promise.ONE_HOLDER_PER_EPOCH,
        "epoch " + grant.epoch() + " after " + job.epoch);
    BrokenPromise.unless(
        grant.attempt() <= job.maxAttempts, Promise.ATTEMPTS_ARE_BOUNDED, grant.toString());
    Set<StepKey> listed = new HashSet<>();
    grant.completed().forEach(step -> listed.add(step.step().key()));
    BrokenPromise.unless(
        listed.equals(job.steps.keySet()),
        Promise.COMPLETED_STEPS_ARE_KEPT,
        "granted with " + listed + ", checkpoints " + job.steps.keySet());
    job.epoch = grant.epoch();
    job.grantedAt.put(grant.epoch(), at);
  }

  private void telemetry(Output.Telemetry telemetry) {
    BrokenPromise.unless(
        telemetry.seq() == nextSeq, Promise.TRAIL_IS_GAPLESS, telemetry.seq() + " not " + nextSeq);
    nextSeq++;
    if (telemetry.event().equals(Events.JOB_LEASE_LOST)) {
      JobId jobId = JobId.parse(telemetry.fields().getOrDefault(Fields.JOB_ID, "").toString());
      Instant lostAt = (Instant) telemetry.fields().getOrDefault(Fields.TIMESTAMP, Instant.MIN);
      Job job = known(jobId);
      Instant listed = listedAt.get(new LedgerInput.Held(jobId, job.epoch));
      Instant granted = job.grantedAt.get(job.epoch);
      BrokenPromise.unless(
          (listed == null || !lostAt.isBefore(listed.plus(leaseTimeout)))
              && granted != null
              && !lostAt.isBefore(granted.plus(leaseTimeout)),
          Promise.HEARTBEATS_KEEP_LEASES,
          "lost at " + lostAt + ", listed at " + listed + ", granted at " + granted);
    }
  }

  private static void answers(
      LedgerInput input,
      List<JobUpdate> answers,
      boolean existed,
      @Nullable String hashBefore,
      @Nullable JobStatus statusBefore) {
    boolean command =
        input instanceof LedgerInput.Submit
            || input instanceof LedgerInput.Cancel
            || input instanceof LedgerInput.Replay;
    BrokenPromise.unless(
        answers.size() == (command ? 1 : 0),
        Promise.COMMANDS_ARE_ANSWERED,
        answers.size() + " answers to " + input);
    if (!command) {
      return;
    }
    JobUpdate.Answer answer = answers.getFirst().answer();
    if (answer == null) {
      throw new AssertionError("collected because it has one");
    }
    switch (input) {
      case LedgerInput.Submit submit -> {
        AnswerOutcome expected =
            !existed
                ? AnswerOutcome.DONE
                : submit.bodyHash().equals(hashBefore)
                    ? AnswerOutcome.REPLAYED
                    : AnswerOutcome.BODY_DIFFERS;
        BrokenPromise.unless(
            answer.outcome() == expected,
            Promise.ONE_KEY_IS_ONE_JOB,
            answer.outcome() + " to " + submit);
      }
      case LedgerInput.Cancel cancel ->
          BrokenPromise.unless(
              answer.outcome() == AnswerOutcome.NOT_FOUND
                  ? !existed || !cancel.tenant().equals(TenantId.DEFAULT)
                  : answer.outcome() == AnswerOutcome.DONE
                      ? answers.getFirst().status() == JobStatus.CANCELLED
                          && statusBefore != null
                          && !statusBefore.ended()
                      : answers.getFirst().status() != null && answers.getFirst().status().ended(),
              Promise.COMMANDS_ARE_ANSWERED,
              answer.outcome() + " to " + cancel + " when " + statusBefore);
      case LedgerInput.Replay replay ->
          BrokenPromise.unless(
              answer.outcome() != AnswerOutcome.DONE
                  || (statusBefore != JobStatus.SUCCEEDED
                      && replay.tenant().equals(TenantId.DEFAULT)),
              Promise.COMMANDS_ARE_ANSWERED,
              answer.outcome() + " to " + replay + " when " + statusBefore);
      case LedgerInput.Claim ignored -> {}
      case LedgerInput.StepCompleted ignored -> {}
      case LedgerInput.AttemptFailed ignored -> {}
      case LedgerInput.Released ignored -> {}
      case LedgerInput.Heartbeat ignored -> {}
      case LedgerInput.Tick ignored -> {}
      case LedgerInput.QueueProbe ignored -> {}
    }
  }

  void recount(MemoryStore store, LedgerLimits limits) {
    Map<JobStatus, Map<Priority, Long>> depth = new HashMap<>();
    Map<TenantId, Long> byTenant = new HashMap<>();
    TreeSet<IndexEntry> index = new TreeSet<>();
    Set<DataKey> data = new HashSet<>();
    for (JobState state : store.jobs.values()) {
      index.addAll(state.indexEntries(limits));
      data.add(new DataKey(state.jobId(), DataKey.INPUT));
      state.steps().forEach(kept -> data.add(new DataKey(state.jobId(), kept.dataNo())));
      if (!state.status().ended()) {
        depth
            .computeIfAbsent(state.status(), status -> new HashMap<>())
            .merge(state.spec().priority(), 1L, Long::sum);
        if (state.status() != JobStatus.RUNNING) {
          byTenant.merge(state.spec().tenant(), 1L, Long::sum);
        }
      }
    }
    BrokenPromise.unless(
        depth.equals(store.facts.depth()) && byTenant.equals(store.facts.byTenant()),
        Promise.COUNTS_EQUAL_A_RECOUNT,
        store.facts + " but " + depth + " " + byTenant);
    BrokenPromise.unless(
        index.equals(store.index),
        Promise.COUNTS_EQUAL_A_RECOUNT,
        "index " + store.index + " but states say " + index);
    BrokenPromise.unless(
        data.equals(store.data.keySet()),
        Promise.COUNTS_EQUAL_A_RECOUNT,
        "data " + store.data.keySet() + " but states say " + data);
  }

  boolean allEnded(Set<JobId> accepted) {
    for (JobId jobId : accepted) {
      Job job = jobs.get(jobId);
      if (job == null || job.status == null || !job.status.ended()) {
        return false;
      }
    }
    return true;
  }

  void everythingEnded(Set<JobId> accepted) {
    for (JobId jobId : accepted) {
      Job job = jobs.get(jobId);
      BrokenPromise.unless(
          job != null && job.status != null && job.status.ended(),
          Promise.ENDS_EXACTLY_ONCE,
          jobId + " is " + (job == null ? "unknown" : job.status) + " for ever");
      for (int run = 1; job != null && run <= job.runNo; run++) {
        BrokenPromise.unless(
            job.ends.getOrDefault(run, 0) == 1,
            Promise.ENDS_EXACTLY_ONCE,
            jobId + " run " + run + " ended " + job.ends.get(run) + " times");
      }
    }
  }

  private Job known(JobId jobId) {
    Job job = jobs.get(jobId);
    if (job == null) {
      throw new BrokenPromise(Promise.NOTHING_RUNS_WITHOUT_A_GRANT, "unknown job " + jobId);
    }
    return job;
  }
}
