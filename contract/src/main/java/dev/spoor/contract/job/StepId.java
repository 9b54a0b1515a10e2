package dev.spoor.contract.job;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** Names a step of a flow; unique within the flow. */
public record StepId(@JsonValue String value) {
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public StepId {
    Names.check("step_id", value);
  }

  @Override
  public String toString() {
    return value;
  }
}
