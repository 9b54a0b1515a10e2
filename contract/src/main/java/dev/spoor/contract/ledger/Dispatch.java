package dev.spoor.contract.ledger;

import dev.spoor.contract.job.JobId;

/**
 * What lies on a queue topic: enough to claim the job, not to run it.
 *
 * @param dispatchNo counts the dispatches of a job; a claim of an older one is refused
 * @param inputBytes size of the job's input and kept outputs, for the worker's byte budget
 */
public record Dispatch(JobId jobId, int dispatchNo, int inputBytes) {}
