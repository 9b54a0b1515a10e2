package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.ErrorCategory;
import dev.spoor.contract.job.JobError;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.job.StepSummary;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.job.Usage;
import dev.spoor.contract.job.WorkerId;
import dev.spoor.contract.ledger.AnswerOutcome;
import dev.spoor.contract.ledger.Dispatch;
import dev.spoor.contract.ledger.JobUpdate;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.ledger.RefusalReason;
import dev.spoor.contract.ledger.StopReason;
import dev.spoor.contract.ledger.WorkerMessage;
import dev.spoor.contract.telemetry.Events;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What happens to a job. Pure: the same state, facts, input and time give the same answer,
 * everywhere and for ever; no clock, no randomness, nothing is kept here. Time is when Kafka
 * appended the input.
 *
 * <p>Not final, so that the simulation can break a rule and see that it notices.
 */
public class LedgerRules {
  private final LedgerLimits limits;

  public LedgerRules(LedgerLimits limits) {
    this.limits = limits;
  }

  public LedgerLimits limits() {
    return limits;
  }

  /**
   * Applies an input about one job.
   *
   * @param state null if there is no such job
   */
  Transition apply(@Nullable JobState state, Facts facts, LedgerInput.OfJob input, Instant at) {
    return switch (input) {
      case LedgerInput.Submit submit -> submit(state, facts, submit, at);
      case LedgerInput.Cancel cancel -> cancel(state, cancel, at);
      case LedgerInput.Replay replay -> replay(state, replay, at);
      case LedgerInput.Claim claim -> claim(state, facts, claim, at);
      case LedgerInput.StepCompleted step -> stepCompleted(state, step, at);
      case LedgerInput.AttemptFailed failed -> attemptFailed(state, failed, at);
      case LedgerInput.Released released -> released(state, released, at);
    };
  }

  // ---- commands

  Transition submit(@Nullable JobState state, Facts facts, LedgerInput.Submit submit, Instant at) {
    if (state != null) {
      boolean same = state.bodyHash().equals(submit.bodyHash());
      return answer(
          state,
          submit.requestId(),
          same ? AnswerOutcome.REPLAYED : AnswerOutcome.BODY_DIFFERS,
          at);
    }
    // Only who waits for the answer can be turned away: everyone else has a 202 in hand.
    if (submit.idempotent() && facts.waiting() >= limits.maxWaiting()) {
      return new Transition(
          null,
          List.of(
              new Effect.Publish(
                  noJob(
                      submit.jobId(),
                      submit.spec().tenant(),
                      submit.requestId(),
                      AnswerOutcome.QUEUE_FULL,
                      at))));
    }
    byte[] input = Json.write(submit.input());
    Instant notBefore = submit.spec().notBefore();
    Duration timeout = submit.spec().timeout();
    boolean later = notBefore != null && notBefore.isAfter(at);
    JobState first =
        new JobState(
            submit.jobId(),
            submit.spec(),
            submit.bodyHash(),
            submit.requestId(),
            submit.traceparent(),
            input.length,
            0,
            at,
            at,
            1,
            0,
            JobStatus.SCHEDULED,
            0,
            0,
            0,
            0,
            0,
            null,
            null,
            null,
            null,
            notBefore,
            timeout == null ? null : at.plus(timeout),
            null,
            List.of(),
            DataKey.INPUT + 1,
            null,
            null,
            Usage.NONE,
            null);
    List<Effect> effects = new ArrayList<>();
    effects.add(new Effect.Keep(new DataKey(submit.jobId(), DataKey.INPUT), input));
    JobState.Draft draft = first.edit();
    if (!later) {
      queue(draft, at);
    }
    JobState next = publish(draft, effects, at, null, answerTo(submit.requestId()));
    effects.add(
        trail(
            Events.JOB_SUBMITTED,
            "INFO",
            later
                ? "job submitted for flow " + next.spec().flow() + ", to start at " + notBefore
                : "job submitted for flow " + next.spec().flow(),
            at,
            next,
            Map.of()));
    enqueueIfQueued(next, effects);
    return new Transition(next, effects);
  }

  Transition cancel(@Nullable JobState state, LedgerInput.Cancel cancel, Instant at) {
    if (state == null || !state.spec().tenant().equals(cancel.tenant())) {
      return notFound(state, cancel.jobId(), cancel.requestId(), at);
    }
    if (state.status().ended()) {
      return answer(state, cancel.requestId(), AnswerOutcome.WRONG_STATE, at);
    }
    return end(
        state,
        JobStatus.CANCELLED,
        new JobError("cancelled on request", null, ErrorCategory.CANCELLED, null),
        StopReason.CANCELLED,
        answerTo(cancel.requestId()),
        new ArrayList<>(),
        at);
  }

  Transition replay(@Nullable JobState state, LedgerInput.Replay replay, Instant at) {
    if (state == null || !state.spec().tenant().equals(replay.tenant())) {
      return notFound(state, replay.jobId(), replay.requestId(), at);
    }
    if (replay.call() != null && replay.call().equals(state.replayCall())) {
      return answer(state, replay.requestId(), AnswerOutcome.REPLAYED, at);
    }
    if (!state.status().next().contains(JobStatus.QUEUED) || !state.status().ended()) {
      return answer(state, replay.requestId(), AnswerOutcome.WRONG_STATE, at);
    }
    List<Effect> effects = new ArrayList<>();
    JobState.Draft draft = state.edit();
    List<KeptStep> keep = new ArrayList<>();
    for (KeptStep kept : state.steps()) {
      // The step that said no has to say it again, or yes.
      if (replay.fromStart() || kept.step().key().equals(state.lastStep())) {
        effects.add(new Effect.Drop(new DataKey(state.jobId(), kept.dataNo())));
        draft.outputBytes -= kept.step().outputBytes();
      } else {
        keep.add(kept);
      }
    }
    draft.steps = keep;
    if (replay.fromStart()) {
      draft.firstEpoch = state.epoch() + 1;
    }
    draft.replayCall = replay.call();
    draft.runNo++;
    draft.version = 0;
    draft.runAt = at;
    draft.attempt = 0;
    draft.spentAttempts = 0;
    draft.startedAt = null;
    draft.endedAt = null;
    draft.lastStep = null;
    draft.error = null;
    Duration timeout = state.spec().timeout();
    draft.deadlineAt = timeout == null ? null : at.plus(timeout);
    queue(draft, at);
    JobState next = publish(draft, effects, at, null, answerTo(replay.requestId()));
    effects.add(
        trail(
            Events.JOB_SUBMITTED,
            "INFO",
            "job replayed " + (replay.fromStart() ? "from its start" : "from its completed steps"),
            at,
            next,
            Map.of()));
    enqueueIfQueued(next, effects);
    return new Transition(next, effects);
  }

  // ---- workers

  Transition claim(@Nullable JobState state, Facts facts, LedgerInput.Claim claim, Instant at) {
    if (state == null) {
      return refuse(null, claim, RefusalReason.UNKNOWN_JOB);
    }
    if (state.status().ended()) {
      return refuse(state, claim, RefusalReason.ENDED);
    }
    Instant deadlineAt = state.deadlineAt();
    if (deadlineAt != null && !at.isBefore(deadlineAt)) {
      // The index would say so too, a moment later.
      Transition expired = deadlineDue(state, at);
      List<Effect> effects = new ArrayList<>(expired.effects());
      effects.add(refusal(claim, RefusalReason.ENDED));
      return new Transition(expired.next(), effects);
    }
    if (claim.dispatchNo() != state.dispatchNo()) {
      return refuse(state, claim, RefusalReason.OUTDATED_DISPATCH);
    }
    if (state.status() == JobStatus.RUNNING) {
      return refuse(state, claim, RefusalReason.ALREADY_GRANTED);
    }
    if (state.status() != JobStatus.QUEUED) {
      return refuse(state, claim, RefusalReason.NOT_QUEUED);
    }
    WorkerLease lease = facts.worker();
    if (lease != null && lease.leaving()) {
      // The worker said goodbye before its claim was read, and has accepted the queue's record: so
      // nobody would run the job and no record is left. Send it out again.
      List<Effect> effects = new ArrayList<>();
      effects.add(refusal(claim, RefusalReason.OUTDATED_DISPATCH));
      JobState.Draft draft = state.edit();
      dispatch(draft, at);
      JobState next = draft.done();
      enqueueIfQueued(next, effects);
      return new Transition(next, effects);
    }
    return grant(state, claim, at);
  }

  Transition grant(JobState state, LedgerInput.Claim claim, Instant at) {
    List<Effect> effects = new ArrayList<>();
    JobState.Draft draft = state.edit();
    draft.to(JobStatus.RUNNING);
    draft.epoch++;
    draft.attempt = draft.spentAttempts + 1;
    if (draft.startedAt == null) {
      draft.startedAt = at;
    }
    draft.holder =
        new Holder(
            claim.workerId(),
            claim.claimId(),
            claim.replyPartition(),
            at,
            at.plus(limits.leaseTimeout()));
    JobState next = publish(draft, effects, at, null, null);
    effects.add(new Effect.Give(next));
    effects.add(
        trail(
            Events.JOB_STARTED,
            "INFO",
            "job started, attempt " + next.attempt(),
            at,
            next,
            Map.of(Fields.QUEUE_MS, millis(state.queuedAt(), at))));
    return new Transition(next, effects);
  }

  Transition stepCompleted(@Nullable JobState state, LedgerInput.StepCompleted input, Instant at) {
    if (state == null) {
      return refused(null, input.jobId(), "a step of a job that is not known");
    }
    if (state.status().ended()) {
      return refused(state, state.jobId(), "a step of a job that is " + state.status().wireName());
    }
    if (input.epoch() > state.epoch() || input.epoch() < Math.max(1, state.firstEpoch())) {
      return refused(
          state,
          state.jobId(),
          "a step of epoch "
              + input.epoch()
              + ", which is none of this run; it is at "
              + state.epoch());
    }
    boolean current = holds(state, input.workerId(), input.epoch());
    if (!current && state.status() == JobStatus.RUNNING && input.epoch() == state.epoch()) {
      return refused(state, state.jobId(), "a step from a worker that does not hold the job");
    }
    LedgerInput.End end = input.end();
    if (!current && end != null && end.error() != null) {
      return refused(state, state.jobId(), late("an end as failed", input.epoch(), state));
    }
    KeptStep known = state.kept(input.step().key());
    if (known != null && known.epoch() > input.epoch()) {
      return refused(
          state, state.jobId(), late("a step that a newer epoch has", input.epoch(), state));
    }
    boolean again = known != null && known.epoch() == input.epoch();
    if (again && (end == null || !current)) {
      return refused(state, state.jobId(), "a step that is known already");
    }

    List<Effect> effects = new ArrayList<>();
    JobState.Draft draft = state.edit();
    StepSummary step = input.step();
    if (!again) {
      byte[] output = Json.write(input.output());
      int oldBytes = known == null ? 0 : known.step().outputBytes();
      String tooLarge = tooLarge(state, step, output.length, oldBytes, known == null);
      if (tooLarge != null) {
        if (!current) {
          return refused(state, state.jobId(), tooLarge);
        }
        return end(
            state,
            JobStatus.FAILED,
            new JobError(tooLarge, null, ErrorCategory.VALIDATION, step.stepId()),
            StopReason.ENDED,
            null,
            effects,
            at);
      }
      step = measured(step, output.length);
      DataKey key = new DataKey(state.jobId(), draft.nextDataNo++);
      effects.add(new Effect.Keep(key, output));
      List<KeptStep> steps = new ArrayList<>(state.steps());
      if (known != null) {
        effects.add(new Effect.Drop(new DataKey(state.jobId(), known.dataNo())));
        steps.remove(known);
      }
      steps.add(new KeptStep(step, input.epoch(), key.no()));
      draft.steps = steps;
      draft.outputBytes += output.length - oldBytes;
      // Also what a repeated step used: it was paid for.
      draft.usage = draft.usage.plus(step.usage());
    }
    if (end == null || !current) {
      JobState next = publish(draft, effects, at, step, null);
      return new Transition(next, effects);
    }
    draft.lastStep = step.key();
    return ending(
        draft,
        end.error() == null ? JobStatus.SUCCEEDED : JobStatus.FAILED,
        end.error() == null ? null : shortened(end.error()),
        null,
        step,
        null,
        effects,
        at);
  }

  Transition attemptFailed(@Nullable JobState state, LedgerInput.AttemptFailed input, Instant at) {
    if (state == null || !holds(state, input.workerId(), input.epoch())) {
      return notHeld(state, input.jobId(), "a failed attempt", input.epoch());
    }
    JobError error = shortened(input.error());
    if (!input.retryable()) {
      return end(state, JobStatus.FAILED, error, null, null, new ArrayList<>(), at);
    }
    JobState.Draft draft = state.edit();
    draft.spentAttempts++;
    if (draft.spentAttempts >= state.spec().maxAttempts()) {
      return ending(draft, JobStatus.DEAD, error, null, null, null, new ArrayList<>(), at);
    }
    List<Effect> effects = new ArrayList<>();
    Duration wait = Backoff.after(state.jobId(), draft.spentAttempts, input.retryAfterMs(), limits);
    draft.to(JobStatus.RETRYING);
    draft.holder = null;
    draft.error = error;
    draft.wakeAt = at.plus(wait);
    JobState next = publish(draft, effects, at, null, null);
    effects.add(
        trail(
            Events.JOB_RETRIED,
            "WARNING",
            "attempt " + state.attempt() + " failed; the next one in " + wait.toMillis() + " ms",
            at,
            next,
            errorFields(error)));
    return new Transition(next, effects);
  }

  Transition released(@Nullable JobState state, LedgerInput.Released input, Instant at) {
    if (state == null || !holds(state, input.workerId(), input.epoch())) {
      return notHeld(state, input.jobId(), "a release", input.epoch());
    }
    return handBack(state, input.reason(), at);
  }

  /** The worker has said that it goes, and this job is still granted to it. Not an attempt. */
  Transition workerLeft(JobState state, Instant at) {
    return handBack(state, "worker left", at);
  }

  private Transition handBack(JobState state, String reason, Instant at) {
    List<Effect> effects = new ArrayList<>();
    JobState.Draft draft = state.edit();
    draft.holder = null;
    queue(draft, at);
    JobState next = publish(draft, effects, at, null, null);
    effects.add(
        trail(
            Events.JOB_RELEASED,
            "INFO",
            "job handed back by its worker",
            at,
            next,
            Map.of(Fields.REASON, reason.substring(0, Math.min(200, reason.length())))));
    enqueueIfQueued(next, effects);
    return new Transition(next, effects);
  }

  // ---- time

  /** A scheduled or retrying job's time has come. */
  Transition wakeDue(JobState state, Instant at) {
    List<Effect> effects = new ArrayList<>();
    JobState.Draft draft = state.edit();
    queue(draft, at);
    JobState next = publish(draft, effects, at, null, null);
    enqueueIfQueued(next, effects);
    return new Transition(next, effects);
  }

  /** The whole job's time is over, whatever it is doing. */
  Transition deadlineDue(JobState state, Instant at) {
    return end(
        state,
        JobStatus.EXPIRED,
        new JobError(
            "not done within its timeout of " + state.spec().timeout(),
            null,
            ErrorCategory.TIMEOUT,
            null),
        StopReason.EXPIRED,
        null,
        new ArrayList<>(),
        at);
  }

  /**
   * Looks whether the holder's heartbeats still cover a running job.
   *
   * @param lease what the holder's heartbeats said; null if it never sent one
   */
  Transition leaseDue(JobState state, @Nullable WorkerLease lease, Instant at) {
    Holder holder = state.holder();
    if (holder == null) {
      return refused(state, state.jobId(), "a lease of a job that nobody holds");
    }
    Instant coveredAt = holder.grantedAt();
    Instant listedAt = lease == null ? null : lease.listedAt(state.jobId(), state.epoch());
    if (listedAt != null && listedAt.isAfter(coveredAt)) {
      coveredAt = listedAt;
    }
    Instant endsAt = coveredAt.plus(limits.leaseTimeout());
    if (at.isBefore(endsAt)) {
      JobState.Draft draft = state.edit();
      draft.holder = holder.checkedAt(endsAt);
      return new Transition(draft.done(), List.of());
    }
    List<Effect> effects = new ArrayList<>();
    JobError error =
        new JobError(
            "worker " + holder.workerId() + " was not heard of for " + limits.leaseTimeout(),
            null,
            ErrorCategory.TIMEOUT,
            null);
    effects.add(
        trail(
            Events.JOB_LEASE_LOST,
            "WARNING",
            "lease of attempt " + state.attempt() + " lost",
            at,
            state,
            errorFields(error)));
    JobState.Draft draft = state.edit();
    draft.spentAttempts++;
    if (draft.spentAttempts >= state.spec().maxAttempts()) {
      return ending(draft, JobStatus.DEAD, error, StopReason.LEASE_LOST, null, null, effects, at);
    }
    stop(state, StopReason.LEASE_LOST, effects);
    draft.holder = null;
    draft.error = error;
    queue(draft, at);
    JobState next = publish(draft, effects, at, null, null);
    enqueueIfQueued(next, effects);
    return new Transition(next, effects);
  }

  /** An ended job has been kept long enough. */
  Transition purgeDue(JobState state) {
    List<Effect> effects = new ArrayList<>();
    effects.add(new Effect.Drop(new DataKey(state.jobId(), DataKey.INPUT)));
    for (KeptStep kept : state.steps()) {
      effects.add(new Effect.Drop(new DataKey(state.jobId(), kept.dataNo())));
    }
    return new Transition(null, effects);
  }

  /** The queue has lost the record of a queued job. Its state does not change, its record does. */
  Transition dispatchAgain(JobState state, Instant at) {
    if (state.status() != JobStatus.QUEUED) {
      return refused(
          state, state.jobId(), "a dispatch of a job that is " + state.status().wireName());
    }
    List<Effect> effects = new ArrayList<>();
    JobState.Draft draft = state.edit();
    dispatch(draft, at);
    JobState next = draft.done();
    enqueueIfQueued(next, effects);
    return new Transition(next, effects);
  }

  /**
   * The ledger itself failed over this job; it is set aside for a person to look at. The reason is
   * with the dead letter: it may quote the input, and this error is read by others.
   */
  Transition internalFault(JobState state, Instant at) {
    return end(
        state,
        JobStatus.DEAD,
        new JobError(
            "the ledger could not apply an input of this job; see its dead letters",
            null,
            ErrorCategory.INTERNAL,
            null),
        StopReason.ENDED,
        null,
        new ArrayList<>(),
        at);
  }

  // ---- parts

  private Transition end(
      JobState state,
      JobStatus status,
      @Nullable JobError error,
      @Nullable StopReason stop,
      JobUpdate.@Nullable Answer answer,
      List<Effect> effects,
      Instant at) {
    return ending(state.edit(), status, error, stop, null, answer, effects, at);
  }

  /**
   * @param stop told to the holder if there is one; null when it knows
   */
  private Transition ending(
      JobState.Draft draft,
      JobStatus status,
      @Nullable JobError error,
      @Nullable StopReason stop,
      @Nullable StepSummary step,
      JobUpdate.@Nullable Answer answer,
      List<Effect> effects,
      Instant at) {
    JobState before = draft.holder == null ? null : draft.done();
    draft.to(status);
    draft.holder = null;
    draft.wakeAt = null;
    draft.endedAt = at;
    draft.error = error;
    JobState next = publish(draft, effects, at, step, answer);
    if (stop != null && before != null) {
      stop(before, stop, effects);
    }
    effects.add(endTrail(next, before, at));
    return new Transition(next, effects);
  }

  private static Effect endTrail(JobState next, @Nullable JobState before, Instant at) {
    Map<String, Object> more = new LinkedHashMap<>();
    more.put(Fields.DURATION_MS, millis(next.runAt(), at));
    more.put(Fields.STATUS, next.status() == JobStatus.SUCCEEDED ? "success" : "failure");
    more.put(Fields.INPUT_TOKENS, next.usage().inputTokens());
    more.put(Fields.OUTPUT_TOKENS, next.usage().outputTokens());
    if (next.usage().costUsd() != null) {
      more.put(Fields.COST_USD, next.usage().costUsd());
    }
    if (before != null && before.holder() != null) {
      more.put(Fields.WORKER_ID, before.holder().workerId().value());
    }
    if (next.error() != null) {
      more.putAll(errorFields(next.error()));
    }
    String name = "job." + next.status().wireName();
    String level =
        switch (next.status()) {
          case FAILED, DEAD -> "ERROR";
          case EXPIRED -> "WARNING";
          case SUCCEEDED, CANCELLED, SCHEDULED, QUEUED, RUNNING, RETRYING -> "INFO";
        };
    return trail(
        name,
        level,
        "job " + next.status().wireName() + " after " + next.attempt() + " attempt(s)",
        at,
        next,
        more);
  }

  private void queue(JobState.Draft draft, Instant at) {
    draft.to(JobStatus.QUEUED);
    draft.queuedAt = at;
    draft.wakeAt = null;
    dispatch(draft, at);
  }

  private static void dispatch(JobState.Draft draft, Instant at) {
    draft.dispatchNo++;
    draft.dispatchedAt = at;
  }

  private static void enqueueIfQueued(JobState next, List<Effect> effects) {
    if (next.status() == JobStatus.QUEUED) {
      effects.add(new Effect.Enqueue(next.spec().priority(), dispatchOf(next)));
    }
  }

  /** What says on a queue that the job waits. */
  static Dispatch dispatchOf(JobState state) {
    return new Dispatch(
        state.jobId(), state.dispatchNo(), state.inputBytes() + state.outputBytes());
  }

  /** Counts the update and makes it: the only place where a version goes up. */
  JobState publish(
      JobState.Draft draft,
      List<Effect> effects,
      Instant at,
      @Nullable StepSummary step,
      JobUpdate.@Nullable Answer answer) {
    draft.version++;
    JobState next = draft.done();
    effects.add(new Effect.Publish(update(next, next.version(), at, step, answer)));
    return next;
  }

  private static JobUpdate update(
      JobState state,
      long version,
      Instant at,
      @Nullable StepSummary step,
      JobUpdate.@Nullable Answer answer) {
    return new JobUpdate(
        state.jobId(),
        state.spec().tenant(),
        state.runNo(),
        version,
        at,
        state.status(),
        state.attempt(),
        step,
        state.error(),
        state.usage(),
        answer);
  }

  private static JobUpdate.Answer answerTo(RequestId requestId) {
    return new JobUpdate.Answer(requestId, AnswerOutcome.DONE);
  }

  private static Transition answer(
      JobState state, RequestId requestId, AnswerOutcome outcome, Instant at) {
    return new Transition(
        state,
        List.of(
            new Effect.Publish(
                update(state, 0, at, null, new JobUpdate.Answer(requestId, outcome)))));
  }

  private static Transition notFound(
      @Nullable JobState state, JobId jobId, RequestId requestId, Instant at) {
    return new Transition(
        state,
        List.of(new Effect.Publish(noJob(jobId, null, requestId, AnswerOutcome.NOT_FOUND, at))));
  }

  private static JobUpdate noJob(
      JobId jobId,
      @Nullable TenantId tenant,
      RequestId requestId,
      AnswerOutcome outcome,
      Instant at) {
    return new JobUpdate(
        jobId,
        tenant,
        0,
        0,
        at,
        null,
        0,
        null,
        null,
        Usage.NONE,
        new JobUpdate.Answer(requestId, outcome));
  }

  private static Transition refuse(
      @Nullable JobState state, LedgerInput.Claim claim, RefusalReason reason) {
    return new Transition(state, List.of(refusal(claim, reason)));
  }

  private static Effect refusal(LedgerInput.Claim claim, RefusalReason reason) {
    return new Effect.Tell(
        claim.replyPartition(),
        new WorkerMessage.Refused(claim.workerId(), claim.claimId(), claim.jobId(), reason));
  }

  private static Transition refused(@Nullable JobState state, JobId jobId, String why) {
    return new Transition(state, List.of(new Effect.Refuse(jobId, why)));
  }

  private static Transition notHeld(
      @Nullable JobState state, JobId jobId, String what, long epoch) {
    return refused(
        state,
        jobId,
        state == null ? what + " of a job that is not known" : late(what, epoch, state));
  }

  private static String late(String what, long epoch, JobState state) {
    return what
        + " of epoch "
        + epoch
        + ", but the job is "
        + state.status().wireName()
        + " at epoch "
        + state.epoch();
  }

  private static void stop(JobState state, StopReason reason, List<Effect> effects) {
    Holder holder = state.holder();
    if (holder != null) {
      effects.add(
          new Effect.Tell(
              holder.replyPartition(),
              new WorkerMessage.Stop(holder.workerId(), state.jobId(), state.epoch(), reason)));
    }
  }

  /** Whether this worker holds the job under this epoch, now. */
  boolean holds(JobState state, WorkerId worker, long epoch) {
    Holder holder = state.holder();
    return holder != null && state.epoch() == epoch && holder.workerId().equals(worker);
  }

  private @Nullable String tooLarge(
      JobState state, StepSummary step, int bytes, int oldBytes, boolean another) {
    if (bytes > limits.maxStepOutputBytes()) {
      return "the output of step "
          + step.stepId()
          + " has "
          + bytes
          + " bytes; a step may have "
          + limits.maxStepOutputBytes();
    }
    long all = (long) state.outputBytes() + bytes - oldBytes;
    if (all > limits.maxJobOutputBytes()) {
      return "with step "
          + step.stepId()
          + " the job's outputs have "
          + all
          + " bytes; a job may have "
          + limits.maxJobOutputBytes();
    }
    if (another && state.steps().size() >= LedgerLimits.MAX_STEPS) {
      return "the job has completed " + LedgerLimits.MAX_STEPS + " steps; no more are kept";
    }
    return null;
  }

  private static StepSummary measured(StepSummary step, int outputBytes) {
    return new StepSummary(
        step.stepId(),
        step.iteration(),
        step.agentId(),
        step.action(),
        step.attempt(),
        step.startedAt(),
        step.durationMs(),
        step.usage(),
        outputBytes);
  }

  private static JobError shortened(JobError error) {
    if (error.message().length() <= LedgerLimits.MAX_MESSAGE) {
      return error;
    }
    return new JobError(
        error.message().substring(0, LedgerLimits.MAX_MESSAGE) + "…",
        error.type(),
        error.category(),
        error.stepId());
  }

  private static Map<String, Object> errorFields(JobError error) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put(Fields.ERROR, error.message());
    if (error.type() != null) {
      fields.put(Fields.ERROR_TYPE, error.type());
    }
    fields.put(Fields.ERROR_CATEGORY, error.category().wireName());
    if (error.stepId() != null) {
      fields.put(Fields.STEP_ID, error.stepId().value());
    }
    return fields;
  }

  private static Effect trail(
      String event, String level, String message, Instant at, JobState state, Map<String, ?> more) {
    return new Effect.Trail(event, level, message, at, state, more);
  }

  private static long millis(@Nullable Instant from, Instant to) {
    return from == null ? 0 : Math.max(0, Duration.between(from, to).toMillis());
  }
}
