package dev.spoor.gateway.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.contract.job.AgentId;
import dev.spoor.contract.job.ClaimId;
import dev.spoor.contract.job.ErrorCategory;
import dev.spoor.contract.job.FlowId;
import dev.spoor.contract.job.JobError;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobSpec;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.Priority;
import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.job.StepId;
import dev.spoor.contract.job.StepSummary;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.job.Usage;
import dev.spoor.contract.job.WorkerId;
import dev.spoor.contract.ledger.AnswerOutcome;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.ledger.StopReason;
import dev.spoor.contract.ledger.WorkerMessage;
import dev.spoor.contract.wire.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Single rules by example; what holds for all of them together is the simulation's. */
class LedgerRulesTest {
  private static final Instant AT = Instant.parse("2026-11-24T10:00:00Z");
  private static final JobId JOB = new JobId(new UUID(1, 2));
  private static final WorkerId WORKER = new WorkerId("w-1");
  private static final JsonNode INPUT = Json.mapper().createObjectNode().put("n", 1);
  private static final LedgerLimits LIMITS =
      new LedgerLimits(
          Duration.ofSeconds(30),
          Duration.ofHours(1),
          2,
          Duration.ofSeconds(1),
          Duration.ofMinutes(5),
          100,
          250);

  private final MemoryStore store = new MemoryStore();
  private final LedgerPartition partition =
      new LedgerPartition(0, new LedgerRules(LIMITS), store, Map.of());
  private long offset;

  private List<Output> at(long millis, LedgerInput input) {
    partition.apply(offset++, null, null, input, AT.plusMillis(millis));
    List<Output> outputs = List.copyOf(partition.outputs());
    store.write(partition.changes());
    partition.committed();
    return outputs;
  }

  private static LedgerInput.Submit submit(JobId jobId, JobSpec spec, boolean idempotent) {
    return new LedgerInput.Submit(jobId, new RequestId("r"), null, spec, "hash", idempotent, INPUT);
  }

  private static LedgerInput.Claim claim(int dispatchNo) {
    return new LedgerInput.Claim(JOB, dispatchNo, new ClaimId("c-" + dispatchNo), WORKER, 5);
  }

  private static LedgerInput.StepCompleted step(
      String name, long epoch, JsonNode output, LedgerInput.End end) {
    return new LedgerInput.StepCompleted(
        JOB,
        WORKER,
        epoch,
        new StepSummary(new StepId(name), 1, new AgentId("a"), "default", 1, AT, 1, Usage.NONE, 0),
        output,
        end);
  }

  private static LedgerInput.StepCompleted step(String name, long epoch, JsonNode output) {
    return new LedgerInput.StepCompleted(
        JOB,
        WORKER,
        epoch,
        new StepSummary(new StepId(name), 1, new AgentId("a"), "default", 1, AT, 1, Usage.NONE, 0),
        output,
        null);
  }

  private JobState job() {
    return Objects.requireNonNull(store.job(JOB));
  }

  private static <T> List<T> of(List<Output> outputs, Class<T> type) {
    return outputs.stream().filter(type::isInstance).map(type::cast).toList();
  }

  private void running() {
    at(0, submit(JOB, JobSpec.of(new FlowId("f")), false));
    at(1, claim(1));
    assertThat(job().status()).isEqualTo(JobStatus.RUNNING);
  }

  @Test
  void aScheduledJobIsDispatchedWhenItsTimeIsRead() {
    Instant later = AT.plusSeconds(10);
    at(0, submit(JOB, JobSpecs.notBefore(later), false));
    assertThat(job().status()).isEqualTo(JobStatus.SCHEDULED);
    assertThat(of(at(9_999, new LedgerInput.Tick()), Output.Queue.class)).isEmpty();
    assertThat(of(at(10_000, new LedgerInput.Tick()), Output.Queue.class)).hasSize(1);
    assertThat(job().status()).isEqualTo(JobStatus.QUEUED);
  }

  /** Specs of one odd property. */
  private static final class JobSpecs {
    static JobSpec notBefore(Instant at) {
      JobSpec plain = JobSpec.of(new FlowId("f"));
      return new JobSpec(
          plain.tenant(), plain.flow(), null, plain.priority(), Map.of(), null, at, 3, null, null);
    }

    static JobSpec timeout(Duration timeout) {
      JobSpec plain = JobSpec.of(new FlowId("f"));
      return new JobSpec(
          plain.tenant(),
          plain.flow(),
          null,
          plain.priority(),
          Map.of(),
          timeout,
          null,
          3,
          null,
          null);
    }
  }

  @Test
  void aRunningJobExpiresAndItsWorkerIsStopped() {
    at(0, submit(JOB, JobSpecs.timeout(Duration.ofSeconds(5)), false));
    at(1, claim(1));
    List<Output> outputs = at(5_000, new LedgerInput.Tick());
    assertThat(job().status()).isEqualTo(JobStatus.EXPIRED);
    assertThat(of(outputs, Output.Worker.class))
        .containsExactly(
            new Output.Worker(5, new WorkerMessage.Stop(WORKER, JOB, 1, StopReason.EXPIRED)));
  }

  @Test
  void onlyWhoWaitsForTheAnswerIsTurnedAwayFromAFullQueue() {
    at(0, submit(new JobId(new UUID(0, 1)), JobSpec.of(new FlowId("f")), false));
    at(0, submit(new JobId(new UUID(0, 2)), JobSpec.of(new FlowId("f")), false));
    List<Output> outputs = at(0, submit(JOB, JobSpec.of(new FlowId("f")), true));
    assertThat(
            Objects.requireNonNull(of(outputs, Output.Update.class).getFirst().update().answer())
                .outcome())
        .isEqualTo(AnswerOutcome.QUEUE_FULL);
    assertThat(store.job(JOB)).isNull();
    at(0, submit(JOB, JobSpec.of(new FlowId("f")), false));
    assertThat(job().status()).isEqualTo(JobStatus.QUEUED);
  }

  @Test
  void anOutputThatIsTooLargeFailsTheJobAndSaysSo() {
    running();
    at(2, step("big", 1, Json.mapper().getNodeFactory().stringNode("x".repeat(101))));
    assertThat(job().status()).isEqualTo(JobStatus.FAILED);
    assertThat(Objects.requireNonNull(job().error()).message())
        .isEqualTo("the output of step big has 103 bytes; a step may have 100");
  }

  @Test
  void outputsThatAreTooLargeTogetherFailTheJob() {
    running();
    for (int i = 0; i < 3; i++) {
      at(2, step("s-" + i, 1, Json.mapper().getNodeFactory().stringNode("x".repeat(90))));
    }
    assertThat(job().status()).isEqualTo(JobStatus.FAILED);
    assertThat(job().steps()).hasSize(2);
  }

  @Test
  void whatAWorkerLeftWithoutHandingBackIsQueuedAtOnceAndCostsNoAttempt() {
    running();
    List<Output> outputs = at(10, new LedgerInput.Heartbeat(WORKER, List.of(), true));
    assertThat(of(outputs, Output.Queue.class)).hasSize(1);
    assertThat(job().spentAttempts()).isZero();
    // A claim that was on its way is of no use either: the job is sent out again.
    assertThat(of(at(11, claim(2)), Output.Queue.class)).hasSize(1);
    assertThat(job().status()).isEqualTo(JobStatus.QUEUED);
  }

  @Test
  void aHeartbeatWithoutTheJobOnlyDoesNotExtendItsLease() {
    running();
    at(5_000, new LedgerInput.Heartbeat(WORKER, List.of(new LedgerInput.Held(JOB, 1)), false));
    at(10_000, new LedgerInput.Heartbeat(WORKER, List.of(), false));
    at(34_999, new LedgerInput.Tick());
    assertThat(job().status()).isEqualTo(JobStatus.RUNNING);
    at(35_000, new LedgerInput.Tick());
    assertThat(job().status()).isEqualTo(JobStatus.QUEUED);
    assertThat(job().spentAttempts()).isEqualTo(1);
  }

  @Test
  void aFailedAttemptIsTriedAgainUntilTheJobIsDead() {
    running();
    JobError error = new JobError("no", null, ErrorCategory.PROVIDER, null);
    long now = 2;
    for (int attempt = 1; attempt <= 3; attempt++) {
      at(now, new LedgerInput.AttemptFailed(JOB, WORKER, attempt, error, true, 0));
      if (attempt < 3) {
        assertThat(job().status()).isEqualTo(JobStatus.RETRYING);
        now += 10_000;
        at(now, new LedgerInput.Tick());
        at(now, claim(attempt + 1));
        assertThat(job().attempt()).isEqualTo(attempt + 1);
      }
    }
    assertThat(job().status()).isEqualTo(JobStatus.DEAD);
  }

  @Test
  void backoffDoublesWithAJitterThatFollowsFromJobAndAttempt() {
    for (int failed = 1; failed <= 6; failed++) {
      long full = 1_000L << (failed - 1);
      assertThat(Backoff.after(JOB, failed, 0, LIMITS).toMillis()).isBetween(full * 3 / 4, full);
      assertThat(Backoff.after(JOB, failed, 0, LIMITS))
          .isEqualTo(Backoff.after(JOB, failed, 0, LIMITS));
    }
    assertThat(Backoff.after(JOB, 20, 0, LIMITS)).isLessThanOrEqualTo(LIMITS.maxBackoff());
    assertThat(Backoff.after(JOB, 1, 60_000, LIMITS)).isEqualTo(Duration.ofMinutes(1));
  }

  @Test
  void aReplayKeepsTheCompletedStepsButNotTheOneThatSaidNo() {
    running();
    at(2, step("one", 1, INPUT));
    JobError no = new JobError("no", null, ErrorCategory.VALIDATION, null);
    at(3, step("two", 1, INPUT, new LedgerInput.End(no)));
    assertThat(job().status()).isEqualTo(JobStatus.FAILED);
    at(4, new LedgerInput.Replay(JOB, new RequestId("r-2"), TenantId.DEFAULT, false));
    assertThat(job().runNo()).isEqualTo(2);
    assertThat(job().version()).isEqualTo(1);
    assertThat(job().steps())
        .extracting(kept -> kept.step().stepId().value())
        .containsExactly("one");
    assertThat(store.data.keySet())
        .containsExactlyInAnyOrder(new DataKey(JOB, DataKey.INPUT), new DataKey(JOB, 1));
  }

  @Test
  void aCallReplaysAJobOnceAlsoIfItEndsAgain() {
    JobError no = new JobError("no", null, ErrorCategory.VALIDATION, null);
    running();
    at(2, step("one", 1, INPUT, new LedgerInput.End(no)));
    assertThat(replay(3, "call")).isEqualTo(AnswerOutcome.DONE);
    assertThat(replay(4, "call")).isEqualTo(AnswerOutcome.REPLAYED);
    assertThat(job().runNo()).isEqualTo(2);
    at(5, new LedgerInput.Cancel(JOB, new RequestId("c"), TenantId.DEFAULT));
    assertThat(replay(6, "call")).isEqualTo(AnswerOutcome.REPLAYED);
    assertThat(job().status()).isEqualTo(JobStatus.CANCELLED);
    assertThat(replay(7, "other")).isEqualTo(AnswerOutcome.DONE);
    assertThat(replay(8, "third")).isEqualTo(AnswerOutcome.WRONG_STATE);
    at(9, new LedgerInput.Cancel(JOB, new RequestId("c"), TenantId.DEFAULT));
    assertThat(replay(10, null)).isEqualTo(AnswerOutcome.DONE);
    assertThat(job().runNo()).isEqualTo(4);
  }

  private AnswerOutcome replay(long millis, @Nullable String call) {
    List<Output> outputs =
        at(
            millis,
            new LedgerInput.Replay(
                JOB, new RequestId("r-" + millis), TenantId.DEFAULT, false, call));
    return Objects.requireNonNull(
            of(outputs, Output.Update.class).getLast().update().answer(), "an answer")
        .outcome();
  }

  @Test
  void anEndedJobIsForgottenWithItsDataAfterItsRetention() {
    running();
    at(2, step("one", 1, INPUT, new LedgerInput.End(null)));
    at(3_600_001, new LedgerInput.Tick());
    assertThat(job().status()).isEqualTo(JobStatus.SUCCEEDED);
    at(3_600_002, new LedgerInput.Tick());
    assertThat(store.jobs).isEmpty();
    assertThat(store.data).isEmpty();
    assertThat(store.index).isEmpty();
  }

  @Test
  void onlyWhatWasDispatchedBeforeIsDispatchedAgain() {
    at(0, submit(JOB, JobSpec.of(new FlowId("f")), false));
    assertThat(of(at(60_000, new LedgerInput.QueueProbe(Priority.NORMAL, AT)), Output.Queue.class))
        .isEmpty();
    assertThat(
            of(
                at(60_000, new LedgerInput.QueueProbe(Priority.HIGH, AT.plusMillis(1))),
                Output.Queue.class))
        .isEmpty();
    assertThat(
            of(
                at(60_000, new LedgerInput.QueueProbe(Priority.NORMAL, AT.plusMillis(1))),
                Output.Queue.class))
        .hasSize(1);
    assertThat(job().dispatchNo()).isEqualTo(2);
  }

  @Test
  void whatWasDispatchedLatelyAndStillWaitsIsGivenOnceMore() {
    List<Output.Queue> first =
        of(at(0, submit(JOB, JobSpec.of(new FlowId("f")), false)), Output.Queue.class);
    assertThat(first).hasSize(1);
    assertThat(partition.dispatchedWithin(Duration.ofMinutes(1))).isEqualTo(first);

    at(59_999, new LedgerInput.Tick());
    assertThat(partition.dispatchedWithin(Duration.ofMinutes(1))).isEqualTo(first);
    at(60_001, new LedgerInput.Tick());
    assertThat(partition.dispatchedWithin(Duration.ofMinutes(1))).isEmpty();

    at(60_002, claim(1));
    assertThat(partition.dispatchedWithin(Duration.ofDays(1))).isEmpty();
  }

  @Test
  void anAnotherTenantsJobLooksAsIfThereWereNone() {
    running();
    List<Output> outputs =
        at(2, new LedgerInput.Cancel(JOB, new RequestId("r-2"), new TenantId("other")));
    var update = of(outputs, Output.Update.class).getFirst().update();
    assertThat(Objects.requireNonNull(update.answer()).outcome())
        .isEqualTo(AnswerOutcome.NOT_FOUND);
    assertThat(update.status()).isNull();
    assertThat(update.tenant()).isNull();
  }

  @Test
  void aRuleThatThrowsSetsTheInputAsideAndEndsTheJob() {
    LedgerPartition failing =
        new LedgerPartition(
            0,
            new LedgerRules(LIMITS) {
              @Override
              Transition grant(JobState state, LedgerInput.Claim claim, Instant at) {
                throw new IllegalStateException("secret in a message");
              }
            },
            store,
            Map.of());
    failing.apply(0, null, null, submit(JOB, JobSpec.of(new FlowId("f")), false), AT);
    failing.apply(1, null, "raw".getBytes(StandardCharsets.UTF_8), claim(1), AT);
    assertThat(of(failing.outputs(), Output.DeadLetter.class)).hasSize(1);
    store.write(failing.changes());
    assertThat(job().status()).isEqualTo(JobStatus.DEAD);
    assertThat(Objects.requireNonNull(job().error()).category()).isEqualTo(ErrorCategory.INTERNAL);
    assertThat(job().error().message()).doesNotContain("secret");
  }

  @Test
  void aTransitionThatIsNotListedNamesBothStates() {
    at(0, submit(JOB, JobSpec.of(new FlowId("f")), false));
    JobState.Draft draft = job().edit();
    assertThatThrownBy(() -> draft.to(JobStatus.SUCCEEDED))
        .hasMessage("a job that is queued cannot become succeeded");
  }

  @Test
  void theStoreIsNotAskedWhatIsDueWhileNothingCanBe() {
    running();
    int looks = store.looks;
    for (int i = 0; i < 100; i++) {
      at(2 + i, new LedgerInput.Tick());
    }
    assertThat(store.looks).isEqualTo(looks);
    at(30_001, new LedgerInput.Tick());
    assertThat(store.looks).isGreaterThan(looks);
    assertThat(job().status()).isEqualTo(JobStatus.QUEUED);
  }
}
