package dev.spoor.worker;

import dev.spoor.contract.job.Priority;
import dev.spoor.contract.wire.Topics;
import dev.spoor.telemetry.app.KafkaHosts;
import dev.spoor.telemetry.app.StartFailure;
import dev.spoor.telemetry.shipping.TopicWait;
import dev.spoor.worker.acquire.Acquisition;
import dev.spoor.worker.execution.Execution;
import dev.spoor.worker.flow.FlowAnnouncer;
import dev.spoor.worker.lease.LeaseKeeper;
import dev.spoor.worker.report.LedgerWriter;
import dev.spoor.worker.slot.SlotAllocator;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.ToDoubleFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.producer.Producer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Starts the parts of a worker in the order they need and stops them in the reverse. Stopping is
 * bounded: drain timeout, then ten seconds.
 */
final class Worker implements SmartLifecycle {
  /** Behind the ledger, which makes the topics; before HTTP traffic. */
  static final int PHASE = 2_000;

  private static final Logger log = LoggerFactory.getLogger(Worker.class);
  private static final Duration SWEEP_INTERVAL = Duration.ofMillis(250);
  private static final Duration ANNOUNCE_INTERVAL = Duration.ofMinutes(5);
  private static final Duration PURGE_INTERVAL = Duration.ofMinutes(10);
  private static final int PURGE_AT_MOST = 10_000;
  private static final Duration ABORT_LIMIT = Duration.ofSeconds(2);
  private static final Duration LAST_WORDS_LIMIT = Duration.ofSeconds(3);

  private final WorkerParts parts;
  private final Runnable refuseTraffic;
  private volatile @Nullable Running running;

  /** What exists while the worker runs. */
  private record Running(
      Producer<byte[], byte[]> producer,
      LeaseKeeper leases,
      Execution execution,
      Acquisition acquisition,
      ScheduledThreadPoolExecutor timer) {}

  /**
   * @param refuseTraffic turns readiness off
   */
  Worker(WorkerParts parts, Runnable refuseTraffic) {
    this.parts = parts;
    this.refuseTraffic = refuseTraffic;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }

  @Override
  public boolean isRunning() {
    return running != null;
  }

  /** How many jobs run here. Does not block: a stop holds the lock for as long as it drains. */
  int jobsInFlight() {
    Running now = running;
    return now == null ? 0 : now.execution().running();
  }

  /** Throws if the ledger does not hear of this worker. */
  void checkHeard() {
    Running now = running;
    if (now == null) {
      throw new IllegalStateException("the worker does not run");
    }
    Duration silence = now.leases().sinceAcknowledged();
    if (silence.compareTo(now.leases().limit()) >= 0) {
      throw new IllegalStateException("no heartbeat was acknowledged for " + silence);
    }
  }

  /**
   * @throws StartFailure if Kafka or its topics are not there within the start timeout
   */
  @Override
  public synchronized void start() {
    if (running != null) {
      return;
    }
    WorkerProperties properties = parts.properties();
    Topics topics = parts.topics();
    String clientId = "worker-" + parts.workerId();
    int grantPartitions = awaitTopics();

    Producer<byte[], byte[]> producer = LedgerWriter.producer(parts.kafka(), clientId);
    try {
      LedgerWriter ledger = new LedgerWriter(producer, topics.ledgerIn());
      SlotAllocator slots =
          new SlotAllocator(
              properties.slots(), properties.maxBytesOr(Runtime.getRuntime().maxMemory()));
      Execution execution =
          new Execution(
              parts.workerId(),
              parts.flows(),
              parts.model(),
              parts.prices(),
              parts.memory(),
              parts.meters(),
              parts.tracing(),
              parts.redactor(),
              parts.clock(),
              parts.nanoTime(),
              ledger,
              slots);
      LeaseKeeper leases =
          new LeaseKeeper(
              parts.workerId(),
              ledger.partitions(),
              properties.leaseTimeout(),
              ledger::send,
              parts.nanoTime(),
              execution::lost);
      execution.keepLeasesBy(leases);
      // 1. Stand at the end of the grants before the first claim is written.
      Acquisition acquisition =
          new Acquisition(
              parts.kafka(),
              topics,
              parts.workerId(),
              clientId,
              grantPartitions,
              properties.claimTimeout(),
              leases.limit(),
              slots,
              ledger,
              execution,
              parts.meters(),
              parts.nanoTime());
      FlowAnnouncer announcer = new FlowAnnouncer(parts.flows(), producer, topics.flows());
      meters(slots, acquisition);
      // 2. The ledger hears of the worker before the worker asks it for anything.
      ScheduledThreadPoolExecutor timer = timer();
      repeat(timer, Duration.ZERO, properties.heartbeatInterval(), leases::beat);
      repeat(
          timer,
          SWEEP_INTERVAL,
          SWEEP_INTERVAL,
          () -> {
            leases.findLost();
            execution.sweep();
            acquisition.closeOldClaims();
          });
      repeat(timer, Duration.ZERO, ANNOUNCE_INTERVAL, announcer::announce);
      acquisition.start();
      running = new Running(producer, leases, execution, acquisition, timer);
      log.atInfo().log(
          "worker "
              + parts.workerId()
              + " takes jobs: "
              + properties.slots()
              + " slots, "
              + parts.flows().all().size()
              + " flows, model "
              + parts.model().provider()
              + "/"
              + parts.model().defaultModel());
      repeatPurge(timer);
    } catch (RuntimeException e) {
      producer.close(Duration.ZERO);
      throw e;
    }
  }

  @Override
  public synchronized void stop() {
    Running now = running;
    if (now == null) {
      return;
    }
    Duration drain = parts.properties().drainTimeout();
    try {
      refuseTraffic.run();
      now.acquisition().stopClaiming();
      log.atInfo().log(
          "worker "
              + parts.workerId()
              + " stops: "
              + now.execution().running()
              + " jobs have up to "
              + drain.toSeconds()
              + " s to finish");
      if (!now.execution().awaitIdle(drain)) {
        int released = now.execution().releaseAll();
        log.atInfo().log(released + " jobs are handed back with their completed steps");
        if (!now.execution().awaitIdle(ABORT_LIMIT)) {
          log.atWarn().log(now.execution().running() + " jobs do not stop; they are left behind");
        }
      }
      // The last heartbeat is behind the releases: one producer keeps the order of a partition.
      now.timer().shutdownNow();
      now.leases().leave().get(LAST_WORDS_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      log.atWarn().setCause(e).log("the ledger could not be told that the worker goes");
    } finally {
      now.timer().shutdownNow();
      now.acquisition().close();
      now.producer().close(LAST_WORDS_LIMIT);
      running = null;
    }
  }

  /** The number of partitions of {@code grants}, once every topic is there. */
  private int awaitTopics() {
    List<String> wanted = new ArrayList<>();
    Topics topics = parts.topics();
    wanted.add(topics.grants());
    wanted.add(topics.ledgerIn());
    wanted.add(topics.flows());
    for (Priority priority : Priority.values()) {
      wanted.add(topics.jobs(priority));
    }
    Duration limit = parts.properties().startTimeout();
    long end = System.nanoTime() + limit.toNanos();
    KafkaHosts.await(parts.kafka(), limit);
    try (Admin admin =
        Admin.create(
            parts
                .kafka()
                .with(
                    Map.of(
                        AdminClientConfig.CLIENT_ID_CONFIG, "worker-start",
                        AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 5_000,
                        AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 4_000)))) {
      return Objects.requireNonNull(
              TopicWait.until(
                      admin,
                      wanted,
                      Duration.ofNanos(Math.max(0, end - System.nanoTime())),
                      missing ->
                          log.atInfo().log(
                              "waiting up to "
                                  + limit.toSeconds()
                                  + " s: Kafka at "
                                  + parts.kafka().bootstrapServers()
                                  + " "
                                  + missing))
                  .get(topics.grants()))
          .partitions()
          .size();
    } catch (org.apache.kafka.common.errors.TimeoutException e) {
      throw new StartFailure(
          "Kafka at "
              + parts.kafka().bootstrapServers()
              + " "
              + e.getMessage()
              + " after "
              + limit.toSeconds()
              + " s; a gateway makes the topics: is one running on this cluster?",
          e);
    }
  }

  private void meters(SlotAllocator slots, Acquisition acquisition) {
    MeterRegistry meters = parts.meters();
    slotGauge(meters, slots, "all", load -> load.slots());
    slotGauge(meters, slots, "used", load -> load.used());
    slotGauge(meters, slots, "reserved", load -> load.reserved());
    slotGauge(meters, slots, "quarantined", load -> load.quarantined());
    Gauge.builder("spoor.worker.bytes", slots, each -> each.load().usedBytes())
        .description("Inputs and kept outputs of claimed and running jobs")
        .baseUnit("bytes")
        .register(meters);
    Gauge.builder("spoor.worker.open.claims", acquisition, Acquisition::openClaims)
        .description("Claims that the ledger has not answered")
        .register(meters);
  }

  private static void slotGauge(
      MeterRegistry meters,
      SlotAllocator slots,
      String state,
      ToDoubleFunction<SlotAllocator.Load> count) {
    Gauge.builder("spoor.worker.slots", slots, each -> count.applyAsDouble(each.load()))
        .description("Slots by use")
        .tag("state", state)
        .register(meters);
  }

  private static ScheduledThreadPoolExecutor timer() {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("worker-timer").daemon().factory());
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  /** A task that throws must not be the last of its kind. */
  private static void repeat(
      ScheduledThreadPoolExecutor timer, Duration delay, Duration interval, Runnable task) {
    var _ =
        timer.scheduleAtFixedRate(
            () -> {
              try {
                task.run();
              } catch (RuntimeException e) {
                log.atError().setCause(e).log("a task of the worker's timer failed");
              }
            },
            delay.toMillis(),
            interval.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /** On a thread of its own each time: a disk may be slow, and heartbeats must not wait for it. */
  private void repeatPurge(ScheduledThreadPoolExecutor timer) {
    repeat(
        timer,
        PURGE_INTERVAL,
        PURGE_INTERVAL,
        () -> {
          var _ =
              CompletableFuture.runAsync(
                      () -> {
                        int dropped =
                            parts
                                .memory()
                                .dropJobsBefore(
                                    parts
                                        .clock()
                                        .instant()
                                        .minus(parts.properties().jobMemoryRetention()),
                                    PURGE_AT_MOST);
                        log.atDebug().log("dropped the memory of " + dropped + " old jobs");
                      })
                  .exceptionally(e -> {
                    log.atWarn().setCause(e).log("the memory of old jobs could not be dropped");
                    return null;
                  });
        });
  }
}
