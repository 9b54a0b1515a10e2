package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.JobId;
import java.time.Duration;

/**
 * How long to wait before the next attempt: doubled each time, with a jitter of up to a quarter
 * less, so that jobs that failed together do not come back together. The jitter follows from job
 * and attempt, so that a replay of the log gives the same.
 */
final class Backoff {
  /** A provider may ask for more than our longest backoff, but not for ever. */
  private static final long MAX_RETRY_AFTER_MS = Duration.ofHours(1).toMillis();

  private Backoff() {}

  static Duration after(JobId jobId, int failedAttempts, long retryAfterMs, LedgerLimits limits) {
    int doublings = Math.min(30, Math.max(0, failedAttempts - 1));
    long longest = limits.maxBackoff().toMillis();
    long first = limits.firstBackoff().toMillis();
    long full = first > (longest >> doublings) ? longest : first << doublings;
    long jitter = Math.floorMod(mix(jobId.value().hashCode(), failedAttempts), full / 4 + 1);
    return Duration.ofMillis(
        Math.max(full - jitter, Math.clamp(retryAfterMs, 0, MAX_RETRY_AFTER_MS)));
  }

  /** A finaliser in the manner of SplitMix64: neighbours come out far apart. */
  private static long mix(int a, int b) {
    long z = (((long) a << 32) | (b & 0xFFFF_FFFFL)) + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
