package dev.spoor.agent;

import dev.spoor.agent.memory.Memory;
import dev.spoor.agent.memory.MemoryScope;
import dev.spoor.agent.model.ModelRequest;
import dev.spoor.agent.model.ModelResponse;
import dev.spoor.contract.job.AgentId;
import dev.spoor.contract.job.FlowId;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.StepId;
import dev.spoor.contract.job.TenantId;
import java.util.Optional;
import org.slf4j.Logger;
import tools.jackson.databind.JsonNode;

/**
 * What a step is given. Valid until the agent returns; its methods may be called from any thread
 * that the agent started and has waited for.
 *
 * <p>{@link #call}, {@link #tool} and the operations of {@link #memory} look first whether the
 * worker still holds the job, and throw {@link InterruptedException} if it does not: a worker that
 * lost its lease makes no further call.
 */
public interface AgentContext {
  JobId jobId();

  TenantId tenant();

  FlowId flowId();

  StepId stepId();

  AgentId agentId();

  /** How often this step has begun in this run of the job, from 1: loops run a step again. */
  int iteration();

  /** The job's attempt, from 1. */
  int attempt();

  /** The job's input; it fits the flow's schema. Not to be changed. */
  JsonNode input();

  /** The newest output of a step; empty if it has not been completed yet. Not to be changed. */
  Optional<JsonNode> output(StepId step);

  /**
   * What was remembered in this scope. Without a {@code session_id} a job is a session of its own.
   */
  Memory memory(MemoryScope scope);

  /**
   * Asks the model. Tokens and cost are recorded, and count against the job's budget.
   *
   * @throws AgentException if the provider failed, or the budget is used up
   * @throws InterruptedException if the job was stopped
   */
  ModelResponse call(ModelRequest request) throws InterruptedException;

  /**
   * Calls a tool. Its duration and its failure are recorded, its arguments are not.
   *
   * @throws AgentException if the tool failed
   * @throws InterruptedException if the job was stopped
   */
  JsonNode tool(Tool tool, JsonNode arguments) throws InterruptedException;

  /**
   * Returns if the job may go on. For agents that compute for long between two calls.
   *
   * @throws InterruptedException if the job was stopped: cancelled, expired, or its lease lost
   */
  void checkStopped() throws InterruptedException;

  /**
   * A logger named {@code agent.<agent id>} whose records carry the fields of the job, the step and
   * the agent, on whatever thread it is called.
   */
  Logger log();
}
