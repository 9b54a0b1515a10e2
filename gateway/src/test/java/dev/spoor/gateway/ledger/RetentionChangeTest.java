package dev.spoor.gateway.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.job.FlowId;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobSpec;
import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.wire.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Jobs that have ended before a gateway starts with another retention. */
class RetentionChangeTest {
  private static final Instant AT = Instant.parse("2026-11-24T10:00:00Z");
  private static final JobId JOB = new JobId(new UUID(1, 2));

  private final MemoryStore store = new MemoryStore();
  private LedgerPartition partition = withRetention(Duration.ofHours(2));
  private long offset;

  private LedgerPartition withRetention(Duration retention) {
    LedgerLimits usual = LedgerLimits.DEFAULT;
    return new LedgerPartition(
        0,
        new LedgerRules(
            new LedgerLimits(
                usual.leaseTimeout(),
                retention,
                usual.maxWaiting(),
                usual.firstBackoff(),
                usual.maxBackoff(),
                usual.maxStepOutputBytes(),
                usual.maxJobOutputBytes())),
        store,
        Map.of());
  }

  private void after(Duration since, LedgerInput input) {
    partition.apply(offset++, null, null, input, AT.plus(since));
    store.write(partition.changes());
    partition.committed();
  }

  private void tick(long minutes) {
    after(Duration.ofMinutes(minutes), new LedgerInput.Tick());
  }

  private void endedAtOnce() {
    after(
        Duration.ZERO,
        new LedgerInput.Submit(
            JOB,
            new RequestId("r"),
            null,
            JobSpec.of(new FlowId("f")),
            "hash",
            false,
            Json.mapper().createObjectNode()));
    after(Duration.ZERO, new LedgerInput.Cancel(JOB, new RequestId("c"), TenantId.DEFAULT));
  }

  @Test
  void areKeptLongerAndNotForEver() {
    endedAtOnce();
    partition = withRetention(Duration.ofHours(5));
    tick(121);
    tick(299);
    assertThat(store.jobs).containsKey(JOB);
    tick(300);
    assertThat(store.jobs).isEmpty();
    assertThat(store.index).isEmpty();
    assertThat(store.data).isEmpty();
  }

  @Test
  void goWhenTheyWereToGoIfTheRetentionIsShorterNow() {
    endedAtOnce();
    partition = withRetention(Duration.ofHours(1));
    tick(119);
    assertThat(store.jobs).containsKey(JOB);
    tick(120);
    assertThat(store.jobs).isEmpty();
    assertThat(store.index).isEmpty();
  }
}
