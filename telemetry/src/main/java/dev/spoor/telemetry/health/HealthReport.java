package dev.spoor.telemetry.health;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The body of {@code GET /health}. */
public record HealthReport(
    HealthStatus status,
    Instant timestamp,
    double uptimeSeconds,
    String version,
    Metrics metrics,
    Map<String, HealthStatus> dependencies) {
  public HealthReport {
    dependencies = Map.copyOf(dependencies);
  }

  /**
   * @param memoryMb resident memory of the process, MiB
   * @param memoryPercent of what the process may use, see {@link ProcessSample#memoryRatio}
   * @param cpuPercent of all processors, over the last interval
   * @param threads platform threads, and virtual threads where the JVM tells
   * @param queueDepth null while it is not known
   */
  public record Metrics(
      double memoryMb,
      double memoryPercent,
      double cpuPercent,
      long threads,
      @Nullable Long queueDepth) {}
}
