package dev.spoor.worker.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.agent.AgentException;
import dev.spoor.contract.job.Budget;
import dev.spoor.contract.job.ErrorCategory;
import dev.spoor.contract.job.Usage;
import java.math.BigDecimal;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class SpendingLimitTest {
  @Test
  void tokensMayBeExceededByOneCallAndNoMore() throws Exception {
    SpendingLimit limit = new SpendingLimit(new Budget(null, 100L), Usage.NONE);
    limit.begin(true, "m");
    limit.end(new Usage(60, 39, null, 1));
    limit.begin(true, "m");
    limit.end(new Usage(500, 0, null, 1));
    assertThatThrownBy(() -> limit.begin(true, "m"))
        .isInstanceOfSatisfying(
            AgentException.class,
            e -> {
              assertThat(e.category()).isEqualTo(ErrorCategory.BUDGET_EXCEEDED);
              assertThat(e.retryable()).isFalse();
            })
        .hasMessage("the job has used 599 tokens of a budget of 100");
  }

  @Test
  void dollarsCountCompletedStepsOfEarlierAttempts() throws Exception {
    Usage before = new Usage(1, 1, new BigDecimal("0.04"), 0);
    SpendingLimit limit = new SpendingLimit(new Budget(new BigDecimal("0.05"), null), before);
    limit.begin(true, "m");
    limit.end(new Usage(1, 1, new BigDecimal("0.01"), 0));
    assertThatThrownBy(() -> limit.begin(true, "m"))
        .hasMessage("the job has cost 0.05 USD of a budget of 0.05");
  }

  @Test
  void aDollarBudgetCannotBeKeptWithAModelOfUnknownPrice() {
    SpendingLimit limit = new SpendingLimit(new Budget(BigDecimal.ONE, null), Usage.NONE);
    assertThatThrownBy(() -> limit.begin(false, "mystery"))
        .hasMessageContaining("the price of model mystery is not known");
  }

  @Test
  void withoutABudgetNothingIsRefused() throws Exception {
    SpendingLimit limit = new SpendingLimit(null, Usage.NONE);
    limit.begin(false, "m");
    limit.begin(false, "m");
    limit.end(new Usage(Long.MAX_VALUE / 4, 0, null, 1));
    limit.end(Usage.NONE);
  }

  @Test
  void callsOfABudgetedJobGoOneAfterAnother() throws Exception {
    SpendingLimit limit = new SpendingLimit(new Budget(null, 10L), Usage.NONE);
    limit.begin(true, "m");
    CountDownLatch refused = new CountDownLatch(1);
    Thread other =
        Thread.ofVirtual()
            .start(() -> {
              try {
                limit.begin(true, "m");
              } catch (AgentException e) {
                refused.countDown();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    assertThat(refused.await(50, TimeUnit.MILLISECONDS)).isFalse();
    limit.end(new Usage(10, 0, null, 1));
    assertThat(refused.await(5, TimeUnit.SECONDS)).isTrue();
    other.join();
  }
}
