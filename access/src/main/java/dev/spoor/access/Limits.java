package dev.spoor.access;

import org.jspecify.annotations.Nullable;

/**
 * What a tenant may use, over all of its keys.
 *
 * @param submitsPerSecond in the long run, above 0; null for as many as there come
 * @param burst submits at once after a pause, 1 and more; of no meaning without a rate
 * @param maxWaiting jobs that have not ended and do not run, from which on submits are refused;
 *     null for no bound of its own
 */
public record Limits(@Nullable Double submitsPerSecond, int burst, @Nullable Long maxWaiting) {
  public static final Limits NONE = new Limits(null, 1, null);

  public Limits {
    if ((submitsPerSecond != null && !(submitsPerSecond > 0)) || burst < 1) {
      throw new IllegalArgumentException("a rate must be above 0 and a burst at least 1");
    }
    if (maxWaiting != null && maxWaiting < 1) {
      throw new IllegalArgumentException("the bound on waiting jobs must be at least 1");
    }
  }
}
