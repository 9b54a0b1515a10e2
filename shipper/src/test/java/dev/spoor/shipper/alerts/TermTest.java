package dev.spoor.shipper.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.alert.evaluation.Alert;
import dev.spoor.alert.rule.RuleFile;
import dev.spoor.alert.rule.Rules;
import dev.spoor.contract.wire.Headers;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.Topics;
import dev.spoor.testkit.SettableClock;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class TermTest {
  private static final Rules RULES =
      new Rules(
          RuleFile.read(
                  """
                  rules:
                    - name: Failing
                      metric: {count: {where: {event: http.request.failed}}}
                      window: 1m
                      threshold: "> 4"
                      severity: critical
                      summary: "{{value}} failed"
                  """)
              .rules());

  private static final Topics TOPICS = Topics.DEFAULT;
  private static final TopicPartition STATE = new TopicPartition(TOPICS.alertsState(), 0);
  private static final TopicPartition ONE = new TopicPartition(TOPICS.telemetry(), 0);
  private static final TopicPartition OTHER = new TopicPartition(TOPICS.telemetry(), 1);
  private static final TopicPartition LEDGER = new TopicPartition(TOPICS.telemetryLedger(), 0);

  private final SettableClock clock = SettableClock.atSomeTime();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Board board = new Board();
  private final Cluster cluster = new Cluster();
  private MockProducer<byte[], byte[]> producer = producer();
  private Duration sessionTimeout = Duration.ofMinutes(10);
  private final List<Alert> notified = new ArrayList<>();
  private final Delivery delivery =
      new Delivery(
          new Notifier() {
            @Override
            public String name() {
              return "test";
            }

            @Override
            public Duration resendInterval() {
              return Duration.ZERO;
            }

            @Override
            public void tell(List<Alert> alerts) {
              notified.addAll(alerts);
            }
          },
          Duration.ofMinutes(10),
          registry);

  /** Topics as lists; what a consumer is given is what there is. */
  private static final class Cluster {
    private final Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> logs = new HashMap<>();

    /** How long the next poll takes. */
    private Duration frozen = Duration.ZERO;

    Cluster() {
      List.of(STATE, ONE, OTHER, LEDGER)
          .forEach(partition -> logs.put(partition, new ArrayList<>()));
    }

    List<ConsumerRecord<byte[], byte[]>> log(TopicPartition partition) {
      return logs.getOrDefault(partition, List.of());
    }

    void add(TopicPartition partition, String event, byte[] value, Instant at) {
      List<ConsumerRecord<byte[], byte[]>> log = log(partition);
      RecordHeaders headers = new RecordHeaders();
      headers.add(Headers.EVENT, event.getBytes(StandardCharsets.UTF_8));
      log.add(
          new ConsumerRecord<>(
              partition.topic(),
              partition.partition(),
              log.size(),
              at.toEpochMilli(),
              TimestampType.CREATE_TIME,
              1,
              value.length,
              new byte[] {1},
              value,
              headers,
              Optional.empty()));
    }
  }

  /** Gives out of each partition what it has not given out, as a fetch would. */
  private static final class Reader extends MockConsumer<byte[], byte[]> {
    private final Cluster cluster;

    Reader(Cluster cluster) {
      super("earliest");
      this.cluster = cluster;
      cluster.logs.keySet().stream()
          .map(TopicPartition::topic)
          .distinct()
          .forEach(topic ->
              updatePartitions(
                  topic,
                  cluster.logs.keySet().stream()
                      .filter(partition -> partition.topic().equals(topic))
                      .map(partition ->
                          new PartitionInfo(
                              topic,
                              partition.partition(),
                              Node.noNode(),
                              new Node[0],
                              new Node[0]))
                      .toList()));
      Map<TopicPartition, Long> begin = new HashMap<>();
      cluster.logs.keySet().forEach(partition -> begin.put(partition, 0L));
      updateBeginningOffsets(begin);
      ends();
    }

    private void ends() {
      Map<TopicPartition, Long> ends = new HashMap<>();
      cluster.logs.forEach((partition, log) -> ends.put(partition, (long) log.size()));
      updateEndOffsets(ends);
    }

    @Override
    public synchronized org.apache.kafka.clients.consumer.ConsumerRecords<byte[], byte[]> poll(
        Duration timeout) {
      ends();
      try {
        Thread.sleep(cluster.frozen);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      cluster.frozen = Duration.ZERO;
      for (TopicPartition partition : assignment()) {
        cluster.log(partition).stream().skip(position(partition)).forEach(this::addRecord);
      }
      return super.poll(timeout);
    }

    @Override
    public synchronized Map<TopicPartition, OffsetAndTimestamp> offsetsForTimes(
        Map<TopicPartition, Long> times, Duration timeout) {
      Map<TopicPartition, OffsetAndTimestamp> found = new HashMap<>();
      times.forEach((partition, time) ->
          cluster.log(partition).stream()
              .filter(record -> record.timestamp() >= time)
              .findFirst()
              .ifPresent(record ->
                  found.put(
                      partition, new OffsetAndTimestamp(record.offset(), record.timestamp()))));
      return found;
    }
  }

  private static MockProducer<byte[], byte[]> producer() {
    return new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private Term begin() {
    producer = producer();
    return Term.begin(
        new Term.Office(
            TOPICS,
            RULES,
            List.of(delivery),
            board,
            new AlertMeters(registry, "g", RULES, board),
            clock,
            Duration.ofMillis(1),
            sessionTimeout,
            100),
        new Reader(cluster),
        producer);
  }

  private static byte[] failure(String source, long seq, Instant at) {
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("timestamp", at.toString());
    record.put("event", "http.request.failed");
    record.put("source", source);
    record.put("seq", seq);
    return Json.write(record);
  }

  private void fail(TopicPartition partition, String source, int times) {
    for (int i = 0; i < times; i++) {
      long seq = cluster.log(partition).size() + 1L;
      cluster.add(
          partition, "http.request.failed", failure(source, seq, clock.instant()), clock.instant());
    }
  }

  private StoredState lastState() throws IOException {
    byte[] last = new byte[0];
    for (ProducerRecord<byte[], byte[]> each : producer.history()) {
      if (each.topic().equals(STATE.topic())) {
        last = each.value();
      }
    }
    return StoredState.read(last);
  }

  /** Evaluates once after this time. */
  private void after(Term term, Duration time) throws IOException {
    clock.advance(time);
    boolean evaluated = false;
    while (!evaluated) {
      evaluated = term.turn();
    }
  }

  private Alert alert() {
    assertThat(board.view().alerts()).hasSize(1);
    return board.view().alerts().getFirst();
  }

  @Test
  void partitionsOfWhichNothingComesDelayNoAlertAndKeepNone() throws Exception {
    try (Term term = begin()) {
      fail(OTHER, "b", 1);
      after(term, Duration.ofSeconds(1));
      // From now on the other one is silent, and the ledger has never said anything.
      Instant before = clock.instant();
      fail(ONE, "a", 5);
      after(term, Duration.ofSeconds(5));
      assertThat(alert().status()).isEqualTo(Alert.Status.FIRING);
      assertThat(alert().startsAt()).isBetween(before, clock.instant());
      for (int minute = 0; minute < 10; minute++) {
        cluster.add(ONE, "log", new byte[] {'x'}, clock.instant());
        after(term, Duration.ofMinutes(1));
        assertThat(board.view().evaluatedAt()).isEqualTo(clock.instant());
      }
      assertThat(alert().status()).isEqualTo(Alert.Status.RESOLVED);
      assertThat(alert().endsAt()).isBefore(before.plusSeconds(90));
    }
  }

  @Test
  void aStateThatLostItsPanesKeepsItsAlertsAndIsMeasuredAgain() throws Exception {
    try (Term term = begin()) {
      fail(ONE, "a", 5);
      after(term, Duration.ofSeconds(5));
      assertThat(alert().status()).isEqualTo(Alert.Status.FIRING);
    }
    Alert before = alert();
    StoredState state = lastState();
    StoredState.Packed packed = state.pack(state.write().length - 1);
    assertThat(packed.lacks()).isEqualTo("what was measured");
    cluster.add(STATE, "", packed.bytes(), clock.instant());
    try (Term term = begin()) {
      after(term, Duration.ofSeconds(5));
      assertThat(alert().status()).isEqualTo(Alert.Status.FIRING);
      assertThat(alert().startsAt()).isEqualTo(before.startsAt());
      assertThat(board.view().byRule().getOrDefault("Failing", List.of()).getFirst().samples())
          .as("read again, once")
          .isEqualTo(5);
      after(term, Duration.ofSeconds(60));
      assertThat(alert().status()).isEqualTo(Alert.Status.RESOLVED);
    }
  }

  @Test
  void whateverFitsOfAStateCanBeGoneOnFrom() throws Exception {
    try (Term term = begin()) {
      fail(ONE, "a", 5);
      after(term, Duration.ofSeconds(5));
    }
    StoredState state = lastState();
    for (int max = state.write().length; max > 0; max--) {
      StoredState.Packed packed = state.pack(max);
      StoredState read = StoredState.read(packed.bytes());
      assertThat(read.offsets().isEmpty()).isEqualTo(!packed.lacks().isEmpty());
      if (packed.lacks().equals("all alerts")) {
        assertThat(read.snapshot().series()).isEmpty();
        assertThat(read.snapshot().at()).isEqualTo(state.snapshot().at());
        return;
      }
      assertThat(packed.bytes().length).isLessThanOrEqualTo(max);
    }
  }

  @Test
  void whoWasFrozenWhileItReadCommitsBeforeItTellsAnybody() throws Exception {
    sessionTimeout = Duration.ofMillis(500);
    try (Term term = begin()) {
      after(term, Duration.ofSeconds(5));
      long commits = producer.commitCount();
      after(term, Duration.ofSeconds(5));
      assertThat(producer.commitCount()).as("nothing has changed").isEqualTo(commits);
      cluster.frozen = Duration.ofMillis(600);
      after(term, Duration.ofSeconds(5));
      assertThat(producer.commitCount()).isEqualTo(commits + 1);
    }
  }

  @Test
  void whoWasNotHeardOfForLongerThanASessionCommitsBeforeItTellsAnybody() throws Exception {
    sessionTimeout = Duration.ofNanos(1);
    try (Term term = begin()) {
      after(term, Duration.ofSeconds(5));
      long commits = producer.commitCount();
      // Nothing has changed: it would commit once a minute.
      after(term, Duration.ofSeconds(5));
      assertThat(producer.commitCount()).isEqualTo(commits + 1);
      producer.fenceProducer();
      fail(ONE, "a", 5);
      clock.advance(Duration.ofSeconds(5));
      org.assertj.core.api.Assertions.assertThatThrownBy(() -> after(term, Duration.ZERO))
          .isInstanceOf(org.apache.kafka.common.errors.ProducerFencedException.class);
      assertThat(board.view().alerts()).isEmpty();
    }
  }
}
