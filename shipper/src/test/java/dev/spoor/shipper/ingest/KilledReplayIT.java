package dev.spoor.shipper.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.spoor.contract.wire.Headers;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.shipper.stats.Panes;
import dev.spoor.shipper.stats.Resolution;
import dev.spoor.shipper.stats.StatsSettings;
import dev.spoor.store.Checkpoint;
import dev.spoor.telemetry.redaction.Redactor;
import dev.spoor.testkit.TestBroker;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Letters are handed back, and what should make that durable fails after the store has them. */
@Timeout(180)
class KilledReplayIT {
  private static final TestBroker BROKER = TestBroker.shared();
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int RECORDS = 10;

  private final KafkaConnection kafka = BROKER.connection();
  private final Topics topics = BROKER.freshTopics();

  @TempDir private Path dir;

  @ParameterizedTest(name = "durable when written: {0}")
  @ValueSource(booleans = {false, true})
  void aReplayThatIsKilledBeforeItsCommitStoresOnceWhenItIsCalledAgain(boolean durableWhenWritten)
      throws Exception {
    MemoryStore store = store(durableWhenWritten);
    IntakeThread first = intake(store);
    first.start();
    List<Letter> letters = setAside(store);

    // 1. The process dies between the write and the commit.
    store.refuse(_ -> false);
    store.failCommit(new Killed());
    assertThatThrownBy(() -> first.handBack(letters, false, SOON)).isInstanceOf(IOException.class);
    await().dontCatchUncaughtExceptions().atMost(SOON).until(() -> !first.isRunning());
    first.stop();
    store.forgetUncommitted();
    assertThat(store.committed()).hasSize(durableWhenWritten ? RECORDS : RECORDS / 2);
    trailSays(store, RECORDS / 2, RECORDS / 2);

    // 2. Its successor knows nothing of it, and does it once.
    IntakeThread second = intake(store);
    second.start();
    await()
        .atMost(SOON)
        .ignoreExceptions()
        .until(() -> second.handBack(letters, true, SOON).elsewhere() == 0);
    is(second.handBack(letters, false, SOON), RECORDS / 2, 0);
    is(second.handBack(letters, false, SOON), 0, RECORDS / 2);
    isStoredOnce(store);
    second.stop();
  }

  @ParameterizedTest(name = "durable when written: {0}")
  @ValueSource(booleans = {false, true})
  void aReplayWhoseCommitFailsStoresOnceWhenItIsCalledAgain(boolean durableWhenWritten)
      throws Exception {
    MemoryStore store = store(durableWhenWritten);
    IntakeThread intake = intake(store);
    intake.start();
    List<Letter> letters = setAside(store);
    store.refuse(_ -> false);

    store.failCommit(new IOException("the commit is told to fail"));
    assertThatThrownBy(() -> intake.handBack(letters, false, SOON)).isInstanceOf(IOException.class);
    trailSays(store, RECORDS / 2, RECORDS / 2);
    // Durable, and its answer is lost.
    await()
        .atMost(SOON)
        .ignoreExceptions()
        .until(() -> intake.handBack(letters, true, SOON).replayed() == RECORDS / 2);
    store.loseAnswers(1);
    assertThatThrownBy(() -> intake.handBack(letters, false, SOON)).isInstanceOf(IOException.class);
    await()
        .atMost(SOON)
        .ignoreExceptions()
        .until(() -> intake.handBack(letters, true, SOON).already() == RECORDS / 2);
    is(intake.handBack(letters, false, SOON), 0, RECORDS / 2);
    isStoredOnce(store);
    intake.stop();
  }

  /** What ends a process at once, as far as this JVM can have it. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1;
  }

  private static MemoryStore store(boolean durableWhenWritten) {
    return new MemoryStore(new Random(1), record -> record.seq() % 2 == 0, durableWhenWritten);
  }

  private static void is(HandedBack handedBack, int replayed, int already) {
    assertThat(handedBack).isEqualTo(new HandedBack(replayed, already, 0, 0, 0));
  }

  private static void isStoredOnce(MemoryStore store) throws Exception {
    List<String> all = new ArrayList<>();
    for (int seq = 1; seq <= RECORDS; seq++) {
      all.add("s-" + seq);
    }
    assertThat(store.committed()).containsExactlyInAnyOrderElementsOf(all);
    trailSays(store, RECORDS, 0);
    List<byte[]> panes = new ArrayList<>();
    store.summaries(
        Resolution.HOUR.span(),
        Instant.EPOCH,
        Instant.now().plusSeconds(7_200),
        (key, pane) -> panes.add(pane));
    assertThat(Panes.records(panes)).isEqualTo(RECORDS);
  }

  /** What the audit goes by. */
  private static void trailSays(MemoryStore store, long stored, long deadLettered) {
    for (Checkpoint checkpoint : store.states()) {
      byte[] seen = checkpoint.states().get("seen:s");
      if (seen != null) {
        JsonNode trail = Json.tree(seen);
        assertThat(trail.path("stored").asLong(-1)).isEqualTo(stored);
        assertThat(trail.path("dead_lettered").asLong(-1)).isEqualTo(deadLettered);
        assertThat(trail.path("last").asLong(-1)).isEqualTo(RECORDS);
        assertThat(trail.path("holes")).isEmpty();
        return;
      }
    }
    throw new AssertionError("nothing is known of the source");
  }

  /** Ten records, of which the store refuses every second one. */
  private List<Letter> setAside(MemoryStore store) throws Exception {
    try (Admin admin = Admin.create(kafka.with(Map.of()))) {
      admin
          .createTopics(
              List.of(
                  new NewTopic(topics.telemetry(), 1, (short) 1),
                  new NewTopic(topics.telemetryLedger(), 1, (short) 1),
                  new NewTopic(topics.telemetryDeadLetters(), 1, (short) 1)))
          .all()
          .get();
    }
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            kafka.with(Map.of("acks", "all", "max.in.flight.requests.per.connection", 1)),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int seq = 1; seq <= RECORDS; seq++) {
        byte[] json =
            Json.write(Map.of("source", "s", "seq", seq, "timestamp", Instant.now().toString()));
        ProducerRecord<byte[], byte[]> record =
            new ProducerRecord<>(topics.telemetry(), "s".getBytes(StandardCharsets.UTF_8), json);
        record.headers().add(Headers.SEQ, Integer.toString(seq).getBytes(StandardCharsets.UTF_8));
        producer.send(record).get();
      }
    }
    await().atMost(SOON).until(() -> store.committed().size() == RECORDS / 2);
    List<Letter> letters = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            kafka.with(Map.of()), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      TopicPartition partition = new TopicPartition(topics.telemetryDeadLetters(), 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      await()
          .atMost(SOON)
          .until(() -> {
            consumer.poll(Duration.ofMillis(100)).forEach(each -> letters.add(Letter.of(each)));
            return letters.size() == RECORDS / 2;
          });
    }
    // With one commit or several: what was read is durable before anything is handed back.
    await()
        .atMost(SOON)
        .until(() ->
            store.states().stream().anyMatch(checkpoint -> checkpoint.nextOffset() == RECORDS));
    return letters;
  }

  private IntakeThread intake(MemoryStore store) throws Exception {
    return new IntakeThread(
        kafka,
        topics,
        store,
        dir,
        Redactor.standard(),
        new SimpleMeterRegistry(),
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
}
