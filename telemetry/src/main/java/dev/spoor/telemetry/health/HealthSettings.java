package dev.spoor.telemetry.health;

import java.nio.file.Path;
import java.time.Duration;

/**
 * @param probeInterval between two probes of a dependency
 * @param probeTimeout after which a probe is interrupted
 * @param sampleInterval between two {@code runtime.sample} records; CPU use is read ten times as
 *     often
 * @param proc where the kernel tells about processes, {@code /proc}
 */
public record HealthSettings(
    Duration probeInterval, Duration probeTimeout, Duration sampleInterval, Path proc) {
  static final int STEPS = 10;

  public HealthSettings {
    if (probeInterval.isNegative()
        || probeTimeout.toMillis() < 4
        || sampleInterval.toMillis() < STEPS) {
      throw new IllegalArgumentException("intervals must be positive");
    }
  }
}
