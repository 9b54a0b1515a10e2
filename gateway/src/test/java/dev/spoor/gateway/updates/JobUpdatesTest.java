package dev.spoor.gateway.updates;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.job.Usage;
import dev.spoor.contract.ledger.AnswerOutcome;
import dev.spoor.contract.ledger.JobUpdate;
import dev.spoor.contract.wire.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class JobUpdatesTest {
  private static final JobId JOB = JobId.ofKey(TenantId.DEFAULT, "job");
  private static final RequestId REQUEST = new RequestId("r");

  private final JobUpdates updates = new JobUpdates();

  private void tell(JobId jobId, long version, JobUpdate.@Nullable Answer answer) {
    JobUpdate update =
        new JobUpdate(
            jobId,
            TenantId.DEFAULT,
            1,
            version,
            Instant.EPOCH,
            JobStatus.QUEUED,
            0,
            null,
            null,
            Usage.NONE,
            answer);
    updates.accept(
        new ConsumerRecord<>(
            "u", 0, 0, jobId.toString().getBytes(StandardCharsets.UTF_8), Json.write(update)));
  }

  @Test
  void tellsListenersOfTheJobUntilTheyClose() {
    List<Long> heard = new ArrayList<>();
    try (var _ = updates.listen(JOB, update -> heard.add(update.version()))) {
      tell(JOB, 1, null);
      tell(JobId.ofKey(TenantId.DEFAULT, "other"), 1, null);
      tell(JOB, 2, null);
    }
    tell(JOB, 3, null);
    assertThat(heard).containsExactly(1L, 2L);
    assertThat(updates.listenerCount()).isZero();
  }

  @Test
  void givesEachCommandItsOwnAnswer() {
    try (var first = updates.awaitAnswer(JOB, REQUEST);
        var second = updates.awaitAnswer(JOB, REQUEST)) {
      assertThat(first.requestId()).isEqualTo(REQUEST);
      assertThat(second.requestId()).isNotEqualTo(REQUEST);
      tell(JOB, 0, new JobUpdate.Answer(second.requestId(), AnswerOutcome.BODY_DIFFERS));
      assertThat(first.await(Duration.ofMillis(1))).isEmpty();
      assertThat(second.await(Duration.ofMillis(1))).isPresent();
    }
    try (var again = updates.awaitAnswer(JOB, REQUEST)) {
      assertThat(again.requestId()).isEqualTo(REQUEST);
    }
  }

  @Test
  void goesOnWhenAListenerFails() {
    List<Long> heard = new ArrayList<>();
    try (var _ =
            updates.listen(
                JOB,
                _ -> {
                  throw new IllegalStateException("broken");
                });
        var _ = updates.listen(JOB, update -> heard.add(update.version()))) {
      tell(JOB, 1, null);
    }
    assertThat(heard).containsExactly(1L);
  }

  @Test
  void remembersTheLatestWithinItsBound() {
    for (int version = 1; version <= JobUpdates.MAX_KEPT + 10; version++) {
      tell(JOB, version, null);
    }
    List<JobUpdate> recent = updates.recent(JOB);
    assertThat(recent).hasSize(JobUpdates.MAX_KEPT);
    assertThat(recent.getFirst().version()).isEqualTo(11);
  }
}
