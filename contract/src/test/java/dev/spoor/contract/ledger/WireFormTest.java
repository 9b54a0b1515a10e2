package dev.spoor.contract.ledger;

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
import dev.spoor.contract.wire.Json;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;

class WireFormTest {
  private static final JobId JOB = JobId.parse("0198b1a2-0000-7000-8000-000000000001");
  private static final Instant AT = Instant.parse("2026-11-24T10:00:00Z");
  private static final StepSummary STEP =
      new StepSummary(
          new StepId("analyst"),
          1,
          new AgentId("analyst"),
          "default",
          1,
          AT,
          12,
          new Usage(10, 20, new BigDecimal("0.0001"), 0),
          5);

  @Test
  void everyLedgerInputSurvivesTheWire() {
    var inputs =
        List.of(
            new LedgerInput.Submit(
                JOB,
                new RequestId("r-1"),
                null,
                JobSpec.of(new FlowId("echo")),
                "00ff",
                true,
                Json.tree("{\"text\":\"x\"}".getBytes(StandardCharsets.UTF_8))),
            new LedgerInput.Cancel(JOB, new RequestId("r-2"), TenantId.DEFAULT),
            new LedgerInput.Replay(JOB, new RequestId("r-3"), TenantId.DEFAULT, true),
            new LedgerInput.Claim(JOB, 1, new ClaimId("c-1"), new WorkerId("w-1"), 3),
            new LedgerInput.StepCompleted(
                JOB,
                new WorkerId("w-1"),
                7,
                STEP,
                Json.mapper().nullNode(),
                new LedgerInput.End(
                    new JobError("no", null, ErrorCategory.VALIDATION, new StepId("analyst")))),
            new LedgerInput.AttemptFailed(
                JOB,
                new WorkerId("w-1"),
                7,
                new JobError("boom", "E", ErrorCategory.INTERNAL, null),
                true,
                0),
            new LedgerInput.Released(JOB, new WorkerId("w-1"), 7, "shutdown"),
            new LedgerInput.Heartbeat(
                new WorkerId("w-1"), List.of(new LedgerInput.Held(JOB, 7)), false),
            new LedgerInput.Tick(),
            new LedgerInput.QueueProbe(Priority.HIGH, AT));
    for (LedgerInput input : inputs) {
      assertThat(Json.read(Json.write(input), LedgerInput.class)).isEqualTo(input);
    }
    assertThat(inputs)
        .hasSize(
            LedgerInput.class
                .getAnnotation(com.fasterxml.jackson.annotation.JsonSubTypes.class)
                .value()
                .length);
  }

  @Test
  void aClaimHasThisForm() {
    var claim = new LedgerInput.Claim(JOB, 1, new ClaimId("c-1"), new WorkerId("w-1"), 3);
    assertThat(new String(Json.write(claim), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"type\":\"claim\",\"job_id\":\"0198b1a2-0000-7000-8000-000000000001\",\"dispatch_no\":1,"
                + "\"claim_id\":\"c-1\",\"worker_id\":\"w-1\",\"reply_partition\":3}");
  }

  @Test
  void queueStatsKeepTheirKeys() {
    var stats =
        new QueueStats(
            1,
            "gateway-1",
            "http://localhost:8080",
            AT,
            Map.of(JobStatus.QUEUED, 3L),
            Map.of(Priority.LOW, 3L),
            Map.of(TenantId.DEFAULT, 3L),
            AT,
            List.of("w-1"),
            1.5);
    byte[] json = Json.write(stats);
    assertThat(new String(json, StandardCharsets.UTF_8))
        .contains("\"depth\":{\"queued\":3}", "\"by_tenant\":{\"default\":3}");
    assertThat(Json.read(json, QueueStats.class)).isEqualTo(stats);
  }

  @Test
  void grantAndUpdateSurviveTheWire() {
    var grant =
        new WorkerMessage.Grant(
            new WorkerId("w-1"),
            new ClaimId("c-1"),
            JOB,
            1,
            1,
            1,
            JobSpec.of(new FlowId("echo")),
            AT,
            null,
            new RequestId("r-1"),
            null,
            Json.mapper().createObjectNode(),
            List.of(new WorkerMessage.CompletedStep(STEP, Json.mapper().createObjectNode())));
    assertThat(Json.read(Json.write(grant), WorkerMessage.class)).isEqualTo(grant);
    var update =
        new JobUpdate(
            JOB,
            TenantId.DEFAULT,
            1,
            4,
            AT,
            JobStatus.SUCCEEDED,
            1,
            STEP,
            null,
            STEP.usage(),
            new JobUpdate.Answer(new RequestId("r-1"), AnswerOutcome.DONE));
    assertThat(Json.read(Json.write(update), JobUpdate.class)).isEqualTo(update);
  }

  @Test
  void aFieldOfALaterVersionIsIgnored() {
    byte[] later = "{\"type\":\"tick\",\"colour\":\"blue\"}".getBytes(StandardCharsets.UTF_8);
    assertThat(Json.read(later, LedgerInput.class)).isEqualTo(new LedgerInput.Tick());
  }

  @Test
  void aNameWithALineBreakIsRefused() {
    byte[] bad =
        "{\"type\":\"cancel\",\"job_id\":\"0198b1a2-0000-7000-8000-000000000001\",\"request_id\":\"a\\nb\",\"tenant\":\"t\"}"
            .getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> Json.read(bad, LedgerInput.class))
        .isInstanceOf(JacksonException.class)
        .hasMessageContaining("request_id must be");
  }
}
