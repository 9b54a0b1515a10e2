package dev.spoor.contract.job;

/**
 * One run of a step within a job: loops run a step more than once.
 *
 * @param stepId which step
 * @param iteration counts from 1 within the job's run
 */
public record StepKey(StepId stepId, int iteration) {
  public StepKey {
    if (iteration < 1) {
      throw new IllegalArgumentException("iteration counts from 1");
    }
  }
}
