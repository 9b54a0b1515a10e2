package dev.spoor.gateway.queue;

import dev.spoor.access.Caller;
import dev.spoor.access.Requires;
import dev.spoor.access.Scope;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.Priority;
import dev.spoor.contract.wire.Json;
import dev.spoor.telemetry.problem.Problem;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The queue as a whole. */
@RestController
public final class QueueController {
  private final QueueTable table;
  private final QueueLag lag;
  private final Clock clock;

  public QueueController(QueueTable table, QueueLag lag, Clock clock) {
    this.table = table;
    this.lag = lag;
    this.clock = clock;
  }

  /**
   * The body.
   *
   * @param complete false when a partition was not counted for 10 s: the figures are of {@code
   *     asOf}
   * @param byTenant of all tenants for who may see them, else of the caller's alone
   * @param oldestWaitingSeconds since when the job waits for a worker that waits longest; 0 when
   *     none does
   * @param drainEstimateSeconds queued jobs by the rate at which jobs ended over the last minute;
   *     absent when none ended
   */
  record QueueAnswer(
      boolean complete,
      Instant asOf,
      Map<JobStatus, Long> depth,
      Map<Priority, Long> byPriority,
      Map<String, Long> byTenant,
      double oldestWaitingSeconds,
      List<QueueLag.Entry> lag,
      int workers,
      double endedPerSecond,
      @Nullable Double drainEstimateSeconds) {}

  @Requires(Scope.READ)
  @GetMapping(path = "/v1/queue", produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<byte[]> queue(HttpServletRequest request) {
    QueueTable.Total total = table.total();
    Instant asOf = total.asOf();
    if (asOf == null) {
      throw Problem.of(
              503, "unavailable", "Not available now", "the ledger has not counted its jobs yet")
          .withRetryAfter(Duration.ofSeconds(1))
          .asException();
    }
    Instant oldest = total.oldestQueuedAt();
    return ResponseEntity.ok()
        .contentType(MediaType.APPLICATION_JSON)
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .body(
            Json.write(
                new QueueAnswer(
                    total.complete(),
                    asOf,
                    total.depth(),
                    total.byPriority(),
                    seen(total.byTenant(), Caller.of(request)),
                    oldest == null
                        ? 0
                        : Math.max(0, Duration.between(oldest, clock.instant()).toMillis() / 1e3),
                    lag.current(),
                    total.workers().size(),
                    total.endedPerSecond(),
                    drainEstimate(total))));
  }

  private static Map<String, Long> seen(Map<String, Long> byTenant, Caller caller) {
    return caller
        .sees()
        .map(tenant -> Map.of(tenant.value(), byTenant.getOrDefault(tenant.value(), 0L)))
        .orElse(byTenant);
  }

  private static @Nullable Double drainEstimate(QueueTable.Total total) {
    long queued = total.count(JobStatus.QUEUED);
    if (queued == 0) {
      return 0.0;
    }
    return total.endedPerSecond() > 0 ? queued / total.endedPerSecond() : null;
  }
}
