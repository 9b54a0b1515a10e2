package dev.spoor.gateway.status;

import dev.spoor.contract.job.JobError;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.StepSummary;
import dev.spoor.contract.job.Usage;
import dev.spoor.contract.ledger.JobUpdate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One event of a job's stream.
 *
 * @param at the ledger's time; null when it is no longer known
 * @param step the step that was just completed, if that is what happened
 * @param truncated true when updates before this one are no longer known one by one
 */
record JobEvent(
    JobId jobId,
    int runNo,
    long version,
    @Nullable Instant at,
    JobStatus status,
    int attempt,
    @Nullable StepSummary step,
    @Nullable JobError error,
    @Nullable Usage usage,
    @Nullable Boolean truncated) {

  static JobEvent of(JobUpdate update, JobStatus status) {
    return new JobEvent(
        update.jobId(),
        update.runNo(),
        update.version(),
        update.at(),
        status,
        update.attempt(),
        update.step(),
        update.error(),
        update.usage(),
        null);
  }

  /** What a job's state tells of its past: its steps, then where it stands. */
  static List<JobEvent> pastOf(JobDocument job) {
    List<JobEvent> past = new ArrayList<>();
    for (StepSummary step : job.steps()) {
      past.add(
          new JobEvent(
              job.jobId(),
              job.runNo(),
              0,
              null,
              JobStatus.RUNNING,
              step.attempt(),
              step,
              null,
              null,
              true));
    }
    past.add(
        new JobEvent(
            job.jobId(),
            job.runNo(),
            job.version(),
            job.endedAt(),
            job.status(),
            job.attempt(),
            null,
            job.error(),
            job.usage(),
            true));
    return past;
  }

  EventId id() {
    return new EventId(runNo, version);
  }
}
