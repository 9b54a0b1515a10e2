package dev.spoor.telemetry.correlation;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.spoor.contract.telemetry.Fields;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.slf4j.MarkerFactory;

@Timeout(20)
class LogContextTest {
  private static final String NAME = "com.example.Desk";
  private static final Logger plain = LoggerFactory.getLogger(NAME);
  private static final Map<String, String> JOB = Map.of(Fields.JOB_ID, "j-1", Fields.TENANT, "t");
  private static final LogContext STEP =
      LogContext.of(JOB).with(Map.of(Fields.STEP_ID, "draft", Fields.AGENT_ID, "writer"));
  private static final Map<String, String> ALL =
      Map.of(
          Fields.JOB_ID,
          "j-1",
          Fields.TENANT,
          "t",
          Fields.STEP_ID,
          "draft",
          Fields.AGENT_ID,
          "writer");
  private static final Map<String, String> OTHER =
      Map.of(Fields.JOB_ID, "j-2", Fields.STEP_ID, "check", Fields.SESSION_ID, "s");

  private final ListAppender<ILoggingEvent> seen =
      new ListAppender<>() {
        @Override
        protected void append(ILoggingEvent event) {
          // Only while the call runs can it be found on the stack.
          var _ = event.getCallerData();
          super.append(event);
        }
      };
  private final ExecutorService pool = Executors.newSingleThreadExecutor();

  @BeforeEach
  void listen() {
    MDC.clear();
    seen.start();
    logback().addAppender(seen);
  }

  @AfterEach
  void stop() {
    logback().detachAppender(seen);
    pool.shutdownNow();
    MDC.clear();
  }

  private static ch.qos.logback.classic.Logger logback() {
    return ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger(NAME);
  }

  private List<Map<String, String>> fields() {
    return seen.list.stream().map(ILoggingEvent::getMDCPropertyMap).toList();
  }

  /** What a pool's thread has when a job forgot to clean up behind itself. */
  private void leaveBehind(Map<String, String> fields) {
    CompletableFuture.runAsync(() -> fields.forEach(MDC::put), pool).join();
  }

  private Map<String, String> leftOnThePool() {
    Supplier<Map<String, String>> left = Correlation::current;
    return CompletableFuture.supplyAsync(left, pool).join();
  }

  @Test
  void aBoundLoggerSaysWhatItIsAboutOnEveryKindOfThread() throws Exception {
    Logger log = STEP.logger(NAME);
    log.info("here");
    Thread.ofVirtual().start(() -> log.info("virtual")).join();
    Thread.ofPlatform().start(() -> log.info("platform")).join();
    pool.submit(() -> log.info("pool")).get();
    CompletableFuture<String> future = new CompletableFuture<>();
    CompletableFuture<Void> told = future.thenAccept(value -> log.info("told {}", value));
    Thread.ofVirtual().start(() -> future.complete("so")).join();
    told.join();
    assertThat(seen.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly("here", "virtual", "platform", "pool", "told so");
    assertThat(fields()).hasSize(5).allMatch(ALL::equals);
    assertThat(Correlation.current()).isEmpty();
  }

  @Test
  void allWaysToCallItAreTheSame() {
    Logger log = STEP.logger(NAME);
    IllegalStateException error = new IllegalStateException("x");
    log.warn("{} and {}", "a", "b");
    log.error("failed", error);
    log.atInfo().addKeyValue("n", 7).setCause(error).log("fluent {}", "c");
    log.info(MarkerFactory.getMarker("m"), "marked");
    assertThat(fields()).hasSize(4).allMatch(ALL::equals);
    assertThat(seen.list.get(0).getFormattedMessage()).isEqualTo("a and b");
    assertThat(seen.list.get(1).getThrowableProxy().getMessage()).isEqualTo("x");
    assertThat(seen.list.get(2).getFormattedMessage()).isEqualTo("fluent c");
    assertThat(seen.list.get(2).getKeyValuePairs()).hasToString("[n=\"7\"]");
    assertThat(seen.list.get(3).getMarkerList()).hasSize(1);
  }

  @Test
  void theCallerIsWhoCalledAndNotTheBoundLogger() {
    Logger log = STEP.logger(NAME);
    log.warn("plain");
    log.atWarn().log("fluent");
    assertThat(seen.list)
        .extracting(event -> event.getCallerData()[0].getMethodName())
        .containsOnly("theCallerIsWhoCalledAndNotTheBoundLogger");
  }

  @Test
  void whatIsOffStaysOff() {
    logback().setLevel(ch.qos.logback.classic.Level.WARN);
    try {
      STEP.logger(NAME).info("quiet");
      STEP.logger(NAME).atDebug().log("quieter");
      assertThat(STEP.logger(NAME).isInfoEnabled()).isFalse();
      assertThat(seen.list).isEmpty();
    } finally {
      logback().setLevel(null);
    }
  }

  @Test
  void executorsRunWhatTheyAreGivenInTheContextThatTheyAreBoundTo() throws Exception {
    leaveBehind(OTHER);
    STEP.executor(pool).submit(() -> plain.info("pool")).get();
    try (ExecutorService virtual = STEP.executor(Executors.newVirtualThreadPerTaskExecutor())) {
      virtual.submit(() -> plain.info("virtual")).get();
      assertThat(virtual.invokeAll(List.of(Correlation::current)).getFirst().get()).isEqualTo(ALL);
    }
    STEP.threads(Thread.ofVirtual().factory()).newThread(() -> plain.info("thread")).start();
    org.awaitility.Awaitility.await().until(() -> seen.list.size() == 3);
    assertThat(fields()).allMatch(ALL::equals);
    assertThat(leftOnThePool()).as("put back as it was").isEqualTo(OTHER);
  }

  @Test
  void aClosedExecutorClosesTheOneBehindIt() throws InterruptedException {
    ExecutorService bound = STEP.executor(pool);
    bound.shutdown();
    assertThat(pool.isShutdown()).isTrue();
    assertThat(bound.awaitTermination(5, TimeUnit.SECONDS)).isTrue();
    assertThat(bound.isTerminated()).isTrue();
  }

  @Test
  void callbacksAreAboutWhatTheyWereMadeForAndNotAboutWhoCompletes() throws Exception {
    leaveBehind(OTHER);
    CompletableFuture<String> future = new CompletableFuture<>();
    CompletableFuture<?> all =
        CompletableFuture.allOf(
            future.whenCompleteAsync((_, _) -> plain.info("a"), STEP.executor(Runnable::run)),
            future
                .thenApplyAsync(value -> value + "!", STEP.executor(pool))
                .thenAcceptAsync(value -> plain.info(value), STEP.executor(Runnable::run)),
            future
                .handleAsync((_, error) -> error, STEP.executor(pool))
                .thenRunAsync(() -> plain.info("c"), STEP.executor(pool)));
    pool.submit(() -> future.complete("b")).get();
    all.join();
    assertThat(seen.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactlyInAnyOrder("a", "b!", "c");
    assertThat(fields()).allMatch(ALL::equals);
    assertThat(leftOnThePool()).isEqualTo(OTHER);
  }

  @Test
  void wrappedTasksCarryAllThatIsLoggedInThem() throws Exception {
    Thread.ofVirtual().start(STEP.wrap(() -> plain.info("run"))).join();
    assertThat(pool.submit(STEP.wrap(Correlation::current)).get()).isEqualTo(ALL);
    assertThat(fields()).containsExactly(ALL);
    assertThat(leftOnThePool()).isEmpty();
  }

  @Test
  void hereIsWhatAThreadIsAboutNowWhereverItIsOpenedLater() throws Exception {
    leaveBehind(Map.of(Fields.STEP_ID, "of the pool"));
    LogContext here;
    try (var _ = Correlation.open(JOB)) {
      here = LogContext.here();
    }
    assertThat(pool.submit(here.wrap(Correlation::current)).get()).isEqualTo(JOB);
    assertThat(leftOnThePool()).isEqualTo(Map.of(Fields.STEP_ID, "of the pool"));
  }

  @Test
  void whatAnotherJobLeftOnAThreadIsNotMixedIn() throws Exception {
    Logger log = STEP.logger(NAME);
    leaveBehind(Map.of(Fields.SESSION_ID, "s", "order", "7"));
    pool.submit(() -> log.info("a")).get();
    assertThat(fields()).containsExactly(ALL);
    assertThat(leftOnThePool()).isEqualTo(Map.of(Fields.SESSION_ID, "s", "order", "7"));
  }

  @Test
  void aCallersOwnFieldsStay() {
    MDC.put("order", "7");
    STEP.logger(NAME).info("a");
    Map<String, String> expected = new HashMap<>(ALL);
    expected.put("order", "7");
    assertThat(fields()).containsExactly(expected);
    assertThat(Correlation.current()).isEqualTo(Map.of("order", "7"));
  }

  @Test
  void aDeeperSpanOfTheSameWorkStays() {
    TraceContext outer = TraceContext.start();
    LogContext step = STEP.with(Correlation.fields(outer, null));
    try (var _ = step.open();
        var _ = Correlation.openChild()) {
      String span = Correlation.get(Fields.SPAN_ID).orElseThrow();
      step.logger(NAME).info("a");
      assertThat(span).isNotEqualTo(outer.spanId());
      assertThat(fields().getFirst()).containsEntry(Fields.SPAN_ID, span);
      assertThat(LogContext.here().fields()).containsEntry(Fields.SPAN_ID, span);
    }
    assertThat(Correlation.current()).isEmpty();
  }

  @Test
  void aContextIsMadeOfAnotherAndLeavesItAsItWas() {
    LogContext job = LogContext.of(JOB);
    assertThat(job.with(Map.of(Fields.TENANT, "u")).fields())
        .isEqualTo(Map.of(Fields.JOB_ID, "j-1", Fields.TENANT, "u"));
    assertThat(job.fields()).isEqualTo(JOB);
    try (var _ = job.open()) {
      assertThat(LogContext.here().fields()).isEqualTo(JOB);
    }
  }
}
