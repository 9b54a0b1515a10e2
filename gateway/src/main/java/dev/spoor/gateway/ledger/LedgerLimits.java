package dev.spoor.gateway.ledger;

import java.time.Duration;

/**
 * The numbers in the ledger's rules.
 *
 * @param leaseTimeout how long after its last heartbeat a worker loses its jobs; above 0
 * @param retention how long ended jobs are kept; above 0
 * @param maxWaiting waiting jobs of one partition from which on a submit with an idempotency key is
 *     answered {@code queue_full}. Others were answered 202 already and are never turned away here;
 *     the gateway bounds them before it accepts
 * @param firstBackoff wait before the second attempt; doubled for each further one
 * @param maxBackoff the longest wait between attempts
 * @param maxStepOutputBytes largest output of a step, as JSON
 * @param maxJobOutputBytes largest sum of a job's outputs
 */
public record LedgerLimits(
    Duration leaseTimeout,
    Duration retention,
    long maxWaiting,
    Duration firstBackoff,
    Duration maxBackoff,
    int maxStepOutputBytes,
    int maxJobOutputBytes) {
  public static final LedgerLimits DEFAULT =
      new LedgerLimits(
          Duration.ofSeconds(30),
          Duration.ofDays(7),
          250_000,
          Duration.ofSeconds(1),
          Duration.ofMinutes(5),
          256 * 1024,
          4 * 1024 * 1024);

  /** Completed steps of one run that are kept; a job with more fails and says so. */
  static final int MAX_STEPS = 1_000;

  /** Characters of an error message that are kept, so that a job's state stays small. */
  static final int MAX_MESSAGE = 2_000;

  public LedgerLimits {
    positive("lease_timeout", leaseTimeout);
    positive("retention", retention);
    positive("first_backoff", firstBackoff);
    positive("max_backoff", maxBackoff);
    if (maxWaiting < 1 || maxStepOutputBytes < 1 || maxJobOutputBytes < maxStepOutputBytes) {
      throw new IllegalArgumentException(
          "max_waiting and max_step_output_bytes must be above 0, and max_job_output_bytes not less than a step's");
    }
  }

  private static void positive(String name, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(name + " must be above 0");
    }
  }
}
