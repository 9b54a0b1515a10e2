package dev.spoor.gateway.ledgerhost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.telemetry.Events;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Json;
import dev.spoor.gateway.ledger.JobReads;
import dev.spoor.gateway.ledger.JobReads.Found;
import dev.spoor.gateway.ledger.JobView;
import dev.spoor.testkit.TestBroker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@Timeout(120)
class LedgerIT {
  private static final Duration LEASE = Duration.ofSeconds(3);
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path dir;
  private LedgerKit kit;
  private Ledger ledger;

  @BeforeEach
  void start() {
    TestBroker broker = TestBroker.shared();
    kit = new LedgerKit(broker.connection(), broker.freshTopics());
    ledger = kit.ledger("gateway-1", dir.resolve("one"), LEASE);
    ledger.start();
    served(ledger, LedgerKit.PARTITIONS);
  }

  @AfterEach
  void stop() {
    ledger.stop();
    kit.close();
  }

  static void served(Ledger ledger, int partitions) {
    await().atMost(SOON).until(() -> ledger.served() == partitions);
  }

  static JobView here(Ledger ledger, JobId jobId) {
    Found found = ledger.job(jobId);
    assertThat(found).isInstanceOf(Found.Here.class);
    return ((Found.Here) found).job();
  }

  private static void awaitStatus(Ledger ledger, JobId jobId, JobStatus status) {
    await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> ledger.job(jobId) instanceof Found.Here found && found.job().status() == status);
  }

  @Test
  void aJobGoesFromSubmitToItsEnd() {
    LedgerInput.Submit submit = kit.submit();
    try (FakeWorker worker = new FakeWorker(kit.connection, kit.topics, "w-1")) {
      kit.send(submit);
      awaitStatus(ledger, submit.jobId(), JobStatus.SUCCEEDED);
      JobView job = here(ledger, submit.jobId());
      assertThat(job.result()).isEqualTo(submit.input());
      assertThat(job.version()).isEqualTo(3);
      assertThat(job.attempt()).isEqualTo(1);
      assertThat(worker.grant(submit.jobId()).input()).isEqualTo(submit.input());
    }
    List<JsonNode> trail =
        kit.committed(kit.topics.telemetryLedger()).stream()
            .map(record -> Json.tree(record.value()))
            .toList();
    assertThat(trail)
        .extracting(node -> node.path(Fields.EVENT).asString())
        .containsExactly(Events.JOB_SUBMITTED, Events.JOB_STARTED, Events.JOB_SUCCEEDED);
    assertThat(trail)
        .extracting(node -> node.path(Fields.SEQ).asLong())
        .containsExactly(1L, 2L, 3L);
    assertThat(trail)
        .allSatisfy(node ->
            assertThat(node.path(Fields.TRACE_ID).asString())
                .isEqualTo("0af7651916cd43dd8448eb211c80319c"));
    assertThat(kit.registry.get("spoor.jobs").counter().count()).isEqualTo(1);
  }

  @Test
  void aJobThatIsNotThereIsAbsent() {
    assertThat(ledger.job(kit.submit().jobId())).isEqualTo(new Found.Absent());
  }

  @Test
  void aJobIsSeenAsSoonAsItsSubmitIsInTheLog() {
    for (int i = 0; i < 50; i++) {
      LedgerInput.Submit submit = kit.submit();
      kit.send(submit);
      kit.producer.flush();
      assertThat(here(ledger, submit.jobId()).status()).isEqualTo(JobStatus.QUEUED);
    }
  }

  @Test
  void aSilentWorkerLosesItsJobToAnother() {
    LedgerInput.Submit submit = kit.submit();
    try (FakeWorker silent = new FakeWorker(kit.connection, kit.topics, "silent", false)) {
      kit.send(submit);
      await().atMost(SOON).until(() -> silent.grants.containsKey(submit.jobId()));
    }
    try (FakeWorker other = new FakeWorker(kit.connection, kit.topics, "other")) {
      awaitStatus(ledger, submit.jobId(), JobStatus.SUCCEEDED);
      assertThat(other.grant(submit.jobId()).epoch()).isEqualTo(2);
      assertThat(here(ledger, submit.jobId()).attempt()).isEqualTo(2);
    }
  }

  @Test
  void heartbeatsKeepALease() {
    LedgerInput.Submit submit = kit.submit();
    try (FakeWorker slow = new FakeWorker(kit.connection, kit.topics, "slow", false)) {
      kit.send(submit);
      await().atMost(SOON).until(() -> slow.grants.containsKey(submit.jobId()));
      for (int i = 0; i < 12; i++) {
        slow.heartbeat(LedgerKit.PARTITIONS, false, Set.of());
        await().pollDelay(Duration.ofMillis(500)).until(() -> true);
      }
      assertThat(here(ledger, submit.jobId()).status()).isEqualTo(JobStatus.RUNNING);
      slow.finish(slow.grant(submit.jobId()));
      awaitStatus(ledger, submit.jobId(), JobStatus.SUCCEEDED);
    }
  }

  @Test
  void aPoisonRecordIsSetAsideAndStopsNothing() {
    LedgerInput.Submit known = kit.submit();
    LedgerInput.Submit next = kit.submit();
    kit.send(known);
    kit.raw(
        known.jobId(),
        "{\"type\":\"claim\",\"password\":\"hunter2".getBytes(StandardCharsets.UTF_8));
    kit.raw(kit.submit().jobId(), new byte[] {(byte) 0xff, 0, 1});
    kit.send(next);
    kit.producer.flush();
    awaitStatus(ledger, known.jobId(), JobStatus.DEAD);
    awaitStatus(ledger, next.jobId(), JobStatus.QUEUED);
    await().atMost(SOON).until(() -> kit.committed(kit.topics.ledgerDeadLetters()).size() == 2);
    assertThat(kit.committed(kit.topics.ledgerDeadLetters()))
        .allSatisfy(record ->
            assertThat(new String(record.value(), StandardCharsets.UTF_8))
                .contains("cannot be read")
                .doesNotContain("hunter2"));
    assertThat(kit.registry.counter("spoor.ledger.dead.lettered").count()).isEqualTo(2);
  }

  @Test
  void aRecordThatCannotBeCommittedIsSetAside() throws Exception {
    try (Admin admin = Admin.create(kit.connection.with(Map.of()))) {
      ConfigResource grants = new ConfigResource(ConfigResource.Type.TOPIC, kit.topics.grants());
      AlterConfigOp small =
          new AlterConfigOp(new ConfigEntry("max.message.bytes", "2000"), AlterConfigOp.OpType.SET);
      admin.incrementalAlterConfigs(Map.of(grants, List.of(small))).all().get();
    }
    LedgerInput.Submit small = kit.submit();
    LedgerInput.Submit any = kit.submit();
    LedgerInput.Submit large =
        new LedgerInput.Submit(
            any.jobId(),
            any.requestId(),
            null,
            any.spec(),
            "hash",
            false,
            Json.mapper().createObjectNode().put("text", "x".repeat(5_000)));
    try (FakeWorker worker = new FakeWorker(kit.connection, kit.topics, "w-1")) {
      kit.send(large);
      kit.send(small);
      awaitStatus(ledger, large.jobId(), JobStatus.DEAD);
      awaitStatus(ledger, small.jobId(), JobStatus.SUCCEEDED);
      assertThat(worker.grants).containsOnlyKeys(small.jobId());
    }
    assertThat(kit.committed(kit.topics.ledgerDeadLetters())).hasSize(1);
  }

  @Test
  void whatAFencedProducerHadBegunIsDoneOnceByTheNext() throws Exception {
    List<LedgerInput.Submit> submits = new ArrayList<>();
    try (FakeWorker worker = new FakeWorker(kit.connection, kit.topics, "w-1");
        Admin admin = Admin.create(kit.connection.with(Map.of()))) {
      for (int i = 0; i < 5; i++) {
        for (int j = 0; j < 40; j++) {
          submits.add(kit.submit());
          kit.send(submits.getLast());
        }
        admin.fenceProducers(List.of(kit.topics.ledgerGroup() + "-gateway-1")).all().get();
      }
      submits.forEach(s -> awaitStatus(ledger, s.jobId(), JobStatus.SUCCEEDED));
      assertThat(worker.grants).hasSize(submits.size());
    }
    assertThat(kit.registry.counter("spoor.ledger.aborted").count()).isPositive();
    assertThat(kit.updates()).hasSize(3 * submits.size());
  }

  @Test
  void theChangelogAloneBringsEverythingBack() {
    List<LedgerInput.Submit> submits = Stream.generate(kit::submit).limit(200).toList();
    submits.forEach(kit::send);
    kit.producer.flush();
    awaitStatus(ledger, submits.getLast().jobId(), JobStatus.QUEUED);
    List<JobView> before = submits.stream().map(s -> here(ledger, s.jobId())).toList();
    ledger.stop();
    RocksStore.remove(dir.resolve("one"));
    ledger = kit.ledger("gateway-1", dir.resolve("one"), LEASE);
    ledger.start();
    served(ledger, LedgerKit.PARTITIONS);
    assertThat(submits.stream().map(s -> here(ledger, s.jobId())).toList()).isEqualTo(before);
    assertThat(ledger.newest(JobReads.NewestQuery.of(TenantId.DEFAULT, 3)).jobs()).hasSize(3);
    assertThat(ledger.newest(JobReads.NewestQuery.of(TenantId.DEFAULT, 3)).here())
        .containsExactlyInAnyOrder(0, 1);
    try (FakeWorker worker = new FakeWorker(kit.connection, kit.topics, "w-1")) {
      submits.forEach(s -> awaitStatus(ledger, s.jobId(), JobStatus.SUCCEEDED));
      assertThat(worker.grants).hasSize(200);
    }
  }

  @Test
  void aSecondGatewayTakesOver() {
    List<LedgerInput.Submit> submits = Stream.generate(kit::submit).limit(100).toList();
    submits.subList(0, 50).forEach(kit::send);
    kit.producer.flush();
    Ledger second = kit.ledger("gateway-2", dir.resolve("two"), LEASE);
    second.start();
    try {
      served(second, 1);
      served(ledger, 1);
      submits.subList(50, 100).forEach(kit::send);
      kit.producer.flush();
      for (LedgerInput.Submit submit : submits) {
        await()
            .atMost(SOON)
            .until(() ->
                Stream.of(ledger.job(submit.jobId()), second.job(submit.jobId()))
                        .filter(Found.Here.class::isInstance)
                        .count()
                    == 1);
      }
      await()
          .atMost(SOON)
          .until(() -> ledger.stats().size() == 2 && ledger.stats().equals(second.stats()));
      LedgerInput.Submit any =
          submits.stream()
              .filter(s -> second.job(s.jobId()) instanceof Found.Here)
              .findFirst()
              .orElseThrow();
      await()
          .atMost(SOON)
          .until(() ->
              ledger.job(any.jobId()) instanceof Found.Elsewhere elsewhere
                  && elsewhere.owner().toString().endsWith("gateway-2"));
      await()
          .atMost(SOON)
          .until(() -> !ledger.newest(JobReads.NewestQuery.of(TenantId.DEFAULT, 100)).moving());
      assertThat(ledger.newest(JobReads.NewestQuery.of(TenantId.DEFAULT, 100)).here()).hasSize(1);
      assertThat(ledger.newest(JobReads.NewestQuery.of(TenantId.DEFAULT, 100)).elsewhere().values())
          .containsExactly(second.newest(JobReads.NewestQuery.of(TenantId.DEFAULT, 100)).here());
      assertThat(
              ledger.newest(JobReads.NewestQuery.of(TenantId.DEFAULT, 100)).jobs().size()
                  + second.newest(JobReads.NewestQuery.of(TenantId.DEFAULT, 100)).jobs().size())
          .isEqualTo(100);
      ledger.stop();
      served(second, 2);
      submits.forEach(s -> assertThat(here(second, s.jobId()).version()).isEqualTo(1));
    } finally {
      second.stop();
    }
  }
}
