package dev.spoor.gateway.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

/** A local copy that cannot be read says nothing about the input that is being applied. */
class StoreFailureTest {
  private static final Instant AT = Instant.parse("2026-11-24T10:00:00Z");
  private static final JobId JOB = new JobId(new UUID(1, 2));

  private final MemoryStore store = new MemoryStore();
  private LedgerPartition partition = fresh();
  private long offset;

  private LedgerPartition fresh() {
    return new LedgerPartition(0, new LedgerRules(LedgerLimits.DEFAULT), store, Map.of());
  }

  private void apply(Duration since, LedgerInput input) {
    partition.apply(offset, null, null, input, AT.plus(since));
    offset++;
    store.write(partition.changes());
    partition.committed();
  }

  private static LedgerInput.Submit submit() {
    return new LedgerInput.Submit(
        JOB,
        new RequestId("r"),
        null,
        JobSpec.of(new FlowId("f")),
        "hash",
        false,
        Json.mapper().createObjectNode());
  }

  @Test
  void aSubmitIsNotSetAside() {
    store.fails = true;
    assertThatThrownBy(() -> apply(Duration.ZERO, submit()))
        .isInstanceOf(StoreFailedException.class);
    assertThat(partition.outputs()).isEmpty();
    store.fails = false;
    partition = fresh();
    apply(Duration.ZERO, submit());
    assertThat(store.jobs).containsKey(JOB);
  }

  @Test
  void aTimeThatHasComeStaysOne() {
    apply(Duration.ZERO, submit());
    apply(Duration.ZERO, new LedgerInput.Cancel(JOB, new RequestId("c"), TenantId.DEFAULT));
    int entries = store.index.size();
    store.fails = true;
    Duration late = LedgerLimits.DEFAULT.retention().plusMinutes(1);
    assertThatThrownBy(() -> apply(late, new LedgerInput.Tick()))
        .isInstanceOf(StoreFailedException.class);
    assertThat(partition.outputs()).isEmpty();
    assertThat(store.index).hasSize(entries);
    store.fails = false;
    partition = fresh();
    apply(late, new LedgerInput.Tick());
    assertThat(store.jobs).isEmpty();
  }
}
