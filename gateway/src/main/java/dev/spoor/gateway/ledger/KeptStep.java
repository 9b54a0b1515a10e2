package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.StepSummary;

/**
 * A completed step of a job.
 *
 * @param epoch under which it ran
 * @param dataNo where its output is kept: see {@link DataKey}
 */
public record KeptStep(StepSummary step, long epoch, int dataNo) {}
