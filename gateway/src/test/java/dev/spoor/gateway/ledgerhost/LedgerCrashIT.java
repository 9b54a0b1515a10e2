package dev.spoor.gateway.ledgerhost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.Priority;
import dev.spoor.contract.ledger.JobUpdate;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Json;
import dev.spoor.testkit.ChildProcess;
import dev.spoor.testkit.TestBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class LedgerCrashIT {
  private static final Duration START = Duration.ofSeconds(60);
  private static final int KILLS = 3;

  /** Else a slow machine has more to work off at the end than there is time for. */
  private static final int MAX_OPEN = 2_000;

  /** All dispatched within the minute before, so all are sent once more. */
  private static final int BACKLOG = 10_000;

  @TempDir Path dir;

  private ChildProcess start(LedgerKit kit, String instance, String... more) {
    List<String> arguments = new ArrayList<>();
    arguments.add(kit.connection.bootstrapServers());
    arguments.add(kit.topics.prefix());
    arguments.add(instance);
    arguments.add(dir.resolve(instance).toString());
    arguments.addAll(List.of(more));
    return ChildProcess.running(LedgerProcess.class)
        .arguments(arguments.toArray(String[]::new))
        .jvmOptions("-Xmx256m")
        .start();
  }

  private static void serving(ChildProcess process) {
    process.awaitLine(line -> line.contains(LedgerProcess.SERVING), START);
  }

  @Test
  void everyJobEndsOnceThoughTheLedgerIsKilledUnderLoad() throws InterruptedException {
    TestBroker broker = TestBroker.shared();
    AtomicBoolean enough = new AtomicBoolean();
    Set<JobId> accepted = ConcurrentHashMap.newKeySet();
    try (LedgerKit kit = new LedgerKit(broker.connection(), broker.freshTopics())) {
      ChildProcess process = start(kit, "gateway-1");
      serving(process);
      try (FakeWorker worker = new FakeWorker(kit.connection, kit.topics, "w-1")) {
        Thread load =
            Thread.ofPlatform()
                .name("load")
                .start(() -> {
                  while (!enough.get()) {
                    LedgerInput.Submit submit = kit.submit();
                    kit.send(submit);
                    kit.producer.flush();
                    accepted.add(submit.jobId());
                    while (accepted.size() - worker.grants.size() > MAX_OPEN && !enough.get()) {
                      LockSupport.parkNanos(1_000_000);
                    }
                  }
                });
        for (int i = 0; i < KILLS; i++) {
          int before = accepted.size();
          await().atMost(START).until(() -> accepted.size() > before + 300);
          // In the middle of a transaction, most probably: it does hardly anything else.
          process.kill();
          process = start(kit, "gateway-1");
          serving(process);
        }
        enough.set(true);
        load.join();
        await()
            .atMost(Duration.ofSeconds(60))
            .pollInterval(Duration.ofSeconds(1))
            .until(() -> ended(kit.updates()).keySet().containsAll(accepted));
        List<JobUpdate> updates = kit.updates();
        assertThat(ended(updates))
            .hasSize(accepted.size())
            .allSatisfy((job, times) -> assertThat(times).as("ends of %s", job).isEqualTo(1));
        assertGapless(updates);
        assertTrailGapless(kit);
        assertThat(worker.grants).hasSize(accepted.size());
        System.out.println(accepted.size() + " jobs, " + KILLS + " kills, each ended once");
      } finally {
        process.close();
      }
    }
  }

  @Test
  void aJobIsDispatchedThoughTheLedgerDiesBetweenTheCommitAndTheDispatch() {
    TestBroker broker = TestBroker.shared();
    try (LedgerKit kit = new LedgerKit(broker.connection(), broker.freshTopics())) {
      int dyingAt = 6;
      ChildProcess first = start(kit, "gateway-1", Integer.toString(dyingAt));
      serving(first);
      List<LedgerInput.Submit> submits = new ArrayList<>();
      while (first.isAlive()) {
        // One a transaction, until the sixth is committed and not sent.
        int before = kit.updates().size();
        submits.add(kit.submit());
        kit.send(submits.getLast());
        kit.producer.flush();
        await().atMost(START).until(() -> kit.updates().size() > before);
        if (submits.size() >= dyingAt) {
          await().atMost(START).until(() -> !first.isAlive());
        }
      }
      first.close();
      assertThat(submits).hasSize(dyingAt);
      assertThat(kit.committed(kit.topics.jobs(Priority.NORMAL))).hasSize(dyingAt - 1);

      ChildProcess second = start(kit, "gateway-1");
      serving(second);
      // Long before the queue probe would find it missing.
      try (FakeWorker worker = new FakeWorker(kit.connection, kit.topics, "w-1")) {
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> ended(kit.updates()).size() == submits.size());
        assertThat(ended(kit.updates()).values()).containsOnly(1);
        assertThat(worker.grants).hasSize(submits.size());
      } finally {
        second.close();
      }
    }
  }

  @Test
  void anotherGatewayTakesABacklogOverFromOneThatWasKilled() {
    TestBroker broker = TestBroker.shared();
    try (LedgerKit kit = new LedgerKit(broker.connection(), broker.freshTopics())) {
      ChildProcess first = start(kit, "gateway-1");
      serving(first);
      List<LedgerInput.Submit> submits = new ArrayList<>();
      for (int i = 0; i < BACKLOG; i++) {
        submits.add(kit.submit());
        kit.send(submits.getLast());
      }
      kit.producer.flush();
      Ledger second = kit.ledger("gateway-2", dir.resolve("gateway-2"), Duration.ofSeconds(10));
      second.start();
      try (FakeWorker worker = new FakeWorker(kit.connection, kit.topics, "w-1")) {
        LedgerIT.served(second, 1);
        await().atMost(START).until(() -> kit.updates().size() >= submits.size());
        first.kill();
        long killed = System.nanoTime();
        await().atMost(START).until(() -> second.served() == LedgerKit.PARTITIONS);
        System.out.println(
            BACKLOG
                + " jobs taken over after "
                + (System.nanoTime() - killed) / 1_000_000
                + " ms, the session's end included");
        await().atMost(START).until(() -> ended(kit.updates()).size() == submits.size());
        assertThat(ended(kit.updates()).values()).containsOnly(1);
        assertGapless(kit.updates());
        assertThat(worker.grants).hasSize(submits.size());
      } finally {
        first.close();
        second.stop();
      }
    }
  }

  private static Map<JobId, Integer> ended(List<JobUpdate> updates) {
    Map<JobId, Integer> ended = new HashMap<>();
    for (JobUpdate update : updates) {
      if (update.status() == JobStatus.SUCCEEDED) {
        ended.merge(update.jobId(), 1, Integer::sum);
      }
    }
    return ended;
  }

  private static void assertGapless(List<JobUpdate> updates) {
    Map<JobId, List<Long>> versions =
        updates.stream()
            .collect(
                Collectors.groupingBy(
                    JobUpdate::jobId, Collectors.mapping(JobUpdate::version, Collectors.toList())));
    versions.forEach((job, seen) ->
        assertThat(seen)
            .as("versions of %s", job)
            .isEqualTo(LongStream.rangeClosed(1, seen.size()).boxed().toList()));
  }

  private static void assertTrailGapless(LedgerKit kit) {
    Map<String, Long> last = new HashMap<>();
    kit.committed(kit.topics.telemetryLedger())
        .forEach(record -> {
          var node = Json.tree(record.value());
          long seq = node.path(Fields.SEQ).asLong();
          String source = node.path(Fields.SOURCE).asString();
          assertThat(seq).isEqualTo(last.getOrDefault(source, 0L) + 1);
          last.put(source, seq);
        });
    assertThat(last).hasSize(LedgerKit.PARTITIONS);
  }
}
