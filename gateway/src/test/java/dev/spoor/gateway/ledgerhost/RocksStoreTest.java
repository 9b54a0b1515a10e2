package dev.spoor.gateway.ledgerhost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.contract.job.FlowId;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobSpec;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.job.WorkerId;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.wire.Json;
import dev.spoor.gateway.ledger.Index;
import dev.spoor.gateway.ledger.IndexEntry;
import dev.spoor.gateway.ledger.JobReads;
import dev.spoor.gateway.ledger.LedgerLimits;
import dev.spoor.gateway.ledger.LedgerPartition;
import dev.spoor.gateway.ledger.LedgerRules;
import dev.spoor.gateway.ledger.StoreFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;

class RocksStoreTest {
  private static final Instant AT = Instant.parse("2026-11-24T10:00:00Z");
  private static final LedgerLimits LIMITS = LedgerLimits.DEFAULT;

  static {
    RocksDB.loadLibrary();
  }

  private final Cache cache = new LRUCache(1 << 20);
  private final List<RocksStore.Restored> changelog = new ArrayList<>();
  @TempDir Path dir;

  @AfterEach
  void free() {
    cache.close();
  }

  private RocksStore open(String name, String identity, long end) {
    return RocksStore.open(dir.resolve(name), identity, end, LIMITS, cache);
  }

  /** Two jobs, one worker; what is written goes to the changelog too. */
  private void fill(RocksStore store) {
    LedgerPartition partition = new LedgerPartition(0, new LedgerRules(LIMITS), store, Map.of());
    long offset = 0;
    for (long high : new long[] {1, -1}) {
      JobId jobId = new JobId(new UUID(high, high));
      byte[] submit = Json.write(LedgerKit.submit(jobId, JobSpec.of(new FlowId("echo"))));
      partition.apply(offset++, null, submit, AT.plusMillis(offset));
    }
    partition.apply(
        offset,
        null,
        Json.write(new LedgerInput.Heartbeat(new WorkerId("w"), List.of(), false)),
        AT);
    ChangelogCodec.write(
        partition.changes(), (key, value) -> changelog.add(new RocksStore.Restored(key, value)));
    store.write(partition.changes(), changelog.size());
    partition.committed();
  }

  private static List<IndexEntry> all(RocksStore store, Index index) {
    List<IndexEntry> all = new ArrayList<>();
    IndexEntry next = store.firstFrom(new IndexEntry(index, 0, new JobId(new UUID(0, 0))));
    while (next != null) {
      all.add(next);
      next = store.firstFrom(new IndexEntry(index, next.atMillis() + 1, new JobId(new UUID(0, 0))));
    }
    return all;
  }

  @Test
  void whatIsRestoredFromTheChangelogIsWhatWasWritten() {
    try (RocksStore written = open("a", "topic", 0);
        RocksStore restored = open("b", "topic", 0)) {
      fill(written);
      restored.restore(changelog, changelog.size());
      // A tail that is read twice changes nothing.
      restored.restore(changelog.subList(2, changelog.size()), changelog.size());
      assertThat(restored.facts()).isEqualTo(written.facts());
      assertThat(restored.workers()).isEqualTo(written.workers()).hasSize(1);
      for (Index index : Index.values()) {
        assertThat(all(restored, index)).isEqualTo(all(written, index));
      }
      assertThat(all(restored, Index.QUEUED)).hasSize(2);
      assertThat(restored.newest(JobReads.NewestQuery.of(TenantId.DEFAULT, 1)).jobs()).hasSize(1);
      assertThat(
              restored
                  .newest(JobReads.NewestQuery.of(TenantId.DEFAULT, 1))
                  .jobs()
                  .getFirst()
                  .jobId()
                  .value())
          .isEqualTo(new UUID(-1, -1));
    }
  }

  @Test
  void aRestartFindsWhatWasWrittenAndItsPosition() {
    try (RocksStore store = open("a", "topic", 0)) {
      fill(store);
    }
    try (RocksStore store = open("a", "topic", 100)) {
      assertThat(store.position()).isEqualTo(changelog.size());
      assertThat(store.newest(JobReads.NewestQuery.of(TenantId.DEFAULT, 10)).jobs()).hasSize(2);
      assertThat(store.workers()).hasSize(1);
    }
  }

  @Test
  void aCopyOfAnotherTopicIsDiscarded() {
    try (RocksStore store = open("a", "topic", 0)) {
      fill(store);
    }
    try (RocksStore store = open("a", "made anew", 100)) {
      assertThat(store.position()).isZero();
      assertThat(store.newest(JobReads.NewestQuery.of(TenantId.DEFAULT, 10)).jobs()).isEmpty();
    }
  }

  @Test
  void aCopyThatIsAheadOfItsTopicIsDiscarded() {
    try (RocksStore store = open("a", "topic", 0)) {
      fill(store);
    }
    try (RocksStore store = open("a", "topic", 1)) {
      assertThat(store.position()).isZero();
    }
  }

  @Test
  void aDamagedCopyIsMadeAnew() throws IOException {
    try (RocksStore store = open("a", "topic", 0)) {
      fill(store);
    }
    try (Stream<Path> files = Files.list(dir.resolve("a"))) {
      for (Path file :
          files.filter(f -> f.getFileName().toString().startsWith("MANIFEST")).toList()) {
        Files.write(file, new byte[100]);
      }
    }
    try (RocksStore store = open("a", "topic", 100)) {
      assertThat(store.position()).isZero();
    }
  }

  @Test
  void aDamageThatAReadMeetsRemovesTheCopyWhenItIsClosed() throws IOException {
    try (RocksStore store = open("a", "topic", 0)) {
      fill(store);
    }
    // Opened once more, what was in the log of writes is in tables.
    open("a", "topic", 100).close();
    try (Stream<Path> files = Files.list(dir.resolve("a"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".sst")).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        // The first block of data; the footer and the properties behind it stay.
        Arrays.fill(bytes, 0, Math.min(40, bytes.length), (byte) 0x55);
        Files.write(file, bytes);
      }
    }
    try {
      RocksStore store = open("a", "topic", 100);
      try (store) {
        assertThatThrownBy(() -> store.job(new JobId(new UUID(1, 1))))
            .isInstanceOf(StoreFailedException.class);
      }
    } finally {
      try (RocksStore anew = open("a", "topic", 100)) {
        assertThat(anew.position()).isZero();
      }
    }
  }

  @Test
  void aListThatDidNotLookAtAllSaysSo() {
    try (RocksStore store = open("a", "topic", 0)) {
      LedgerPartition partition = new LedgerPartition(0, new LedgerRules(LIMITS), store, Map.of());
      for (int i = 0; i <= RocksStore.MAX_NEWEST_SCAN; i++) {
        LedgerInput.Submit submit =
            LedgerKit.submit(new JobId(new UUID(7, i)), JobSpec.of(new FlowId("echo")));
        partition.apply(i, null, Json.write(submit), AT.plusMillis(i));
      }
      store.write(partition.changes(), 1);
      partition.committed();
      JobReads.NewestQuery all = JobReads.NewestQuery.of(TenantId.DEFAULT, 500);
      assertThat(store.newest(all).jobs()).hasSize(500);
      assertThat(store.newest(all).truncated()).isFalse();
      JobReads.NewestQuery oldest =
          new JobReads.NewestQuery(
              TenantId.DEFAULT, job -> job.jobId().value().equals(new UUID(7, 0)), 1);
      assertThat(store.newest(oldest)).isEqualTo(new RocksStore.Newest(List.of(), true));
    }
  }

  @Test
  void aListLeavesOutOtherTenantsJobsBeforeItCounts() {
    try (RocksStore store = open("a", "topic", 0)) {
      fill(store);
      assertThat(store.newest(JobReads.NewestQuery.of(new TenantId("other"), 1)))
          .isEqualTo(new RocksStore.Newest(List.of(), false));
      JobReads.NewestQuery older =
          new JobReads.NewestQuery(
              TenantId.DEFAULT, job -> job.jobId().value().equals(new UUID(1, 1)), 1);
      assertThat(store.newest(older).jobs()).hasSize(1);
    }
  }
}
