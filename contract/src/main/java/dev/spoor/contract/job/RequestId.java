package dev.spoor.contract.job;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** Correlates everything that one request caused; the caller's own if it was well-formed. */
public record RequestId(@JsonValue String value) {
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public RequestId {
    Names.check("request_id", value);
  }

  @Override
  public String toString() {
    return value;
  }
}
