package dev.spoor.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.job.AgentId;
import dev.spoor.contract.job.Budget;
import dev.spoor.contract.job.ClaimId;
import dev.spoor.contract.job.ErrorCategory;
import dev.spoor.contract.job.FlowDescription;
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
import dev.spoor.contract.ledger.Dispatch;
import dev.spoor.contract.ledger.JobUpdate;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.ledger.QueueStats;
import dev.spoor.contract.ledger.RefusalReason;
import dev.spoor.contract.ledger.StopReason;
import dev.spoor.contract.ledger.WorkerMessage;
import dev.spoor.contract.wire.Json;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * What travels between gateway and worker. It is here and not in contract, which cannot see {@link
 * Golden}.
 */
class WireGoldenTest {
  /** What is in these is data, and no place for a later version's fields. */
  private static final Set<String> FREE =
      Set.of("input", "output", "labels", "depth", "by_priority", "by_tenant", "input_schema");

  private static final JobId JOB = JobId.parse("0198b1a2-0000-7000-8000-000000000001");
  private static final WorkerId WORKER = new WorkerId("w-1");
  private static final TenantId TENANT = new TenantId("acme");
  private static final Instant AT = Instant.parse("2026-11-24T10:00:00.123456Z");
  private static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  private static final JsonNode INPUT =
      Json.tree("{\"text\":\"x ä\",\"n\":[1,2.5,null]}".getBytes(StandardCharsets.UTF_8));
  private static final StepSummary STEP =
      new StepSummary(
          new StepId("analyst"),
          1,
          new AgentId("analyst"),
          "default",
          2,
          AT,
          12,
          new Usage(10, 20, new BigDecimal("0.0001"), 1),
          5);
  private static final JobError ERROR =
      new JobError("no", "java.lang.Exception", ErrorCategory.VALIDATION, new StepId("analyst"));
  private static final JobSpec SPEC =
      new JobSpec(
          TENANT,
          new FlowId("review-story"),
          "session-1",
          Priority.HIGH,
          Map.of("team", "blue"),
          Duration.ofMinutes(5),
          AT,
          7,
          new Budget(new BigDecimal("1.5"), 1000L),
          null);

  private static Map<String, Object> all() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put(
        "ledger-in.submit",
        new LedgerInput.Submit(JOB, new RequestId("r-1"), TRACE, SPEC, "00ff", true, INPUT));
    all.put("ledger-in.cancel", new LedgerInput.Cancel(JOB, new RequestId("r-2"), TENANT));
    all.put(
        "ledger-in.replay", new LedgerInput.Replay(JOB, new RequestId("r-3"), TENANT, true, null));
    all.put(
        "ledger-in.replay-of-many",
        new LedgerInput.Replay(JOB, new RequestId("r-3"), TENANT, false, "call-1"));
    all.put("ledger-in.claim", new LedgerInput.Claim(JOB, 1, new ClaimId("c-1"), WORKER, 3));
    all.put(
        "ledger-in.step_completed",
        new LedgerInput.StepCompleted(JOB, WORKER, 7, STEP, INPUT, new LedgerInput.End(ERROR)));
    all.put(
        "ledger-in.attempt_failed",
        new LedgerInput.AttemptFailed(JOB, WORKER, 7, ERROR, true, 250));
    all.put("ledger-in.released", new LedgerInput.Released(JOB, WORKER, 7, "shutdown"));
    all.put(
        "ledger-in.heartbeat",
        new LedgerInput.Heartbeat(WORKER, List.of(new LedgerInput.Held(JOB, 7)), false));
    all.put("ledger-in.tick", new LedgerInput.Tick());
    all.put("ledger-in.queue_probe", new LedgerInput.QueueProbe(Priority.LOW, AT));
    all.put("jobs.dispatch", new Dispatch(JOB, 2, 27));
    all.put(
        "grants.grant",
        new WorkerMessage.Grant(
            WORKER,
            new ClaimId("c-1"),
            JOB,
            7,
            2,
            1,
            SPEC,
            AT,
            AT.plusSeconds(300),
            new RequestId("r-1"),
            TRACE,
            INPUT,
            List.of(new WorkerMessage.CompletedStep(STEP, INPUT))));
    all.put(
        "grants.refused",
        new WorkerMessage.Refused(WORKER, new ClaimId("c-1"), JOB, RefusalReason.ALREADY_GRANTED));
    all.put("grants.stop", new WorkerMessage.Stop(WORKER, JOB, 7, StopReason.LEASE_LOST));
    all.put(
        "job-updates.update",
        new JobUpdate(
            JOB,
            TENANT,
            1,
            4,
            AT,
            JobStatus.FAILED,
            1,
            STEP,
            ERROR,
            STEP.usage(),
            new JobUpdate.Answer(new RequestId("r-1"), AnswerOutcome.DONE)));
    all.put(
        "queue-stats",
        new QueueStats(
            1,
            "gateway-1",
            "http://localhost:8080",
            AT,
            Map.of(JobStatus.QUEUED, 3L),
            Map.of(Priority.LOW, 3L),
            Map.of(TENANT, 3L),
            AT,
            List.of("w-1"),
            1.5));
    all.put(
        "flows",
        new FlowDescription(
            new FlowId("echo"),
            "returns it",
            INPUT,
            List.of(new FlowDescription.Step(new StepId("only"), new AgentId("echo"))),
            10));
    return all;
  }

  static Stream<Arguments> forms() {
    return all().entrySet().stream().map(form -> Arguments.of(form.getKey(), form.getValue()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forms")
  void isWrittenAsEverAndReadWithMore(String name, Object value) {
    Class<?> type = readAs(value);
    new Golden(name + ".json")
        .isWritten(Json.write(value))
        .isRead(bytes -> Json.read(bytes, type), value)
        .isReadWithMore(bytes -> Json.read(bytes, type), value, FREE);
  }

  private static Class<?> readAs(Object value) {
    return switch (value) {
      case LedgerInput _ -> LedgerInput.class;
      case WorkerMessage _ -> WorkerMessage.class;
      default -> value.getClass();
    };
  }

  @Test
  void everyKindIsAmongThem() {
    assertThat(
            all().values().stream()
                .map(Object::getClass)
                .filter(LedgerInput.class::isAssignableFrom)
                .distinct())
        .hasSize(kinds(LedgerInput.class));
    assertThat(
            all().values().stream()
                .map(Object::getClass)
                .filter(WorkerMessage.class::isAssignableFrom)
                .distinct())
        .hasSize(kinds(WorkerMessage.class));
  }

  private static int kinds(Class<?> type) {
    return type.getAnnotation(com.fasterxml.jackson.annotation.JsonSubTypes.class).value().length;
  }
}
