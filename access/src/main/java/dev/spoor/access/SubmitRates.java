package dev.spoor.access;

import dev.spoor.contract.job.TenantId;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Counts the submits of each tenant against its rate: a token bucket that holds {@code burst} and
 * fills at the rate. Thread-safe; bounded by the tenants of the keys' file. Each process counts for
 * itself, so that a tenant may submit so much at every gateway.
 */
public final class SubmitRates {
  private final LongSupplier nanos;
  private final ConcurrentHashMap<TenantId, Bucket> buckets = new ConcurrentHashMap<>();

  /**
   * @param tokens there at {@code at}
   */
  private record Bucket(double perSecond, int burst, double tokens, long at) {
    Bucket until(long now) {
      double more = Math.max(0, now - at) / 1e9 * perSecond;
      return new Bucket(perSecond, burst, Math.min(burst, tokens + more), now);
    }
  }

  /**
   * @param nanos a clock as {@link System#nanoTime}
   */
  public SubmitRates(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /**
   * Counts one submit.
   *
   * @return zero if it may go on, else when one may again; then it is not counted
   */
  public Duration take(Caller caller) {
    Limits limits = caller.limits();
    Double rate = limits.submitsPerSecond();
    if (rate == null) {
      return Duration.ZERO;
    }
    double perSecond = rate;
    Duration[] wait = {Duration.ZERO};
    buckets.compute(
        caller.tenant(),
        (_, last) -> {
          long now = nanos.getAsLong();
          boolean same =
              last != null && last.perSecond() == perSecond && last.burst() == limits.burst();
          Bucket bucket =
              last != null && same
                  ? last.until(now)
                  : new Bucket(perSecond, limits.burst(), limits.burst(), now);
          if (bucket.tokens() >= 1) {
            return new Bucket(perSecond, limits.burst(), bucket.tokens() - 1, now);
          }
          wait[0] = Duration.ofNanos((long) Math.ceil((1 - bucket.tokens()) / perSecond * 1e9));
          return bucket;
        });
    return wait[0];
  }
}
