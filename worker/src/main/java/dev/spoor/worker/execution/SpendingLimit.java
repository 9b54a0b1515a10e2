package dev.spoor.worker.execution;

import dev.spoor.agent.AgentException;
import dev.spoor.contract.job.Budget;
import dev.spoor.contract.job.ErrorCategory;
import dev.spoor.contract.job.Usage;
import java.math.BigDecimal;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a job within its budget. Thread-safe. What a call costs is known only behind it, so a job
 * exceeds its budget by one call at most; therefore the calls of a job that has a budget go one
 * after another, also from branches side by side.
 *
 * <p>Counts completed steps of all attempts and every call of this one. What an earlier attempt
 * spent on a step that it did not complete is not known here.
 */
final class SpendingLimit {
  private final @Nullable Budget budget;
  private final ReentrantLock calls = new ReentrantLock();
  private Usage spent;

  SpendingLimit(@Nullable Budget budget, Usage spent) {
    this.budget = budget;
    this.spent = spent;
  }

  /**
   * Before a call: waits until it may be made. {@link #end} must follow, unless this throws.
   *
   * @param priced whether the price of the model is known
   * @throws AgentException if the budget is used up, or cannot be kept
   */
  void begin(boolean priced, String model) throws InterruptedException {
    if (budget == null) {
      return;
    }
    calls.lockInterruptibly();
    String refusal = refusal(budget, priced, model);
    if (refusal != null) {
      calls.unlock();
      throw new AgentException(ErrorCategory.BUDGET_EXCEEDED, false, refusal);
    }
  }

  /** Behind a call, with what it used; {@link Usage#NONE} if it failed. */
  void end(Usage used) {
    synchronized (this) {
      spent = spent.plus(used);
    }
    if (budget != null) {
      calls.unlock();
    }
  }

  private synchronized @Nullable String refusal(Budget limits, boolean priced, String model) {
    Long tokens = limits.tokens();
    long used = spent.inputTokens() + spent.outputTokens();
    if (tokens != null && used >= tokens) {
      return "the job has used " + used + " tokens of a budget of " + tokens;
    }
    BigDecimal usd = limits.usd();
    if (usd == null) {
      return null;
    }
    if (!priced || spent.unpricedCalls() > 0) {
      return "the budget of "
          + usd.toPlainString()
          + " USD cannot be kept: the price of model "
          + model
          + " is not known";
    }
    BigDecimal cost = spent.costUsd();
    return cost != null && cost.compareTo(usd) >= 0
        ? "the job has cost " + cost.toPlainString() + " USD of a budget of " + usd.toPlainString()
        : null;
  }
}
