package dev.spoor.contract.job;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** What kind of fault it was: a closed set, so that rules and dashboards can rely on it. */
public enum ErrorCategory {
  @JsonProperty("validation")
  VALIDATION,
  @JsonProperty("timeout")
  TIMEOUT,
  @JsonProperty("rate_limited")
  RATE_LIMITED,
  @JsonProperty("provider")
  PROVIDER,
  @JsonProperty("dependency")
  DEPENDENCY,
  @JsonProperty("budget_exceeded")
  BUDGET_EXCEEDED,
  @JsonProperty("cancelled")
  CANCELLED,
  @JsonProperty("internal")
  INTERNAL;

  /** The name as it travels, for example {@code rate_limited}. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
