package dev.spoor.gateway.ledgerhost;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.ledger.QueueStats;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.gateway.ledger.JobReads;
import dev.spoor.gateway.ledger.LedgerRules;
import dev.spoor.gateway.queue.QueueLag;
import dev.spoor.gateway.topics.TopicSettings;
import dev.spoor.gateway.topics.TopicSetup;
import dev.spoor.telemetry.health.QueueLagGauges;
import dev.spoor.telemetry.redaction.Redactor;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ledger of one process: its loop, its pulse, its view of the queue. {@link #start} sets up the
 * topics and returns; partitions are served as soon as they are assigned and read back. {@link
 * #stop} is bounded. Reads may be asked at any time; before the start everything is moving.
 */
public final class Ledger implements JobReads, QueueLag {
  private static final Logger log = LoggerFactory.getLogger(Ledger.class);
  private static final Duration STOP = Duration.ofSeconds(5);
  private static final long CACHE_BYTES = 32L << 20;
  private static final long PULSE_MS = 1_000;
  private static final long PROBE_MS = 5_000;

  /**
   * Who and where this process is.
   *
   * @param instance the same after a restart, another for every process
   * @param ownerUrl where other gateways reach this one; asked every second
   * @param origin fields of every telemetry record, {@code service} and {@code instance} among them
   */
  public record Identity(String instance, Supplier<String> ownerUrl, Map<String, String> origin) {}

  private final KafkaConnection connection;
  private final TopicSettings topicSettings;
  private final LedgerSettings settings;
  private final LedgerRules rules;
  private final Identity identity;
  private final Path dir;
  private final Redactor redactor;
  private final Clock clock;
  private final ConcurrentHashMap<Integer, OwnedPartition> owned = new ConcurrentHashMap<>();
  private final MeterRegistry registry;
  private final LedgerMeters meters;
  private volatile @Nullable Running running;

  private record Running(
      Admin admin,
      Cache cache,
      LedgerLoop loop,
      LedgerPulse pulse,
      QueueProbe probe,
      QueueStatsView stats,
      LedgerReads reads,
      List<Thread> threads) {}

  /**
   * @param dir its own directory, created if missing
   */
  public Ledger(
      KafkaConnection connection,
      TopicSettings topicSettings,
      LedgerSettings settings,
      LedgerRules rules,
      Identity identity,
      Path dir,
      Redactor redactor,
      MeterRegistry registry,
      Clock clock) {
    this.connection = connection;
    this.topicSettings = topicSettings;
    this.settings = settings;
    this.rules = rules;
    this.identity = identity;
    this.dir = dir;
    this.redactor = redactor;
    this.clock = clock;
    this.registry = registry;
    this.meters = new LedgerMeters(registry);
  }

  /**
   * @throws IllegalStateException if the topics do not fit; it says what to do
   */
  public void start() {
    if (running != null) {
      return;
    }
    RocksDB.loadLibrary();
    var topics = topicSettings.topics();
    LedgerClients clients = new LedgerClients(connection, topics, settings, identity.instance());
    Admin admin = clients.admin();
    try {
      new TopicSetup(topicSettings, admin).run();
    } catch (RuntimeException e) {
      admin.close(Duration.ZERO);
      throw e;
    }
    Cache cache = new LRUCache(CACHE_BYTES);
    Producer<byte[], byte[]> plain = clients.plain();
    QueueStatsView stats = new QueueStatsView(clients.reader("queue-stats", false), topics);
    LedgerLoop loop =
        new LedgerLoop(
            clients,
            topics,
            settings,
            rules,
            new Outbox(topics, topicSettings.partitions(), redactor),
            identity.origin(),
            dir,
            cache,
            admin,
            meters,
            owned);
    LedgerPulse pulse =
        new LedgerPulse(
            topics, plain, owned.values(), identity.instance(), identity.ownerUrl(), clock);
    QueueProbe probe = new QueueProbe(topics, admin, plain, clients, owned.values());
    QueueLagGauges lag = new QueueLagGauges(registry, topics.workersGroup());
    LedgerReads reads =
        new LedgerReads(
            topics, topicSettings.partitions(), admin, owned, stats, identity.instance());
    List<Thread> threads = new ArrayList<>();
    threads.add(Thread.ofPlatform().name("ledger").start(loop::run));
    threads.add(Thread.ofPlatform().name("ledger-queue-stats").start(stats::run));
    threads.add(Thread.ofPlatform().name("ledger-pulse").start(() -> every(PULSE_MS, pulse::beat)));
    threads.add(
        Thread.ofPlatform()
            .name("ledger-probe")
            .start(() ->
                every(
                    PROBE_MS,
                    () -> {
                      probe.look();
                      for (QueueLag.Entry each : probe.lag()) {
                        lag.set(each.topic(), each.partition(), each.records());
                      }
                    })));
    running = new Running(admin, cache, loop, pulse, probe, stats, reads, threads);
  }

  /** Stops in order: what is being committed is committed, and the partitions are given back. */
  public void stop() {
    Running now = running;
    if (now == null) {
      return;
    }
    running = null;
    now.loop().stop();
    now.stats().stop();
    // The two that sleep in between.
    now.threads().get(2).interrupt();
    now.threads().get(3).interrupt();
    long end = System.nanoTime() + STOP.toNanos();
    for (Thread thread : now.threads()) {
      join(thread, end);
    }
    now.pulse().close();
    now.admin().close(Duration.ofSeconds(1));
    if (now.threads().stream().noneMatch(Thread::isAlive)) {
      now.cache().close();
    }
  }

  private static void join(Thread thread, long end) {
    try {
      if (!thread.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())))) {
        log.warn("Thread {} did not stop in time", thread.getName());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void every(long millis, Runnable task) {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        task.run();
      } catch (RuntimeException e) {
        log.debug("Not this time; again in {} ms", millis, e);
      }
      try {
        Thread.sleep(millis);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** Whether it was started and not stopped since. */
  boolean isStarted() {
    return running != null;
  }

  /** Whether the loop runs; false once it has ended by itself or was stopped. */
  public boolean isRunning() {
    Running now = running;
    return now != null && now.loop().failure() == null;
  }

  /** Why the loop has ended by itself; null if it has not. */
  public @Nullable RuntimeException failure() {
    Running now = running;
    return now == null ? null : now.loop().failure();
  }

  /** Partitions that are served here now. */
  public int served() {
    int served = 0;
    for (OwnedPartition partition : owned.values()) {
      served += partition.snapshot() == null ? 0 : 1;
    }
    return served;
  }

  @Override
  public Found job(JobId jobId) {
    Running now = running;
    return now == null ? new Found.Moving() : now.reads().job(jobId);
  }

  @Override
  public Newest newest(NewestQuery query) {
    Running now = running;
    return now == null
        ? new Newest(List.of(), false, Set.of(), Map.of(), true)
        : now.reads().newest(query);
  }

  @Override
  public Ended ended(EndedQuery query) {
    Running now = running;
    return now == null
        ? new Ended(new Stretch<>(List.of(), null), Set.of(), Map.of(), true)
        : now.reads().ended(query);
  }

  /** The last word of each partition, of all owners; one that was never heard is missing. */
  List<QueueStats> stats() {
    Running now = running;
    return now == null ? List.of() : now.stats().all();
  }

  @Override
  public List<QueueLag.Entry> current() {
    Running now = running;
    return now == null ? List.of() : now.probe().lag();
  }
}
