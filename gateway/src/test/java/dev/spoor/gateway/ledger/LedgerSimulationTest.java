package dev.spoor.gateway.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.StepSummary;
import dev.spoor.contract.job.WorkerId;
import dev.spoor.contract.ledger.JobUpdate;
import dev.spoor.contract.ledger.LedgerInput;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs histories until time is up: a second or so here, {@code -Dspoor.simulation.seconds=600} for
 * a long one, {@code -Dspoor.simulation.base=N} for others, {@code -Dspoor.simulation.seed=N} for
 * one history again.
 */
class LedgerSimulationTest {
  private static final long BASE = Long.getLong("spoor.simulation.base", 1);
  private static final long SECONDS = Long.getLong("spoor.simulation.seconds", 2);
  private static final int MUTANT_HISTORIES = 20_000;

  @Test
  void keepsItsPromisesInEveryHistory() {
    Long only = Long.getLong("spoor.simulation.seed");
    if (only != null) {
      new LedgerSimulation(only, new LedgerRules(LedgerLimits.DEFAULT)).run();
      return;
    }
    long end = System.nanoTime() + SECONDS * 1_000_000_000L;
    long histories = 0;
    while (System.nanoTime() < end) {
      run(BASE + histories, () -> new LedgerRules(LedgerLimits.DEFAULT));
      histories++;
    }
    System.out.println(
        histories + " histories kept every promise in " + SECONDS + " s, seeds from " + BASE);
    assertThat(histories).isGreaterThan(20);
  }

  private static void run(long seed, Supplier<LedgerRules> rules) {
    try {
      new LedgerSimulation(seed, rules.get()).run();
    } catch (RuntimeException | AssertionError e) {
      fail("seed " + seed + " (run it alone with -Dspoor.simulation.seed=" + seed + ")", e);
    }
  }

  @ParameterizedTest
  @EnumSource
  void noticesABrokenRule(Mutant mutant) {
    Map<Promise, Integer> broken = new TreeMap<>();
    for (long seed = 1; seed <= MUTANT_HISTORIES; seed++) {
      try {
        new LedgerSimulation(seed, mutant.rules.apply(LedgerLimits.DEFAULT)).run();
      } catch (BrokenPromise e) {
        broken.merge(e.promise, 1, Integer::sum);
        if (mutant.breaks.contains(e.promise)) {
          System.out.println(mutant + " noticed with seed " + seed + ": " + e.promise);
          return;
        }
      }
    }
    fail(mutant + " was not noticed as " + mutant.breaks + "; broken: " + broken);
  }

  /** The rules with one of them broken on purpose, and what must then be seen. */
  @SuppressWarnings("ImmutableEnumChecker") // functions without state
  enum Mutant {
    IGNORES_THE_EPOCH(
        Set.of(Promise.NOTHING_RUNS_WITHOUT_A_GRANT),
        limits ->
            new LedgerRules(limits) {
              @Override
              boolean holds(JobState state, WorkerId worker, long epoch) {
                return state.status() == JobStatus.RUNNING;
              }
            }),
    GRANTS_AGAIN(
        Set.of(Promise.ONE_HOLDER_PER_EPOCH),
        limits ->
            new LedgerRules(limits) {
              @Override
              Transition claim(
                  @Nullable JobState state, Facts facts, LedgerInput.Claim claim, Instant at) {
                if (state != null && state.status() == JobStatus.RUNNING) {
                  return super.grant(asQueued(state), claim, at);
                }
                return super.claim(state, facts, claim, at);
              }
            }),
    GRANTS_THE_SAME_EPOCH(
        Set.of(Promise.ONE_HOLDER_PER_EPOCH),
        limits ->
            new LedgerRules(limits) {
              @Override
              Transition grant(JobState state, LedgerInput.Claim claim, Instant at) {
                JobState.Draft draft = state.edit();
                draft.epoch = Math.max(0, draft.epoch - 1);
                return super.grant(draft.done(), claim, at);
              }
            }),
    FORGETS_IDEMPOTENCY(
        Set.of(Promise.ONE_KEY_IS_ONE_JOB, Promise.VERSIONS_ARE_GAPLESS, Promise.ENDS_EXACTLY_ONCE),
        limits ->
            new LedgerRules(limits) {
              @Override
              Transition submit(
                  @Nullable JobState state, Facts facts, LedgerInput.Submit submit, Instant at) {
                return super.submit(null, facts, submit, at);
              }
            }),
    GRANTS_WHAT_WAS_CANCELLED(
        Set.of(Promise.CANCELLED_NEVER_STARTS),
        limits ->
            new LedgerRules(limits) {
              @Override
              Transition claim(
                  @Nullable JobState state, Facts facts, LedgerInput.Claim claim, Instant at) {
                if (state != null && state.status() == JobStatus.CANCELLED) {
                  return super.grant(asQueued(state), claim, at);
                }
                return super.claim(state, facts, claim, at);
              }
            }),
    FORGETS_STEPS(
        Set.of(Promise.COMPLETED_STEPS_ARE_KEPT),
        limits ->
            new LedgerRules(limits) {
              @Override
              Transition grant(JobState state, LedgerInput.Claim claim, Instant at) {
                JobState.Draft draft = state.edit();
                draft.steps = List.of();
                return super.grant(draft.done(), claim, at);
              }
            }),
    THROWS_LATE_STEPS_AWAY(
        Set.of(Promise.COMPLETED_STEPS_ARE_KEPT),
        limits ->
            new LedgerRules(limits) {
              @Override
              Transition stepCompleted(
                  @Nullable JobState state, LedgerInput.StepCompleted input, Instant at) {
                if (state != null && !holds(state, input.workerId(), input.epoch())) {
                  return new Transition(state, List.of());
                }
                return super.stepCompleted(state, input, at);
              }
            }),
    IGNORES_HEARTBEATS(
        Set.of(Promise.HEARTBEATS_KEEP_LEASES),
        limits ->
            new LedgerRules(limits) {
              @Override
              Transition leaseDue(JobState state, @Nullable WorkerLease lease, Instant at) {
                return super.leaseDue(state, null, at);
              }
            }),
    NEVER_ENDS_A_LEASE(
        Set.of(Promise.ENDS_EXACTLY_ONCE),
        limits ->
            new LedgerRules(limits) {
              @Override
              Transition leaseDue(JobState state, @Nullable WorkerLease lease, Instant at) {
                Holder holder = state.holder();
                JobState.Draft draft = state.edit();
                draft.holder =
                    holder == null ? null : holder.checkedAt(at.plus(limits().leaseTimeout()));
                return new Transition(draft.done(), List.of());
              }
            }),
    NEVER_DISPATCHES_AGAIN(
        Set.of(Promise.ENDS_EXACTLY_ONCE),
        limits ->
            new LedgerRules(limits) {
              @Override
              Transition dispatchAgain(JobState state, Instant at) {
                return new Transition(state, List.of());
              }
            }),
    COUNTS_NO_VERSION(
        Set.of(Promise.VERSIONS_ARE_GAPLESS),
        limits ->
            new LedgerRules(limits) {
              @Override
              JobState publish(
                  JobState.Draft draft,
                  List<Effect> effects,
                  Instant at,
                  @Nullable StepSummary step,
                  JobUpdate.@Nullable Answer answer) {
                if (draft.version > 1) {
                  draft.version--;
                }
                return super.publish(draft, effects, at, step, answer);
              }
            }),
    ANSWERS_NOTHING(
        Set.of(Promise.COMMANDS_ARE_ANSWERED),
        limits ->
            new LedgerRules(limits) {
              @Override
              Transition cancel(@Nullable JobState state, LedgerInput.Cancel cancel, Instant at) {
                return new Transition(state, List.of());
              }
            }),
    LOSES_AN_ATTEMPT_IN_THE_COUNT(
        Set.of(Promise.ATTEMPTS_ARE_BOUNDED),
        limits ->
            new LedgerRules(limits) {
              @Override
              Transition grant(JobState state, LedgerInput.Claim claim, Instant at) {
                JobState.Draft draft = state.edit();
                draft.spentAttempts++;
                return super.grant(draft.done(), claim, at);
              }
            }),
    KEEPS_DATA_OF_NO_STEP(
        Set.of(Promise.COUNTS_EQUAL_A_RECOUNT),
        limits ->
            new LedgerRules(limits) {
              @Override
              Transition replay(@Nullable JobState state, LedgerInput.Replay replay, Instant at) {
                Transition right = super.replay(state, replay, at);
                List<Effect> effects = new ArrayList<>(right.effects());
                effects.removeIf(effect -> effect instanceof Effect.Drop);
                return new Transition(right.next(), effects);
              }
            });

    private final Set<Promise> breaks;
    private final Function<LedgerLimits, LedgerRules> rules;

    Mutant(Set<Promise> breaks, Function<LedgerLimits, LedgerRules> rules) {
      this.breaks = breaks;
      this.rules = rules;
    }

    private static JobState asQueued(JobState state) {
      return new JobState(
          state.jobId(),
          state.spec(),
          state.bodyHash(),
          state.requestId(),
          state.traceparent(),
          state.inputBytes(),
          state.outputBytes(),
          state.createdAt(),
          state.runAt(),
          state.runNo(),
          state.version(),
          JobStatus.QUEUED,
          state.attempt(),
          state.spentAttempts(),
          state.dispatchNo(),
          state.epoch(),
          state.firstEpoch(),
          state.queuedAt(),
          state.dispatchedAt(),
          state.startedAt(),
          null,
          null,
          state.deadlineAt(),
          null,
          state.steps(),
          state.nextDataNo(),
          state.lastStep(),
          state.error(),
          state.usage(),
          state.replayCall());
    }
  }
}
