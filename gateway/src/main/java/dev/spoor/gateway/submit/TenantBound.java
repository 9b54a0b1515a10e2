package dev.spoor.gateway.submit;

import dev.spoor.access.Caller;
import dev.spoor.access.SubmitRates;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.TenantId;
import dev.spoor.telemetry.problem.Problem;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.function.BiPredicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Holds a tenant to the limits of its keys. The bound on waiting jobs is kept by the counts that
 * the ledger tells every second, so a tenant may be above it by what it submits in that time.
 */
public final class TenantBound {
  private final SubmitRates rates;
  private final ToLongFunction<TenantId> waiting;
  private final BiPredicate<JobId, HttpServletRequest> known;

  /**
   * @param waiting jobs of a tenant that wait; 0 while that is not known
   * @param known whether the caller has a job of this id already
   */
  public TenantBound(
      SubmitRates rates,
      ToLongFunction<TenantId> waiting,
      BiPredicate<JobId, HttpServletRequest> known) {
    this.rates = rates;
    this.waiting = waiting;
    this.known = known;
  }

  /**
   * Counts a submit.
   *
   * @throws dev.spoor.telemetry.problem.ProblemException 429 if the tenant's rate is reached
   */
  void checkRate(Caller caller) {
    Duration wait = rates.take(caller);
    if (!wait.isZero()) {
      throw Problem.of(
              429,
              "rate-reached",
              "Too many submits",
              "the tenant "
                  + caller.tenant()
                  + " may submit "
                  + shown(caller.limits().submitsPerSecond())
                  + " jobs a second")
          .withRetryAfter(wait)
          .asException();
    }
  }

  /**
   * @param repeatable whether the id comes from the caller's own key: then the job may be there
   *     already, and telling of it adds none
   * @throws dev.spoor.telemetry.problem.ProblemException 429 if the tenant's bound is reached; 503
   *     if it is, and it cannot be known whether the job is there
   */
  void checkWaiting(Caller caller, JobId jobId, boolean repeatable, HttpServletRequest request) {
    Long bound = caller.limits().maxWaiting();
    if (bound == null || waiting.applyAsLong(caller.tenant()) < bound) {
      return;
    }
    if (repeatable && known.test(jobId, request)) {
      return;
    }
    throw Problem.of(
            429,
            "queue-full",
            "The queue is full",
            "the tenant " + caller.tenant() + " may have " + bound + " jobs waiting")
        .withRetryAfter(Duration.ofSeconds(5))
        .asException();
  }

  private static String shown(@Nullable Double rate) {
    if (rate == null) {
      return "any number of";
    }
    return rate == Math.rint(rate) ? Long.toString(rate.longValue()) : rate.toString();
  }
}
