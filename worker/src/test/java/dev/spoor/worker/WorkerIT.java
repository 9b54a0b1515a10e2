package dev.spoor.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.spoor.agent.AgentException;
import dev.spoor.agent.AgentOutcome;
import dev.spoor.agent.flow.Flow;
import dev.spoor.agent.memory.MemoryScope;
import dev.spoor.agent.model.ModelClient;
import dev.spoor.agent.model.ModelRequest;
import dev.spoor.agent.model.ModelResponse;
import dev.spoor.contract.job.Budget;
import dev.spoor.contract.job.ErrorCategory;
import dev.spoor.contract.job.FlowDescription;
import dev.spoor.contract.job.FlowId;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobSpec;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.Priority;
import dev.spoor.contract.job.StepId;
import dev.spoor.contract.job.StepKey;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.Topics;
import dev.spoor.testkit.TestBroker;
import dev.spoor.worker.model.ScriptedModel;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
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

  @Test
  void aJobGoesOnBehindItsCompletedStepsOnAnotherWorker() {
    List<String> runs = new CopyOnWriteArrayList<>();
    AtomicInteger crashes = new AtomicInteger();
    var builder = Flow.named("three", "a test", Json.mapper().createObjectNode());
    for (String step : List.of("one", "two", "three")) {
      var each =
          builder.step(
              step,
              context -> {
                runs.add(step);
                if (step.equals("two") && crashes.getAndIncrement() == 0) {
                  // As a killed worker would: it says nothing any more, not even that it stopped.
                  Thread.sleep(Duration.ofHours(1));
                }
                return AgentOutcome.of(
                    Json.mapper()
                        .createObjectNode()
                        .put("after", context.output(new StepId("one")).isPresent()));
              });
      if (!step.equals("three")) {
        var _ = each.then(step.equals("one") ? "two" : "three");
      }
    }
    Flow flow = builder.build();
    WorkerKit first = start(worker().flow(flow).drain(Duration.ZERO));
    JobId job = ledger.submit("three", "{}");
    await().atMost(SOON).until(() -> runs.size() == 2);
    start(worker().flow(flow));
    ledger.loseLeases(first.id);
    await().atMost(SOON).until(() -> ledger.status(job) == JobStatus.SUCCEEDED);
    assertThat(runs).containsExactly("one", "two", "two", "three");
    assertThat(ledger.job(job).result).isEqualTo(json("{\"after\":true}"));
  }

  @Test
  void branchesRunSideBySideAndAJoinSeesThemAll() throws Exception {
    CountDownLatch both = new CountDownLatch(2);
    var builder = Flow.named("forked", "a test", Json.mapper().createObjectNode());
    builder
        .step("split", context -> AgentOutcome.of(context.input()))
        .fork(List.of("left", "right"), "join");
    for (String branch : List.of("left", "right")) {
      builder
          .step(
              branch,
              context -> {
                both.countDown();
                both.await();
                return AgentOutcome.of(Json.mapper().createObjectNode().put("from", branch));
              })
          .then("join");
    }
    builder.step(
        "join",
        context ->
            AgentOutcome.of(
                Json.mapper()
                    .createArrayNode()
                    .add(context.output(new StepId("left")).orElseThrow())
                    .add(context.output(new StepId("right")).orElseThrow())));
    start(worker().flow(builder.build()));
    JobId job = ledger.submit("forked", "{}");
    await().atMost(SOON).until(() -> ledger.status(job) == JobStatus.SUCCEEDED);
    assertThat(ledger.job(job).result)
        .isEqualTo(json("[{\"from\":\"left\"},{\"from\":\"right\"}]"));
    assertThat(ledger.job(job).steps).hasSize(4);
  }

  @Test
  void whatAnAgentDoesOnThreadsOfItsOwnIsRecordedUnderItsJob() {
    var builder = Flow.named("threaded", "a test", Json.mapper().createObjectNode());
    builder.step(
        "alone",
        context -> {
          context.log().info("agent's own");
          Thread thread =
              Thread.ofPlatform()
                  .start(() -> {
                    context.log().info("thread's own");
                    try {
                      context.memory(MemoryScope.JOB).write("k", Json.mapper().nullNode());
                      context.call(ModelRequest.of("m", "say something"));
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  });
          thread.join();
          return AgentOutcome.of(context.input());
        });
    try (HeardRecords heard = new HeardRecords()) {
      start(worker().flow(builder.build()));
      JobId job = ledger.submit("threaded", "{}");
      await().atMost(SOON).until(() -> ledger.status(job) == JobStatus.SUCCEEDED);
      List<Map<String, String>> told =
          Stream.of("agent's own", "thread's own", "memory written", "model answered")
              .map(heard::fieldsOf)
              .toList();
      assertThat(told)
          .allSatisfy(fields ->
              assertThat(fields)
                  .containsEntry("job_id", job.toString())
                  .containsEntry("step_id", "alone")
                  .containsEntry("agent_id", "alone")
                  .containsEntry("flow_id", "threaded")
                  .containsKeys("request_id", "tenant", "trace_id", "span_id", "worker_id"));
      assertThat(told.get(1)).isEqualTo(told.get(0));
      // A call is a span of its own, below the agent's.
      assertThat(told.subList(2, 4))
          .allSatisfy(fields ->
              assertThat(fields).containsEntry("parent_span_id", told.getFirst().get("span_id")));
    }
  }

  @Test
  void aFailedBranchFailsTheAttemptAndKeepsWhatTheOtherCompleted() {
    CountDownLatch failed = new CountDownLatch(1);
    AtomicInteger rights = new AtomicInteger();
    Flow flow =
        forked(
            context -> {
              if (context.attempt() == 1) {
                failed.countDown();
                throw new AgentException(ErrorCategory.DEPENDENCY, true, "left failed");
              }
              return AgentOutcome.of(context.input());
            },
            context -> {
              failed.await();
              rights.incrementAndGet();
              return AgentOutcome.of(context.input());
            });
    start(worker().flow(flow));
    JobId job = ledger.submit("forked", "{}");
    await().atMost(SOON).until(() -> ledger.status(job) == JobStatus.SUCCEEDED);
    assertThat(ledger.job(job).attempt).isEqualTo(2);
    assertThat(rights).hasValue(1);
  }

  @Test
  void anErrorInABranchFailsTheAttemptAndNotTheWorker() {
    Flow flow =
        forked(
            context -> {
              if (context.attempt() == 1) {
                throw new AssertionError("left is wrong");
              }
              return AgentOutcome.of(context.input());
            },
            context -> AgentOutcome.of(context.input()));
    start(worker().flow(flow));
    JobId job = ledger.submit("forked", "{}");
    await().atMost(SOON).until(() -> ledger.status(job) == JobStatus.SUCCEEDED);
    assertThat(ledger.job(job).attempt).isEqualTo(2);
  }

  @Test
  void cancellingAbortsARunningModelCallWithinASecond() {
    WaitingModel model = new WaitingModel();
    start(worker().model(model));
    JobId job = ledger.submit("review-story", "{\"text\":\"a story\"}");
    await().atMost(SOON).until(() -> model.waiting.get() == 1);
    long before = System.nanoTime();
    ledger.cancel(job);
    await().atMost(SOON).pollInterval(Duration.ofMillis(5)).until(() -> model.aborted.get() == 1);
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(1));
    assertThat(ledger.inputs(LedgerInput.StepCompleted.class)).isEmpty();
    assertThat(ledger.inputs(LedgerInput.AttemptFailed.class)).isEmpty();
  }

  @Test
  void aJobWhoseTimeIsOverIsAbortedAndNothingIsReported() {
    WaitingModel model = new WaitingModel();
    start(worker().model(model));
    ledger.submit(
        JobSpec.of(new FlowId("review-story")),
        "{\"text\":\"a story\"}",
        Instant.now().plusSeconds(3));
    await().atMost(SOON).until(() -> model.waiting.get() == 1);
    await().atMost(Duration.ofSeconds(5)).until(() -> model.aborted.get() == 1);
    assertThat(ledger.inputs(LedgerInput.AttemptFailed.class)).isEmpty();
  }

  @Test
  void aWorkerThatWasFrozenForLongerThanItsLeaseMakesNoFurtherCall() {
    AtomicLong skew = new AtomicLong();
    AtomicInteger calls = new AtomicInteger();
    AtomicInteger runs = new AtomicInteger();
    CountDownLatch frozen = new CountDownLatch(1);
    ModelClient model =
        new ScriptedModel(
            messages -> {
              calls.incrementAndGet();
              return "answer";
            },
            Duration.ZERO);
    CountDownLatch done = new CountDownLatch(1);
    Flow flow =
        flow(
            "two-calls",
            context -> {
              if (runs.getAndIncrement() > 0) {
                return AgentOutcome.of(context.input());
              }
              context.call(ModelRequest.of("s", "u"));
              frozen.await();
              try {
                context.call(ModelRequest.of("s", "u"));
              } finally {
                done.countDown();
              }
              return AgentOutcome.of(context.input());
            });
    start(worker().flow(flow).model(model).nanoTime(() -> System.nanoTime() + skew.get()));
    JobId job = ledger.submit("two-calls", "{}");
    await().atMost(SOON).until(() -> calls.get() == 1);
    // The monotonic clock of a woken process has gone on: every thread sees the gap at once.
    skew.addAndGet(Duration.ofSeconds(60).toNanos());
    frozen.countDown();
    await().atMost(SOON).until(() -> done.getCount() == 0);
    assertThat(calls).hasValue(1);
    await().atMost(SOON).until(() -> ledger.status(job) == JobStatus.SUCCEEDED);
    assertThat(ledger.job(job).releases)
        .containsExactly("no heartbeat was acknowledged for too long");
    assertThat(ledger.inputs(LedgerInput.AttemptFailed.class)).isEmpty();
  }

  @Test
  void drainingFinishesWhatIsShortAndHandsBackTheRest() {
    WorkerKit kit = start(worker().drain(Duration.ofSeconds(3)));
    JobId brief = ledger.submit("sleep", "{\"duration\":\"PT1.5S\"}");
    JobId lengthy = ledger.submit("sleep", "{\"duration\":\"PT1H\"}");
    await().atMost(SOON).until(() -> ledger.running() == 2);
    long before = System.nanoTime();
    kit.worker.stop();
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(8));
    assertThat(kit.ready).isFalse();
    await()
        .atMost(SOON)
        .untilAsserted(() -> {
          assertThat(ledger.status(brief)).isEqualTo(JobStatus.SUCCEEDED);
          assertThat(ledger.job(lengthy).releases).containsExactly("the worker stops");
          assertThat(ledger.inputs(LedgerInput.Heartbeat.class))
              .filteredOn(LedgerInput.Heartbeat::leaving)
              .hasSize(4);
        });
    List<LedgerInput> inputs = ledger.inputs();
    int released = inputs.indexOf(ledger.inputs(LedgerInput.Released.class).getFirst());
    assertThat(inputs.subList(released + 1, inputs.size()))
        .noneMatch(LedgerInput.Claim.class::isInstance);
  }

  @Test
  void moreJobsThanSlotsWaitOnTheQueueAndAllEnd() {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Flow flow =
        flow(
            "brief",
            context -> {
              most.accumulateAndGet(running.incrementAndGet(), Math::max);
              Thread.sleep(Duration.ofMillis(20));
              running.decrementAndGet();
              return AgentOutcome.of(context.input());
            });
    start(worker().flow(flow).slots(8));
    List<JobId> jobs = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      jobs.add(ledger.submit("brief", "{}"));
    }
    await().atMost(SOON).until(() -> ledger.ended() == 200);
    assertThat(jobs).allMatch(job -> ledger.status(job) == JobStatus.SUCCEEDED);
    assertThat(most.get()).isBetween(2, 8);
    assertThat(ledger.inputs(LedgerInput.Released.class)).isEmpty();
  }

  @Test
  void aLongJobDoesNotDelayShortOnes() {
    start(worker().slots(4));
    JobId lengthy = ledger.submit("sleep", "{\"duration\":\"PT30S\"}");
    await().atMost(SOON).until(() -> ledger.status(lengthy) == JobStatus.RUNNING);
    long before = System.nanoTime();
    for (int i = 0; i < 50; i++) {
      ledger.submit("echo", "{\"text\":\"brief\"}");
    }
    await().atMost(SOON).until(() -> ledger.ended() == 50);
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(15));
    assertThat(ledger.status(lengthy)).isEqualTo(JobStatus.RUNNING);
  }

  @Test
  void aHighJobIsTakenWhileTheWorkerIsFullOfNormalOnes() {
    start(worker().slots(4));
    for (int i = 0; i < 8; i++) {
      ledger.submit("sleep", "{\"duration\":\"PT40S\"}");
    }
    await().atMost(SOON).until(() -> ledger.running() >= 2);
    JobId high = ledger.submit(spec("echo", Priority.HIGH, null), "{\"text\":\"x\"}", null);
    await().atMost(SOON).until(() -> ledger.status(high) == JobStatus.SUCCEEDED);
  }

  @Test
  void failuresAreReportedWithTheirKindAndTriedAgain() {
    start(worker());
    JobId again =
        ledger.submit("fail", "{\"message\":\"no luck\",\"times\":2,\"category\":\"provider\"}");
    JobId never = ledger.submit("fail", "{\"message\":\"no\",\"times\":9,\"retryable\":false}");
    await()
        .atMost(SOON)
        .until(() ->
            ledger.status(again) == JobStatus.SUCCEEDED
                && ledger.status(never) == JobStatus.FAILED);
    assertThat(ledger.job(again).result).isEqualTo(json("{\"succeeded_in_attempt\":3}"));
    assertThat(ledger.inputs(LedgerInput.AttemptFailed.class))
        .filteredOn(each -> each.jobId().equals(again))
        .hasSize(2)
        .allSatisfy(each -> {
          assertThat(each.error().category()).isEqualTo(ErrorCategory.PROVIDER);
          assertThat(each.error().message()).isEqualTo("no luck");
          assertThat(each.error().stepId()).isEqualTo(new StepId("fail"));
          assertThat(each.retryable()).isTrue();
        });
  }

  @Test
  void anUnknownActionEndsTheJobAsFailedAndSaysWhatThereIs() {
    start(worker().flow(flow("odd", context -> new AgentOutcome(context.input(), "sideways"))));
    JobId job = ledger.submit("odd", "{}");
    await().atMost(SOON).until(() -> ledger.status(job) == JobStatus.FAILED);
    assertThat(ledger.job(job).error)
        .isNotNull()
        .satisfies(error ->
            assertThat(error.message()).contains("returned the action \"sideways\"", "[default]"));
  }

  @Test
  void aBudgetIsExceededByOneCallAtMost() {
    AtomicInteger calls = new AtomicInteger();
    Flow flow =
        flow(
            "spender",
            context -> {
              while (true) {
                context.call(ModelRequest.of("system", "a question"));
              }
            });
    start(
        worker()
            .flow(flow)
            .model(
                new ScriptedModel(
                    messages -> {
                      calls.incrementAndGet();
                      return "x".repeat(400);
                    },
                    Duration.ZERO)));
    JobId job =
        ledger.submit(
            spec("spender", Priority.NORMAL, new Budget(new BigDecimal("0.0005"), null)),
            "{}",
            null);
    await().atMost(SOON).until(() -> ledger.status(job) == JobStatus.FAILED);
    assertThat(ledger.job(job).error)
        .isNotNull()
        .satisfies(error -> assertThat(error.category()).isEqualTo(ErrorCategory.BUDGET_EXCEEDED));
    // 100 output tokens at 2 USD a million and a few input tokens: the third call is over it.
    assertThat(calls).hasValue(3);
  }

  @Test
  void reviewStorySendsTheStoryBackOnceAndRemembersIt() throws Exception {
    WorkerKit kit = start(worker());
    String input = Files.readString(Path.of("../examples/story.json"));
    JobSpec spec = spec("review-story", Priority.NORMAL, null, "s-1");
    JobId job = ledger.submit(spec, input, null);
    await().atMost(SOON).until(() -> ledger.status(job) == JobStatus.SUCCEEDED);
    assertThat(ledger.job(job).steps.keySet())
        .extracting(each -> each.stepId() + "#" + each.iteration())
        .containsExactly("analyst#1", "architect#1", "developer#1", "qa#1", "developer#2", "qa#2");
    tools.jackson.databind.JsonNode result = ledger.job(job).result;
    assertThat(result).isNotNull();
    assertThat(result.path("accepted").asBoolean()).isTrue();
    assertThat(result.path("revisions").asInt()).isEqualTo(1);
    assertThat(ledger.job(job).steps.values())
        .allSatisfy(each -> {
          assertThat(each.step().usage().costUsd()).isNotNull().isPositive();
          assertThat(each.step().usage().unpricedCalls()).isZero();
        });
    JobId second = ledger.submit(spec, input, null);
    await().atMost(SOON).until(() -> ledger.status(second) == JobStatus.SUCCEEDED);
    assertThat(ledger.job(second).steps.get(new StepKey(new StepId("analyst"), 1)))
        .isNotNull()
        .satisfies(each ->
            assertThat(each.output().path("analysis").asString()).contains("has reviewed before"));
    assertThat(
            kit.meters
                .get("spoor.llm.tokens")
                .tag("direction", "output")
                .tag("agent", "qa")
                .counter()
                .count())
        .isPositive();
    assertThat(
            kit.meters
                .get("spoor.agent.execution")
                .tag("agent", "developer")
                .tag("status", "success")
                .timer()
                .count())
        .isEqualTo(4);
    assertThat(kit.meters.get("spoor.llm.cost").tag("agent", "analyst").counter().count())
        .isPositive();
  }

  @Test
  void aPoisonRecordOnAQueueIsSetAsideAndStopsNothing() {
    WorkerKit kit = start(worker());
    ledger.put(topics.jobs(Priority.NORMAL), "{not json".getBytes(StandardCharsets.UTF_8));
    ledger.put(topics.jobs(Priority.NORMAL), "[1,2]".getBytes(StandardCharsets.UTF_8));
    JobId job = ledger.submit("echo", "{\"text\":\"x\"}");
    await().atMost(SOON).until(() -> ledger.status(job) == JobStatus.SUCCEEDED);
    await()
        .atMost(SOON)
        .until(() ->
            kit.meters.get("spoor.worker.dispatches").tag("result", "undecodable").counter().count()
                == 2);
  }

  @Test
  void anUnansweredClaimGivesItsSlotBack() {
    ledger.deaf(true);
    WorkerKit kit = start(worker().slots(4).claim(Duration.ofSeconds(2)));
    List<JobId> lost = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      lost.add(ledger.submit("echo", "{\"text\":\"x\"}"));
    }
    await()
        .atMost(SOON)
        .until(() ->
            kit.meters.get("spoor.worker.claims").tag("result", "timed_out").counter().count()
                >= 3);
    ledger.deaf(false);
    lost.forEach(ledger::dispatchAgain);
    await().atMost(SOON).until(() -> ledger.ended() == 3);
  }

  @Test
  void theSlotOfCodeThatDoesNotStopIsQuarantined() {
    CountDownLatch stubborn = new CountDownLatch(1);
    AtomicInteger begun = new AtomicInteger();
    Flow flow =
        flow(
            "stubborn",
            context -> {
              begun.incrementAndGet();
              while (stubborn.getCount() > 0) {
                try {
                  stubborn.await();
                } catch (InterruptedException e) {
                  // Ignored on purpose: this is what the test is about.
                }
              }
              return AgentOutcome.of(context.input());
            });
    WorkerKit kit = start(worker().flow(flow));
    JobId job = ledger.submit("stubborn", "{}");
    await().atMost(SOON).until(() -> begun.get() == 1);
    ledger.cancel(job);
    await().atMost(SOON).until(() -> slots(kit, "quarantined") == 1);
    assertThat(slots(kit, "used")).isEqualTo(1);
    stubborn.countDown();
    await().atMost(SOON).until(() -> slots(kit, "used") == 0);
    assertThat(slots(kit, "quarantined")).isZero();
    assertThat(ledger.inputs(LedgerInput.StepCompleted.class)).isEmpty();
  }

  @Test
  void moreWorkersThanPartitionsAllGetWork() {
    for (int i = 0; i < 6; i++) {
      start(worker().slots(4));
    }
    List<JobId> jobs = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      jobs.add(ledger.submit("sleep", "{\"duration\":\"PT2M\"}"));
    }
    // Two slots of each worker stand by for the other queues.
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() ->
            assertThat(jobs.stream().map(job -> ledger.job(job).holder).distinct())
                .doesNotContainNull()
                .hasSize(6));
  }

  /** Waits until it is interrupted. */
  private static final class WaitingModel implements ModelClient {
    final AtomicInteger waiting = new AtomicInteger();
    final AtomicInteger aborted = new AtomicInteger();

    @Override
    public String provider() {
      return "waiting";
    }

    @Override
    public String defaultModel() {
      return "waiting-1";
    }

    @Override
    public ModelResponse call(ModelRequest request) throws InterruptedException {
      waiting.incrementAndGet();
      try {
        Thread.sleep(Duration.ofHours(1));
        throw new AssertionError("nobody waits that long");
      } catch (InterruptedException e) {
        aborted.incrementAndGet();
        throw e;
      }
    }
  }

  private static double slots(WorkerKit kit, String state) {
    return kit.meters.get("spoor.worker.slots").tag("state", state).gauge().value();
  }

  private static JobSpec spec(String flow, Priority priority, @Nullable Budget budget) {
    return spec(flow, priority, budget, null);
  }

  private static JobSpec spec(
      String flow, Priority priority, @Nullable Budget budget, @Nullable String session) {
    return new JobSpec(
        TenantId.DEFAULT,
        new FlowId(flow),
        session,
        priority,
        Map.of(),
        null,
        null,
        3,
        budget,
        null);
  }

  private static Flow flow(String id, dev.spoor.agent.Agent agent) {
    var flow = Flow.named(id, "a test", Json.mapper().createObjectNode());
    flow.step("only", agent);
    return flow.build();
  }

  /** Two branches between a step that splits and one that joins. */
  private static Flow forked(dev.spoor.agent.Agent left, dev.spoor.agent.Agent right) {
    var flow = Flow.named("forked", "a test", Json.mapper().createObjectNode());
    flow.step("split", context -> AgentOutcome.of(context.input()))
        .fork(List.of("left", "right"), "join");
    flow.step("left", left).then("join");
    flow.step("right", right).then("join");
    flow.step("join", context -> AgentOutcome.of(context.input()));
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
