package dev.spoor.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.job.TenantId;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SubmitRatesTest {
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
  private final SubmitRates rates = new SubmitRates(now::get);

  private static Caller caller(String tenant, Limits limits) {
    return new Caller(new TenantId(tenant), "key1", Set.of(Scope.SUBMIT), limits);
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  @Test
  void letsTheBurstThroughAndThenTheRate() {
    Caller acme = caller("acme", new Limits(2.0, 3, null));
    for (int i = 0; i < 3; i++) {
      assertThat(rates.take(acme)).isZero();
    }
    assertThat(rates.take(acme)).isEqualTo(Duration.ofMillis(500));
    pass(Duration.ofMillis(499));
    assertThat(rates.take(acme)).isPositive();
    pass(Duration.ofMillis(1));
    assertThat(rates.take(acme)).isZero();
    assertThat(rates.take(acme)).isEqualTo(Duration.ofMillis(500));
    pass(Duration.ofHours(1));
    for (int i = 0; i < 3; i++) {
      assertThat(rates.take(acme)).isZero();
    }
    assertThat(rates.take(acme)).isPositive();
  }

  @Test
  void countsEachTenantForItself() {
    Limits one = new Limits(1.0, 1, null);
    assertThat(rates.take(caller("acme", one))).isZero();
    assertThat(rates.take(caller("other", one))).isZero();
    assertThat(rates.take(caller("acme", one))).isPositive();
  }

  @Test
  void takesANewRateAtOnceAndKnowsNoneWithoutLimits() {
    assertThat(rates.take(caller("acme", new Limits(1.0, 1, null)))).isZero();
    assertThat(rates.take(caller("acme", new Limits(5.0, 5, null)))).isZero();
    for (int i = 0; i < 1_000; i++) {
      assertThat(rates.take(caller("acme", Limits.NONE))).isZero();
    }
  }
}
