package dev.spoor.contract.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class JobIdTest {
  @Test
  void oneKeyIsOneJobPerTenant() {
    TenantId a = new TenantId("a");
    assertThat(JobId.ofKey(a, "k")).isEqualTo(JobId.ofKey(a, "k"));
    assertThat(JobId.ofKey(a, "k")).isNotEqualTo(JobId.ofKey(new TenantId("b"), "k"));
    assertThat(JobId.ofKey(a, "k").value().version()).isEqualTo(8);
    assertThat(JobId.ofKey(a, "k").value().variant()).isEqualTo(2);
  }

  @Test
  void laterIdsSortBehindEarlierOnes() {
    JobId early = JobId.ofTime(1_700_000_000_000L, 0xFFF, -1);
    JobId late = JobId.ofTime(1_700_000_000_001L, 0, 0);
    assertThat(early.toString()).isLessThan(late.toString());
    assertThat(early.value().version()).isEqualTo(7);
  }

  @Test
  void onlyTheCanonicalFormIsParsed() {
    assertThatThrownBy(() -> JobId.parse("1-1-1-1-1")).isInstanceOf(IllegalArgumentException.class);
  }
}
