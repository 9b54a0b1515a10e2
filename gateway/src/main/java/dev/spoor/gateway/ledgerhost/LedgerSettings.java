package dev.spoor.gateway.ledgerhost;

import dev.spoor.gateway.ledger.LedgerLimits;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the ledger runs.
 *
 * @param leaseTimeout a worker that was not heard of for so long loses its jobs
 * @param maxWaiting waiting jobs a partition may have before it answers {@code queue_full}
 * @param firstBackoff wait before the second attempt; doubled for each further one
 * @param maxBackoff longest wait between attempts
 * @param minGap least time from the start of one transaction to that of the next; one that takes
 *     longer is followed at once, and an idle ledger does not wait. Longer: more jobs a second.
 *     Shorter: quicker under load
 * @param maxBatch inputs of one transaction
 * @param sessionTimeout how long a silent owner keeps its partitions; not below the broker's {@code
 *     group.min.session.timeout.ms}
 * @param transactionTimeout how long a killed owner's open transaction holds readers back, if it
 *     does not come back itself
 */
@ConfigurationProperties("spoor.ledger")
public record LedgerSettings(
    @DefaultValue("30s") Duration leaseTimeout,
    @DefaultValue("250000") long maxWaiting,
    @DefaultValue("1s") Duration firstBackoff,
    @DefaultValue("5m") Duration maxBackoff,
    @DefaultValue("15ms") Duration minGap,
    @DefaultValue("2000") int maxBatch,
    @DefaultValue("6s") Duration sessionTimeout,
    @DefaultValue("10s") Duration transactionTimeout) {
  public LedgerSettings {
    atLeast("spoor.ledger.lease-timeout", leaseTimeout, Duration.ofSeconds(1));
    atLeast("spoor.ledger.first-backoff", firstBackoff, Duration.ofMillis(1));
    atLeast("spoor.ledger.max-backoff", maxBackoff, firstBackoff);
    atLeast("spoor.ledger.min-gap", minGap, Duration.ZERO);
    atLeast("spoor.ledger.session-timeout", sessionTimeout, Duration.ofSeconds(1));
    atLeast("spoor.ledger.transaction-timeout", transactionTimeout, Duration.ofSeconds(1));
    if (maxWaiting < 1) {
      throw new IllegalArgumentException(
          "spoor.ledger.max-waiting is " + maxWaiting + "; expected 1 or more");
    }
    if (maxBatch < 1 || maxBatch > 100_000) {
      throw new IllegalArgumentException(
          "spoor.ledger.max-batch is " + maxBatch + "; expected 1 to 100000");
    }
  }

  private static void atLeast(String name, Duration value, Duration least) {
    if (value.compareTo(least) < 0) {
      throw new IllegalArgumentException(
          name + " is " + value + "; expected " + least + " or more");
    }
  }

  /**
   * @param retention how long ended jobs are kept
   */
  public LedgerLimits limits(Duration retention) {
    return new LedgerLimits(
        leaseTimeout,
        retention,
        maxWaiting,
        firstBackoff,
        maxBackoff,
        LedgerLimits.DEFAULT.maxStepOutputBytes(),
        LedgerLimits.DEFAULT.maxJobOutputBytes());
  }
}
