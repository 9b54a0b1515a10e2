package dev.spoor.telemetry.health;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How a service or a dependency is. */
public enum HealthStatus {
  @JsonProperty("healthy")
  HEALTHY,
  /** Something is missing that the service can work without for now. */
  @JsonProperty("degraded")
  DEGRADED,
  @JsonProperty("unhealthy")
  UNHEALTHY
}
