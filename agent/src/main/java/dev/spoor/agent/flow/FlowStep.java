package dev.spoor.agent.flow;

import dev.spoor.agent.Agent;
import dev.spoor.contract.job.AgentId;
import dev.spoor.contract.job.StepId;
import java.util.Map;

/**
 * A node of a flow.
 *
 * @param stepId its name
 * @param agentId its agent's name
 * @param agent who runs it
 * @param targets where each action leads
 */
public record FlowStep(StepId stepId, AgentId agentId, Agent agent, Map<String, Target> targets) {
  public FlowStep {
    targets = Map.copyOf(targets);
  }
}
