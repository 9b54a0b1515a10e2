package dev.spoor.contract.job;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** Names a flow, for example {@code review-story}. */
public record FlowId(@JsonValue String value) {
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public FlowId {
    Names.check("flow", value);
  }

  @Override
  public String toString() {
    return value;
  }
}
