package dev.spoor.contract.job;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * How much a job may use. A null limit is no limit.
 *
 * @param usd US dollars, above 0
 * @param tokens input and output tokens together, above 0
 */
public record Budget(@Nullable BigDecimal usd, @Nullable Long tokens) {
  public Budget {
    if (usd != null && usd.signum() <= 0) {
      throw new IllegalArgumentException("budget.usd must be above 0");
    }
    if (tokens != null && tokens <= 0) {
      throw new IllegalArgumentException("budget.tokens must be above 0");
    }
  }
}
