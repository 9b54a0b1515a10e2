package dev.spoor.gateway.ledgerhost;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.job.AgentId;
import dev.spoor.contract.job.ClaimId;
import dev.spoor.contract.job.ErrorCategory;
import dev.spoor.contract.job.FlowId;
import dev.spoor.contract.job.JobError;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobSpec;
import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.job.StepId;
import dev.spoor.contract.job.StepSummary;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.job.Usage;
import dev.spoor.contract.job.WorkerId;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.Topics;
import dev.spoor.gateway.ledger.DataKey;
import dev.spoor.gateway.ledger.Index;
import dev.spoor.gateway.ledger.IndexEntry;
import dev.spoor.gateway.ledger.JobState;
import dev.spoor.gateway.ledger.LedgerLimits;
import dev.spoor.gateway.ledger.LedgerPartition;
import dev.spoor.gateway.ledger.LedgerRules;
import dev.spoor.gateway.ledger.Output;
import dev.spoor.telemetry.redaction.Redactor;
import dev.spoor.testkit.Golden;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;

/** What the ledger keeps, on its topic and on its disk, and what it tells of its own. */
class LedgerGoldenTest {
  private static final Instant AT = Instant.parse("2026-11-24T10:00:00Z");
  private static final JobId JOB = JobId.parse("0198b1a2-0000-7000-8000-000000000001");
  private static final WorkerId WORKER = new WorkerId("w-1");
  private static final Set<String> FREE = Set.of("labels", "depth", "by_tenant");
  private static final Topics TOPICS = new Topics("spoor.");

  static {
    RocksDB.loadLibrary();
  }

  @TempDir private Path dir;
  private Cache cache;
  private RocksStore store;
  private LedgerPartition partition;
  private long offset;

  @BeforeEach
  void start() {
    cache = new LRUCache(1 << 20);
    store = RocksStore.open(dir.resolve("store"), "topic", 0, LedgerLimits.DEFAULT, cache);
    partition =
        new LedgerPartition(
            0, new LedgerRules(LedgerLimits.DEFAULT), store, Map.of("service", "gateway"));
  }

  @AfterEach
  void stop() {
    store.close();
    cache.close();
  }

  private void apply(LedgerInput input) {
    partition.apply(offset, null, Json.write(input), AT.plusMillis(offset));
    offset++;
  }

  private void granted() {
    apply(LedgerKit.submit(JOB, JobSpec.of(new FlowId("echo"))));
    apply(new LedgerInput.Claim(JOB, 1, new ClaimId("c-1"), WORKER, 3));
    apply(
        new LedgerInput.StepCompleted(
            JOB,
            WORKER,
            1,
            new StepSummary(
                new StepId("one"),
                1,
                new AgentId("one"),
                "default",
                1,
                AT,
                5,
                new Usage(1, 2, new BigDecimal("0.25"), 0),
                2),
            Json.mapper().createObjectNode(),
            null));
  }

  private JobState job() {
    return changed(partition.changes().jobs(), JOB);
  }

  private static <K, V> V changed(Map<K, Optional<V>> changes, K key) {
    return Objects.requireNonNull(changes.get(key), "it has changed").orElseThrow();
  }

  @Test
  void theStateOfAJobThatRuns() {
    granted();
    same("ledger-state.job-running.json", job());
  }

  @Test
  void theStateOfAJobThatWasReplayedAndHasEnded() {
    granted();
    JobError error = new JobError("no", "E", ErrorCategory.VALIDATION, new StepId("two"));
    apply(new LedgerInput.AttemptFailed(JOB, WORKER, 1, error, false, 0));
    apply(new LedgerInput.Replay(JOB, new RequestId("r-2"), TenantId.DEFAULT, false, "call-1"));
    apply(new LedgerInput.Claim(JOB, 2, new ClaimId("c-2"), WORKER, 3));
    apply(new LedgerInput.AttemptFailed(JOB, WORKER, 2, error, false, 0));
    same("ledger-state.job-ended.json", job());
  }

  private static void same(String name, JobState state) {
    new Golden(name)
        .isWritten(Json.write(state))
        .isRead(ChangelogCodec::job, state)
        .isReadWithMore(ChangelogCodec::job, state, FREE);
  }

  @Test
  void aWorkersLease() {
    apply(
        new LedgerInput.Heartbeat(
            WORKER, List.of(new LedgerInput.Held(JOB, 7), new LedgerInput.Held(JOB, 8)), false));
    apply(new LedgerInput.Heartbeat(WORKER, List.of(new LedgerInput.Held(JOB, 8)), false));
    var lease = changed(partition.changes().workers(), WORKER);
    new Golden("ledger-state.worker.json")
        .isWritten(Json.write(lease))
        .isRead(ChangelogCodec::worker, lease)
        .isReadWithMore(ChangelogCodec::worker, lease, FREE);
  }

  @Test
  void theFactsOfAPartition() {
    granted();
    var facts = partition.changes().facts();
    new Golden("ledger-state.facts.json")
        .isWritten(Json.write(facts))
        .isRead(ChangelogCodec::facts, facts)
        .isReadWithMore(ChangelogCodec::facts, facts, FREE);
  }

  @Test
  void theKeysOfTopicAndDisk() {
    granted();
    apply(new LedgerInput.Heartbeat(WORKER, List.of(), false));
    StringBuilder keys = new StringBuilder();
    ChangelogCodec.write(
        partition.changes(),
        (key, _) -> keys.append("topic ").append(HexFormat.of().formatHex(key)).append('\n'));
    for (Index index : Index.values()) {
      byte[] key = ChangelogCodec.indexKey(new IndexEntry(index, AT.toEpochMilli(), JOB));
      keys.append(index).append(' ').append(HexFormat.of().formatHex(key)).append('\n');
    }
    new Golden("ledger-state.keys").isWritten(keys.toString().getBytes(StandardCharsets.UTF_8));
    assertThat(ChangelogCodec.jobId(ChangelogCodec.jobKey(JOB))).isEqualTo(JOB);
    assertThat(ChangelogCodec.dataKey(new DataKey(JOB, 1))).hasSize(20);
  }

  @Test
  void aRecordOfTheTrailAndADeadLetter() {
    granted();
    partition.setAside(
        offset,
        JOB.toString().getBytes(StandardCharsets.US_ASCII),
        "{\"type\":\"claim\",\"password\":\"hunter2\"".getBytes(StandardCharsets.UTF_8),
        AT.plusSeconds(1),
        "what it gives cannot be committed");
    Outbox outbox = new Outbox(TOPICS, 2, Redactor.standard());
    StringBuilder letters = new StringBuilder();
    StringBuilder trail = new StringBuilder();
    for (Output output : partition.outputs()) {
      if (output instanceof Output.DeadLetter) {
        letters.append(new String(outbox.record(0, output).value(), StandardCharsets.UTF_8));
      } else if (output instanceof Output.Telemetry) {
        trail.append(new String(outbox.record(0, output).value(), StandardCharsets.UTF_8));
        trail.append('\n');
      }
    }
    new Golden("ledger.dead-letter.json").isWritten(bytes(letters));
    new Golden("telemetry.ledger.ndjson").isWritten(bytes(trail));
  }

  private static byte[] bytes(CharSequence text) {
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }
}
