package dev.spoor.contract.ledger;

import dev.spoor.contract.job.JobError;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.job.StepSummary;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.job.Usage;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something happened to a job, or a command was answered. Key: job id; read committed.
 *
 * @param jobId which job
 * @param tenant whose; null only in an answer about a job that does not exist
 * @param runNo which run
 * @param version counts the updates of the run from 1; {@code runNo.version} is the event id of the
 *     stream. 0 in a mere answer, which changed nothing
 * @param at the ledger's time
 * @param status the state now; null only in an answer about a job that does not exist
 * @param attempt the attempt that runs or ran last, 0 before the first
 * @param step the step that was just completed, if that is what happened
 * @param error why it failed or will be tried again
 * @param usage of the whole job so far
 * @param answer to which command, if to one
 */
public record JobUpdate(
    JobId jobId,
    @Nullable TenantId tenant,
    int runNo,
    long version,
    Instant at,
    @Nullable JobStatus status,
    int attempt,
    @Nullable StepSummary step,
    @Nullable JobError error,
    Usage usage,
    @Nullable Answer answer) {

  /**
   * @param requestId of the command
   * @param outcome what became of the command
   */
  public record Answer(RequestId requestId, AnswerOutcome outcome) {}
}
