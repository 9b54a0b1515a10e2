package dev.spoor.contract.job;

import java.time.Instant;

/**
 * A completed step without its output.
 *
 * @param stepId which step
 * @param iteration counts from 1; a loop runs a step more than once
 * @param agentId who ran it
 * @param action what the agent returned; it picks the next step
 * @param attempt the job's attempt in which it was completed
 * @param startedAt by the worker's clock
 * @param durationMs milliseconds, from the worker's monotonic clock
 * @param usage what its model calls used
 * @param outputBytes size of the output as JSON
 */
public record StepSummary(
    StepId stepId,
    int iteration,
    AgentId agentId,
    String action,
    int attempt,
    Instant startedAt,
    long durationMs,
    Usage usage,
    int outputBytes) {
  public StepKey key() {
    return new StepKey(stepId, iteration);
  }
}
