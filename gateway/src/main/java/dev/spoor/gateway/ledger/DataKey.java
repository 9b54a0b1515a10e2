package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.JobId;

/**
 * Names something that is written once and kept apart from the job's state: the input ({@code no}
 * {@link #INPUT}) or the output of a step.
 */
public record DataKey(JobId jobId, int no) {
  static final int INPUT = 0;
}
