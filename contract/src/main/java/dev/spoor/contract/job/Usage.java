package dev.spoor.contract.job;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * What model calls used.
 *
 * @param inputTokens tokens sent, cached ones included
 * @param outputTokens tokens received
 * @param costUsd the price in US dollars of all calls whose price is known; null when no call had a
 *     known price
 * @param unpricedCalls calls whose price is unknown and therefore not in {@code costUsd}
 */
public record Usage(
    long inputTokens, long outputTokens, @Nullable BigDecimal costUsd, int unpricedCalls) {
  public static final Usage NONE = new Usage(0, 0, null, 0);

  public Usage {
    if (inputTokens < 0 || outputTokens < 0 || unpricedCalls < 0) {
      throw new IllegalArgumentException("usage cannot be negative");
    }
  }

  /** The sum of both. A cost that is unknown stays counted as unknown; it never becomes zero. */
  public Usage plus(Usage other) {
    return new Usage(
        inputTokens + other.inputTokens,
        outputTokens + other.outputTokens,
        sum(costUsd, other.costUsd),
        unpricedCalls + other.unpricedCalls);
  }

  private static @Nullable BigDecimal sum(@Nullable BigDecimal a, @Nullable BigDecimal b) {
    if (a == null) {
      return b;
    }
    return b == null ? a : a.add(b);
  }
}
