package dev.spoor.contract.job;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** Names one run of a worker process; a restarted worker has a new one. */
public record WorkerId(@JsonValue String value) {
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public WorkerId {
    Names.check("worker_id", value);
  }

  @Override
  public String toString() {
    return value;
  }
}
