package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.JobError;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobSpec;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.job.StepSummary;
import dev.spoor.contract.job.Usage;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A job as a reader sees it. Times are the ledger's.
 *
 * @param version of the last update of this run
 * @param attempt the attempt that runs or ran last, 0 before the first
 * @param traceparent trace context of the submit, if there was one
 * @param startedAt when the first attempt of this run was granted
 * @param retryAt when a retrying job will be queued, or a scheduled one
 * @param result the last step's output, once the job has succeeded
 * @param error why it failed, or why the last attempt did
 */
public record JobView(
    JobId jobId,
    JobSpec spec,
    JobStatus status,
    int runNo,
    long version,
    int attempt,
    RequestId requestId,
    @Nullable String traceparent,
    Instant createdAt,
    @Nullable Instant queuedAt,
    @Nullable Instant startedAt,
    @Nullable Instant endedAt,
    @Nullable Instant retryAt,
    @Nullable Instant deadlineAt,
    @Nullable String workerId,
    List<StepSummary> steps,
    @Nullable JsonNode result,
    @Nullable JobError error,
    Usage usage) {
  public JobView {
    steps = List.copyOf(steps);
  }
}
