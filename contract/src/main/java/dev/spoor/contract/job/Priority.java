package dev.spoor.contract.job;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** Which queue topic a job goes to. Workers look at {@link #HIGH} first and starve none. */
public enum Priority {
  @JsonProperty("high")
  HIGH,
  @JsonProperty("normal")
  NORMAL,
  @JsonProperty("low")
  LOW;

  /** The name as it travels: {@code high}, {@code normal}, {@code low}. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
