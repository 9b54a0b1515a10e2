package dev.spoor.shipper.ingest;

import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.shipper.stats.StatsSettings;
import dev.spoor.store.TelemetryStore;
import dev.spoor.telemetry.app.KafkaHosts;
import dev.spoor.telemetry.redaction.Redactor;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/** Runs the intake while the app runs. */
public final class IntakeThread implements SmartLifecycle {
  /**
   * Starts before and stops after those of the same process whose last records it should still
   * store: ledger (-1000), gateway and worker. What the journals ship after that is stored by the
   * next start.
   */
  public static final int PHASE = -2_000;

  private static final Logger log = LoggerFactory.getLogger(IntakeThread.class);

  /** How long the start waits for Kafka's name to be known. */
  private static final Duration HOST_TIMEOUT = Duration.ofSeconds(60);

  private static final Duration DEAD_LETTER_TIMEOUT = Duration.ofSeconds(30);

  private final KafkaConnection kafka;
  private final Topics topics;
  private final TelemetryStore store;
  private final String member;
  private final Redactor redactor;
  private final MeterRegistry registry;
  private final Clock clock;
  private final IntakeSettings settings;
  private final StatsSettings statsSettings;

  private @Nullable Intake intake;
  private @Nullable Thread thread;
  private @Nullable KafkaProducer<byte[], byte[]> producer;

  /**
   * @param storeDir where the store's identity is kept
   * @throws IOException if it cannot be kept there
   */
  public IntakeThread(
      KafkaConnection kafka,
      Topics topics,
      TelemetryStore store,
      Path storeDir,
      Redactor redactor,
      MeterRegistry registry,
      Clock clock,
      IntakeSettings settings,
      StatsSettings statsSettings)
      throws IOException {
    this.kafka = kafka;
    this.topics = topics;
    this.store = store;
    this.member = StoreIdentity.of(storeDir);
    this.redactor = redactor;
    this.registry = registry;
    this.clock = clock;
    this.settings = settings;
    this.statsSettings = statsSettings;
  }

  @Override
  public synchronized void start() {
    if (thread != null) {
      return;
    }
    KafkaHosts.await(kafka, HOST_TIMEOUT);
    KafkaProducer<byte[], byte[]> letters = new KafkaProducer<>(kafka.with(producerProperties()));
    producer = letters;
    Intake loop =
        new Intake(
            new KafkaConsumer<>(kafka.with(consumerProperties())),
            List.of(topics.telemetry(), topics.telemetryLedger()),
            store,
            new DeadLetters(letters, topics.telemetryDeadLetters(), redactor, DEAD_LETTER_TIMEOUT),
            new IntakeMeters(registry, topics.storeGroup()),
            clock,
            settings,
            statsSettings);
    intake = loop;
    thread = Thread.ofPlatform().name("shipper-intake").start(loop);
  }

  private Map<String, Object> consumerProperties() {
    Map<String, Object> properties = new HashMap<>();
    properties.put("client.id", "shipper-intake");
    properties.put("group.id", topics.storeGroup());
    properties.put("group.instance.id", member);
    properties.put("key.deserializer", ByteArrayDeserializer.class.getName());
    properties.put("value.deserializer", ByteArrayDeserializer.class.getName());
    properties.put("enable.auto.commit", false);
    properties.put("allow.auto.create.topics", false);
    properties.put("isolation.level", "read_committed");
    // For a checkpoint that retention has overtaken; the loss shows in the audit.
    properties.put("auto.offset.reset", "earliest");
    properties.put("session.timeout.ms", 10_000);
    properties.put("heartbeat.interval.ms", 2_000);
    properties.put("max.poll.records", 2_000);
    properties.put("fetch.max.bytes", 8 * 1024 * 1024);
    properties.put("max.partition.fetch.bytes", 2 * 1024 * 1024);
    return properties;
  }

  private static Map<String, Object> producerProperties() {
    Map<String, Object> properties = new HashMap<>();
    properties.put("client.id", "shipper-dead-letters");
    properties.put("key.serializer", ByteArraySerializer.class.getName());
    properties.put("value.serializer", ByteArraySerializer.class.getName());
    properties.put("acks", "all");
    properties.put("max.request.size", DeadLetters.MAX_BYTES);
    properties.put("compression.type", "lz4");
    properties.put("max.block.ms", 10_000);
    properties.put("delivery.timeout.ms", (int) DEAD_LETTER_TIMEOUT.toMillis());
    properties.put("request.timeout.ms", 10_000);
    properties.put("linger.ms", 5);
    return properties;
  }

  @Override
  public synchronized void stop() {
    Intake loop = intake;
    Thread running = thread;
    if (loop == null || running == null) {
      return;
    }
    loop.stop();
    try {
      // The last commit, and the consumer's own leave. A store that does not answer is not waited
      // for: what it has not got is read again by the next start.
      if (!running.join(settings.stopTimeout())) {
        running.interrupt();
      }
      if (!running.join(settings.stopTimeout())) {
        log.warn("the intake did not stop in time; the next start reads on from the last commit");
      }
    } catch (InterruptedException stopNow) {
      Thread.currentThread().interrupt();
    }
    if (producer != null) {
      producer.close(Duration.ofSeconds(1));
    }
    intake = null;
    thread = null;
    producer = null;
  }

  /**
   * Hands letters back to be stored; see {@link Intake#handBack}.
   *
   * @throws IOException if it is not known what became of them, within {@code patience}
   */
  public HandedBack handBack(List<Letter> letters, boolean dryRun, Duration patience)
      throws IOException {
    Intake loop;
    synchronized (this) {
      loop = isRunning() ? intake : null;
    }
    if (loop == null) {
      throw new IOException("nothing is stored now");
    }
    try {
      return loop.handBack(letters, dryRun).get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", stop);
    } catch (ExecutionException failed) {
      Throwable cause = failed.getCause();
      throw new IOException(cause == null ? "unknown" : String.valueOf(cause.getMessage()), failed);
    } catch (TimeoutException late) {
      throw new IOException("no answer within " + patience, late);
    }
  }

  /** Whether records are being taken in. */
  @Override
  public synchronized boolean isRunning() {
    return thread != null && thread.isAlive();
  }

  @Override
  public int getPhase() {
    return PHASE;
  }
}
