package dev.spoor.shipper.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.spoor.contract.wire.Headers;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.shipper.stats.Panes;
import dev.spoor.shipper.stats.Resolution;
import dev.spoor.shipper.stats.StatsSettings;
import dev.spoor.telemetry.redaction.Redactor;
import dev.spoor.testkit.TestBroker;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class IntakeFaultsIT {
  private static final TestBroker BROKER = TestBroker.shared();
  private static final int SOURCES = 6;
  private static final int RECORDS = 500;

  private final KafkaConnection kafka = BROKER.connection();
  private final Topics topics = BROKER.freshTopics();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  @TempDir private Path dir;

  @Test
  void eachRecordIsStoredOnceHoweverOftenTheStoreFails() throws Exception {
    createTopics();
    long seed = 11;
    Random random = new Random(seed);
    // One in a hundred is refused by the store, one in a hundred cannot be read, some come twice.
    MemoryStore store = new MemoryStore(new Random(seed), record -> record.seq() % 100 == 50);
    store.failWithProbability(0.3);
    store.loseAnswers(1);
    IntakeThread intake = intake(store);
    intake.start();
    List<String> expected = new ArrayList<>();
    List<Future<?>> sent = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            // One request at a time: on a topic whose leader is not up yet, a second one in flight
            // can end in OUT_OF_ORDER_SEQUENCE for ever (seen on 4.3.1).
            kafka.with(
                Map.of("acks", "all", "linger.ms", 2, "max.in.flight.requests.per.connection", 1)),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int seq = 1; seq <= RECORDS; seq++) {
        for (int source = 0; source < SOURCES; source++) {
          String name = "s" + source;
          boolean unreadable = seq % 100 == 99;
          byte[] value =
              unreadable
                  ? "{not json".getBytes(StandardCharsets.UTF_8)
                  : Json.write(
                      Map.of("source", name, "seq", seq, "timestamp", Instant.now().toString()));
          int copies = random.nextInt(20) == 0 ? 2 : 1;
          for (int i = 0; i < copies; i++) {
            ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(
                    topics.telemetry(), name.getBytes(StandardCharsets.UTF_8), value);
            record
                .headers()
                .add(Headers.SEQ, Integer.toString(seq).getBytes(StandardCharsets.UTF_8));
            sent.add(producer.send(record));
          }
          if (!unreadable && seq % 100 != 50) {
            expected.add(name + "-" + seq);
          }
        }
        if (seq % 50 == 0) {
          producer.flush();
          Thread.sleep(random.nextInt(100));
        }
      }
    }
    for (Future<?> each : sent) {
      each.get();
    }
    await().atMost(Duration.ofSeconds(90)).until(() -> store.committed().size() >= expected.size());
    store.failWithProbability(0);
    await().atMost(Duration.ofSeconds(30)).until(() -> meter("spoor.telemetry.in.flight") == 0);
    assertThat(store.failures()).as("times that the store failed").isGreaterThan(5);
    assertThat(store.answersToLose()).as("commits whose answer is still to be lost").isZero();
    assertThat(store.committed()).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(meter("spoor.telemetry.stored")).isEqualTo(expected.size());
    assertThat(meter("spoor.telemetry.dead.lettered"))
        .isEqualTo(SOURCES * RECORDS - expected.size());
    assertThat(meter("spoor.telemetry.received"))
        .isEqualTo(
            meter("spoor.telemetry.stored")
                + meter("spoor.telemetry.duplicate")
                + meter("spoor.telemetry.dead.lettered"));
    // What was counted of it is committed with it.
    for (Resolution resolution : Resolution.values()) {
      assertThat(counted(store, resolution)).isEqualTo(expected.size());
    }
    intake.stop();
    assertThat(intake.isRunning()).isFalse();
  }

  private static long counted(MemoryStore store, Resolution resolution) throws Exception {
    List<byte[]> panes = new ArrayList<>();
    store.summaries(
        resolution.span(),
        Instant.EPOCH,
        Instant.now().plusSeconds(3600),
        (key, pane) -> panes.add(pane));
    return Panes.records(panes);
  }

  @Test
  void aStoreThatIsGoneCostsNoMemory() throws Exception {
    createTopics();
    MemoryStore store = new MemoryStore(new Random(1), record -> false);
    store.failWithProbability(1);
    IntakeThread intake = intake(store);
    intake.start();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            kafka.with(Map.of("acks", "all", "max.in.flight.requests.per.connection", 1)),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      List<Future<?>> sent = new ArrayList<>();
      for (int seq = 1; seq <= 5000; seq++) {
        byte[] record =
            Json.write(
                Map.of(
                    "source",
                    "s",
                    "seq",
                    seq,
                    "timestamp",
                    Instant.now().toString(),
                    "message",
                    "m".repeat(1000)));
        sent.add(
            producer.send(
                new ProducerRecord<>(
                    topics.telemetry(), "s".getBytes(StandardCharsets.UTF_8), record)));
      }
      for (Future<?> each : sent) {
        each.get();
      }
    }
    await().atMost(Duration.ofSeconds(30)).until(() -> store.failures() > 3);
    assertThat(store.committed()).isEmpty();
    assertThat(store.maxWritten()).isLessThanOrEqualTo(2_000);
    assertThat(intake.isRunning()).isTrue();
    store.failWithProbability(0);
    await().atMost(Duration.ofSeconds(60)).until(() -> store.committed().size() == 5000);
    intake.stop();
  }

  private IntakeThread intake(MemoryStore store) throws Exception {
    return new IntakeThread(
        kafka,
        topics,
        store,
        dir,
        Redactor.standard(),
        registry,
        Clock.systemUTC(),
        new IntakeSettings(
            Duration.ofMillis(20),
            Duration.ofMillis(20),
            1 << 20,
            1 << 20,
            Duration.ofMillis(300),
            Duration.ofSeconds(5)),
        new StatsSettings(Duration.ofDays(2), Duration.ofDays(90), 2000));
  }

  private double meter(String name) {
    double sum = 0;
    for (Meter meter : registry.find(name).meters()) {
      sum += meter.measure().iterator().next().getValue();
    }
    return sum;
  }

  private void createTopics() throws Exception {
    try (Admin admin = Admin.create(kafka.with(Map.of()))) {
      admin
          .createTopics(
              List.of(
                  new NewTopic(topics.telemetry(), 3, (short) 1),
                  new NewTopic(topics.telemetryLedger(), 1, (short) 1),
                  new NewTopic(topics.telemetryDeadLetters(), 1, (short) 1)))
          .all()
          .get();
    }
  }
}
