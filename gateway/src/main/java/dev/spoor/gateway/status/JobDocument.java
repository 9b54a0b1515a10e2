package dev.spoor.gateway.status;

import dev.spoor.contract.job.Budget;
import dev.spoor.contract.job.FlowId;
import dev.spoor.contract.job.JobError;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobSpec;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.Priority;
import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.job.StepSummary;
import dev.spoor.contract.job.Usage;
import dev.spoor.gateway.ledger.JobView;
import dev.spoor.telemetry.correlation.TraceContext;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A job as {@code GET /v1/jobs/{job_id}} tells it. */
record JobDocument(
    JobId jobId,
    FlowId flow,
    JobStatus status,
    int runNo,
    long version,
    int attempt,
    int maxAttempts,
    Priority priority,
    Map<String, String> labels,
    @Nullable String sessionId,
    @Nullable Duration timeout,
    @Nullable Instant notBefore,
    @Nullable Budget budget,
    RequestId requestId,
    @Nullable String traceId,
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
    Usage usage,
    Map<String, String> links) {

  static JobDocument of(JobView job) {
    JobSpec spec = job.spec();
    String traceparent = job.traceparent();
    return new JobDocument(
        job.jobId(),
        spec.flow(),
        job.status(),
        job.runNo(),
        job.version(),
        job.attempt(),
        spec.maxAttempts(),
        spec.priority(),
        spec.labels(),
        spec.sessionId(),
        spec.timeout(),
        spec.notBefore(),
        spec.budget(),
        job.requestId(),
        traceparent == null
            ? null
            : TraceContext.parse(traceparent).map(TraceContext::traceId).orElse(null),
        job.createdAt(),
        job.queuedAt(),
        job.startedAt(),
        job.endedAt(),
        job.retryAt(),
        job.deadlineAt(),
        job.workerId(),
        job.steps(),
        job.result(),
        job.error(),
        job.usage(),
        links(job.jobId(), job.status()));
  }

  private static Map<String, String> links(JobId jobId, JobStatus status) {
    String self = "/v1/jobs/" + jobId;
    Map<String, String> links = new LinkedHashMap<>();
    links.put("self", self);
    links.put("events", self + "/events");
    if (!status.ended()) {
      links.put("cancel", self + "/cancel");
    } else if (status != JobStatus.SUCCEEDED) {
      links.put("replay", self + "/replay");
    }
    return links;
  }
}
