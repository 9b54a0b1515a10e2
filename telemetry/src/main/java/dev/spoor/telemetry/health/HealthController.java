package dev.spoor.telemetry.health;

import dev.spoor.contract.wire.Json;
import org.springframework.http.CacheControl;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code GET /health}: open to all, no secrets, answers whatever hangs. */
@RestController
public final class HealthController {
  private final Health health;

  public HealthController(Health health) {
    this.health = health;
  }

  /** The body is written by hand in snake_case, whatever the application's mapper does. */
  @GetMapping(path = "/health", produces = "application/json")
  ResponseEntity<String> get() {
    HealthReport report = health.report();
    int status = report.status() == HealthStatus.UNHEALTHY ? 503 : 200;
    return ResponseEntity.status(status)
        .cacheControl(CacheControl.noStore())
        .body(Json.mapper().writeValueAsString(report));
  }
}
