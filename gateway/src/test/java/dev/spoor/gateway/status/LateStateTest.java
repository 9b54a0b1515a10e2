package dev.spoor.gateway.status;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.spoor.contract.job.FlowId;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobSpec;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.job.Usage;
import dev.spoor.gateway.command.RequestContext;
import dev.spoor.gateway.ledger.JobReads;
import dev.spoor.gateway.ledger.JobView;
import dev.spoor.gateway.updates.JobUpdates;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletResponse;

/**
 * An end that was told before anybody listened, while the owner's store did not have it yet: nobody
 * tells it a second time.
 */
class LateStateTest {
  private static final JobId JOB = JobId.ofKey(TenantId.DEFAULT, "job");
  private static final Asker ASKER =
      new Asker(TenantId.DEFAULT, false, new RequestContext(new RequestId("r"), null), null);

  private final JobUpdates updates = new JobUpdates();
  private final AtomicInteger reads = new AtomicInteger();

  /** Running when it is read first, ended from then on. */
  private JobView job() {
    boolean ended = reads.incrementAndGet() > 1;
    return new JobView(
        JOB,
        JobSpec.of(new FlowId("f")),
        ended ? JobStatus.FAILED : JobStatus.RUNNING,
        1,
        ended ? 5 : 4,
        1,
        new RequestId("r"),
        null,
        Instant.EPOCH,
        null,
        null,
        ended ? Instant.EPOCH : null,
        null,
        null,
        null,
        List.of(),
        null,
        null,
        Usage.NONE);
  }

  @Test
  void aStreamTellsItAndEnds() throws Exception {
    JobStreams streams = new JobStreams(updates, Duration.ofMinutes(1), () -> {});
    streams.start();
    MockHttpServletResponse response = new MockHttpServletResponse();
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> streams.stream(JOB, () -> JobDocument.of(job()), Optional.empty(), response));
    assertThat(response.getContentAsString(UTF_8)).contains("id: 1.5\n", "failed");
  }

  @Test
  void whoWaitsForItHasItBeforeHisTimeIsOver() {
    JobReads only =
        new JobReads() {
          @Override
          public Found job(JobId jobId) {
            return new Found.Here(LateStateTest.this.job());
          }

          @Override
          public Newest newest(NewestQuery query) {
            throw new UnsupportedOperationException();
          }

          @Override
          public Ended ended(EndedQuery query) {
            throw new UnsupportedOperationException();
          }
        };
    try (Owners owners = new Owners()) {
      JobFinder finder = new JobFinder(only, owners, updates);
      JobDocument found =
          assertTimeoutPreemptively(
              Duration.ofSeconds(20), () -> finder.await(ASKER, JOB, Duration.ofMinutes(1)));
      assertThat(found.status()).isEqualTo(JobStatus.FAILED);
    }
  }
}
