package dev.spoor.gateway.ledgerhost;

import dev.spoor.gateway.ledger.LedgerLimits;
import dev.spoor.telemetry.app.SettingFaults;
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
    new SettingFaults("spoor.ledger.")
        .atLeast("lease-timeout", leaseTimeout, "1s")
        .check(maxWaiting >= 1, "max-waiting", maxWaiting, "1 or more")
        .atLeast("first-backoff", firstBackoff, "1ms")
        .check(
            maxBackoff.compareTo(firstBackoff) >= 0,
            "max-backoff",
            maxBackoff,
            "spoor.ledger.first-backoff (" + firstBackoff + ") or more")
        .atLeast("min-gap", minGap, "0ms")
        .between("max-batch", maxBatch, 1, 100_000)
        .atLeast("session-timeout", sessionTimeout, "1s")
        .atLeast("transaction-timeout", transactionTimeout, "1s")
        .refuse();
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
