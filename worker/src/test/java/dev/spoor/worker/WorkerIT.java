package dev.spoor.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.spoor.agent.AgentOutcome;
import dev.spoor.agent.flow.Flow;
import dev.spoor.contract.job.FlowDescription;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.Topics;
import dev.spoor.testkit.TestBroker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A worker against a real broker and a ledger that knows the rules a worker can feel. */
@Timeout(120)
class WorkerIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final TestBroker broker = TestBroker.shared();

  @TempDir Path dir;
  private final Topics topics = broker.freshTopics();
  private final List<WorkerKit> workers = new ArrayList<>();
  private FakeLedger ledger;

  @BeforeEach
  void startLedger() {
    ledger = new FakeLedger(broker.connection(), topics);
  }

  @AfterEach
  void stop() {
    workers.forEach(WorkerKit::close);
    ledger.close();
  }

  @Test
  void aJobIsClaimedGrantedRunAndEnded() {
    start(worker());
    JobId job = ledger.submit("echo", "{\"text\":\"hello\"}");
    await().atMost(SOON).until(() -> ledger.status(job) == JobStatus.SUCCEEDED);
    assertThat(ledger.job(job).result).isEqualTo(json("{\"text\":\"hello\"}"));
    assertThat(ledger.inputs(LedgerInput.StepCompleted.class)).hasSize(1);
  }

  @Test
  void anotherDispatchOfARunningJobIsRefusedAndRunsNothing() {
    AtomicInteger runs = new AtomicInteger();
    CountDownLatch go = new CountDownLatch(1);
    Flow flow =
        flow(
            "once",
            context -> {
              runs.incrementAndGet();
              go.await();
              return AgentOutcome.of(context.input());
            });
    start(worker().flow(flow));
    JobId job = ledger.submit("once", "{}");
    await().atMost(SOON).until(() -> runs.get() == 1);
    ledger.dispatchAgain(job);
    await().atMost(SOON).until(() -> ledger.job(job).refused == 1);
    go.countDown();
    await().atMost(SOON).until(() -> ledger.status(job) == JobStatus.SUCCEEDED);
    assertThat(runs).hasValue(1);
  }

  @Test
  void everyFlowIsAnnounced() {
    start(worker());
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            broker.connection().with(Map.of()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partition = List.of(new TopicPartition(topics.flows(), 0));
      consumer.assign(partition);
      consumer.seekToBeginning(partition);
      List<String> announced = new ArrayList<>();
      await()
          .atMost(SOON)
          .until(() -> {
            consumer
                .poll(Duration.ofMillis(200))
                .forEach(record ->
                    announced.add(
                        Json.read(record.value(), FlowDescription.class).flowId().value()));
            return announced.size() >= 5;
          });
      assertThat(announced).contains("echo", "sleep", "log", "fail", "review-story");
    }
  }

  private static Flow flow(String id, dev.spoor.agent.Agent agent) {
    var flow = Flow.named(id, "a test", Json.mapper().createObjectNode());
    flow.step("only", agent);
    return flow.build();
  }

  private WorkerKit.Builder worker() {
    return WorkerKit.on(broker.connection(), topics, dir.resolve("memory-" + workers.size()));
  }

  private WorkerKit start(WorkerKit.Builder builder) {
    WorkerKit kit = builder.start();
    workers.add(kit);
    return kit;
  }

  private static tools.jackson.databind.JsonNode json(String text) {
    return Json.tree(text.getBytes(StandardCharsets.UTF_8));
  }
}
