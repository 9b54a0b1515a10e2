package dev.spoor.shipper.audit;

import dev.spoor.access.Requires;
import dev.spoor.access.Scope;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.Topics;
import dev.spoor.store.TelemetryStore;
import dev.spoor.telemetry.problem.Problem;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code GET /v1/audit}: is anything missing, and what. */
@RestController
public final class AuditController {
  private final TelemetryStore store;
  private final Topics topics;
  private final Clock clock;
  private final Duration silence;

  /**
   * @param silence after which a process that did not say goodbye is thought gone
   */
  public AuditController(TelemetryStore store, Topics topics, Clock clock, Duration silence) {
    this.store = store;
    this.topics = topics;
    this.clock = clock;
    this.silence = silence;
  }

  @Requires(Scope.ADMIN)
  @GetMapping("/v1/audit")
  ResponseEntity<byte[]> audit() {
    try {
      AuditReport report =
          AuditReport.of(
              store.states(), topics.telemetryLedger()::equals, clock.instant(), silence);
      return ResponseEntity.ok()
          .contentType(MediaType.APPLICATION_JSON)
          .header("Cache-Control", "no-store")
          .body(Json.write(report));
    } catch (IOException unusable) {
      throw Problem.of(
              503,
              "store-unavailable",
              "Store unavailable",
              "the telemetry store does not answer; /health and the log say more")
          .withRetryAfter(Duration.ofSeconds(5))
          .asException();
    }
  }
}
