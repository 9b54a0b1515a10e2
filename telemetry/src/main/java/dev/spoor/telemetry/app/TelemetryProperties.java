package dev.spoor.telemetry.app;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * {@code spoor.telemetry.*}. What the source story names stays a plain variable: {@code LOG_LEVEL},
 * {@code LOG_FORMAT}, {@code CORRELATION_ID_HEADER}, {@code SPOOR_JOURNAL_FSYNC}.
 */
@ConfigurationProperties("spoor.telemetry")
record TelemetryProperties(
    @DefaultValue Journal journal, @DefaultValue Ship shipping, @DefaultValue Checks health) {

  /**
   * @param dir of the journals; {@code <spoor.data-dir>/journal} unless set
   * @param maxBytes of each of the two journals; the oldest segment goes when they are used up
   */
  record Journal(@Nullable Path dir, @DefaultValue("2GB") DataSize maxBytes) {
    Journal {
      if (maxBytes.toBytes() < 1 << 20) {
        throw new IllegalArgumentException(
            "spoor.telemetry.journal.max-bytes is " + maxBytes + ", expected at least 1MB");
      }
    }
  }

  /**
   * @param enabled false: records go to stdout only, nothing is kept
   * @param scanInterval how often journals of dead processes are looked for
   * @param stopTimeout how long the end of the process may wait for Kafka
   */
  record Ship(
      @DefaultValue("true") boolean enabled,
      @DefaultValue("10s") Duration scanInterval,
      @DefaultValue("5s") Duration stopTimeout) {
    Ship {
      positive("shipping.scan-interval", scanInterval);
      positive("shipping.stop-timeout", stopTimeout);
    }
  }

  /**
   * @param probeInterval between two probes of a dependency
   * @param probeTimeout of one probe
   * @param sampleInterval between two {@code runtime.sample}
   * @param minFreeDisk with less room in the data directory {@code /health} calls the disk
   *     unhealthy
   */
  record Checks(
      @DefaultValue("5s") Duration probeInterval,
      @DefaultValue("2s") Duration probeTimeout,
      @DefaultValue("10s") Duration sampleInterval,
      @DefaultValue("128MB") DataSize minFreeDisk) {
    Checks {
      positive("health.probe-interval", probeInterval);
      positive("health.probe-timeout", probeTimeout);
      positive("health.sample-interval", sampleInterval);
      if (minFreeDisk.isNegative()) {
        throw new IllegalArgumentException(
            "spoor.telemetry.health.min-free-disk is " + minFreeDisk + ", expected 0MB or more");
      }
    }
  }

  private static void positive(String name, Duration value) {
    if (value.toMillis() < 10) {
      throw new IllegalArgumentException(
          "spoor.telemetry." + name + " is " + value + ", expected at least 10ms");
    }
  }
}
