package dev.spoor.contract.job;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** Who owns a job. Without API keys everything belongs to {@link #DEFAULT}. */
public record TenantId(@JsonValue String value) {
  public static final TenantId DEFAULT = new TenantId("default");

  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public TenantId {
    Names.check("tenant", value);
  }

  @Override
  public String toString() {
    return value;
  }
}
