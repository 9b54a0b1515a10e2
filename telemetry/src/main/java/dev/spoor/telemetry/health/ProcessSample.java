package dev.spoor.telemetry.health;

/**
 * What the process uses.
 *
 * @param memoryUsedBytes resident set: what the operating system counts, heap, stacks, mapped and
 *     native memory together
 * @param memoryMaxBytes what it may have: the container's limit, or the machine's memory where
 *     there is none
 * @param cpuPercent 0 to 100, of all processors it may use, since the sample before
 * @param threads live platform threads and mounted virtual ones
 */
public record ProcessSample(
    long memoryUsedBytes, long memoryMaxBytes, double cpuPercent, long threads) {
  /** 0 to 1. */
  public double memoryRatio() {
    return memoryMaxBytes <= 0 ? 0 : Math.min(1, (double) memoryUsedBytes / memoryMaxBytes);
  }
}
