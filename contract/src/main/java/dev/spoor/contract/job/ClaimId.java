package dev.spoor.contract.job;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** Names one claim of a worker, so that the answer finds it. */
public record ClaimId(@JsonValue String value) {
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public ClaimId {
    Names.check("claim_id", value);
  }

  @Override
  public String toString() {
    return value;
  }
}
