package dev.spoor.contract.job;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** Names the agent that runs a step. */
public record AgentId(@JsonValue String value) {
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public AgentId {
    Names.check("agent_id", value);
  }

  @Override
  public String toString() {
    return value;
  }
}
