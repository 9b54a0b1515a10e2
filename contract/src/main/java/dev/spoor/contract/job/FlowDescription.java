package dev.spoor.contract.job;

import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * What a gateway needs to know of a flow. Workers announce theirs on the compacted topic {@code
 * flows}; a gateway accepts jobs for what has been announced.
 *
 * @param flowId its name
 * @param description one sentence
 * @param inputSchema a JSON Schema (2020-12) for the job's {@code input}
 * @param steps the steps in the order of their definition
 * @param maxSteps how many steps one run may take before it is stopped, loops included
 */
public record FlowDescription(
    FlowId flowId, String description, JsonNode inputSchema, List<Step> steps, int maxSteps) {
  public FlowDescription {
    steps = List.copyOf(steps);
  }

  /**
   * @param stepId its name
   * @param agentId who runs it
   */
  public record Step(StepId stepId, AgentId agentId) {}
}
