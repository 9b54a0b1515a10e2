package dev.spoor.shipper.alerts;

import dev.spoor.alert.evaluation.Alert;
import dev.spoor.alert.evaluation.Evaluator;
import dev.spoor.alert.rule.Rules;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Headers;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Evaluates, or stands by. One platform thread.
 *
 * <p>The shippers form a consumer group on the one partition of {@code alerts.state}; who has it
 * evaluates. It reads all partitions of the telemetry topics by itself, from the offsets in the
 * last state, and writes offsets, panes and rule states as one record of {@code alerts.state}, and
 * the alerts that changed to {@code alerts}, in one transaction. The transactional id is the same
 * for all, so that a predecessor that only seemed dead can write no more; what it could not write
 * it does not tell anyone either, since notifications follow the commit.
 *
 * <p>The time of an evaluation is the wall clock's while there is nothing left to read, so that
 * windows move on over a silent system. Behind a backlog it is the time up to which every partition
 * that lags has been read: a shipper that takes over goes through the same evaluations that the
 * last one would have made, and finds the same alerts with the same {@code startsAt}.
 *
 * <p>Whatever fails, the answer is the same: forget everything and begin from the last committed
 * state.
 */
final class EvaluatorLoop implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(EvaluatorLoop.class);

  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration KAFKA_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration FIRST_BACKOFF = Duration.ofMillis(200);
  private static final Duration MAX_BACKOFF = Duration.ofSeconds(15);

  /** A state is written at least so often, though nothing happens. */
  private static final Duration MAX_SILENCE = Duration.ofMinutes(1);

  /** A partition of which nothing comes holds the evaluation back no longer than this. */
  private static final Duration MAX_PATIENCE = Duration.ofSeconds(30);

  /** Records and markers at the end of the state's partition among which the last state must be. */
  private static final long STATE_TAIL = 20;

  /** After a longer pause than this many evaluations, only the last ones are made. */
  private static final int MAX_STEPS = 2_000;

  private static final int MAX_RECORD_BYTES = 1 << 20;
  private static final Instant EARLIEST = Instant.parse("2020-01-01T00:00:00Z");

  private final EvaluatorClients clients;
  private final Topics topics;
  private final Rules rules;
  private final List<Delivery> deliveries;
  private final Board board;
  private final AlertMeters meters;
  private final Clock clock;
  private final Duration interval;
  private final int maxSeries;
  private final TopicPartition statePartition;

  private @Nullable Consumer<byte[], byte[]> ownership;
  private @Nullable Consumer<byte[], byte[]> reader;
  private @Nullable Term term;
  private boolean owner;
  private long lastLook = System.nanoTime() - Duration.ofHours(1).toNanos();
  private Duration backoff = FIRST_BACKOFF;

  private volatile boolean stopping;

  /**
   * How far a partition was read.
   *
   * @param upTo Kafka's time of the last record, in milliseconds
   * @param at when that was, in nanoseconds
   */
  private record Read(long upTo, long at) {}

  /** From taking over to standing down: what is there to be forgotten together. */
  private static final class Term {
    final Evaluator evaluator;
    final Producer<byte[], byte[]> producer;
    final Map<TopicPartition, Long> offsets;
    final Map<TopicPartition, Read> readUpTo = new HashMap<>();
    final List<Alert> changed = new ArrayList<>();
    final long beganAt = System.nanoTime();
    long evaluatedAt = System.nanoTime();
    long writtenAt = System.nanoTime() - MAX_SILENCE.toNanos();
    boolean dirty;

    Term(
        Evaluator evaluator, Producer<byte[], byte[]> producer, Map<TopicPartition, Long> offsets) {
      this.evaluator = evaluator;
      this.producer = producer;
      this.offsets = offsets;
    }
  }

  EvaluatorLoop(
      EvaluatorClients clients,
      Topics topics,
      Rules rules,
      List<Delivery> deliveries,
      Board board,
      AlertMeters meters,
      Clock clock,
      Duration interval,
      int maxSeries) {
    this.clients = clients;
    this.topics = topics;
    this.rules = rules;
    this.deliveries = List.copyOf(deliveries);
    this.board = board;
    this.meters = meters;
    this.clock = clock;
    this.interval = interval;
    this.maxSeries = maxSeries;
    this.statePartition = new TopicPartition(topics.alertsState(), 0);
  }

  /** Ends the loop soon, after a last state. May be called by any thread. */
  void stop() {
    stopping = true;
  }

  @Override
  public void run() {
    while (!stopping) {
      try {
        Consumer<byte[], byte[]> group = clients.ownership();
        ownership = group;
        Consumer<byte[], byte[]> records = clients.reader();
        reader = records;
        awaitTopics(records);
        group.subscribe(List.of(topics.alertsState()), new Turns());
        while (!stopping) {
          turn(group, records);
        }
        lastState();
      } catch (WakeupException | InterruptException stop) {
        stopping = true;
      } catch (IOException | RuntimeException fault) {
        log.atWarn()
            .setCause(fault)
            .log(
                "alerts cannot be evaluated ({}); begins again from the last state in {} ms",
                fault.getMessage(),
                backoff.toMillis());
        closeAll();
        pauseThread(backoff);
        Duration doubled = backoff.multipliedBy(2);
        backoff = doubled.compareTo(MAX_BACKOFF) > 0 ? MAX_BACKOFF : doubled;
      } finally {
        closeAll();
      }
    }
  }

  private void closeAll() {
    standDown();
    owner = false;
    if (reader != null) {
      reader.close(CloseOptions.timeout(Duration.ofSeconds(1)));
      reader = null;
    }
    if (ownership != null) {
      ownership.close(CloseOptions.timeout(Duration.ofSeconds(2)));
      ownership = null;
    }
  }

  /** A gateway makes the topics. */
  private void awaitTopics(Consumer<byte[], byte[]> records) {
    boolean said = false;
    while (!stopping) {
      boolean all = true;
      for (String topic :
          List.of(
              topics.alertsState(),
              topics.alerts(),
              topics.telemetry(),
              topics.telemetryLedger())) {
        try {
          List<PartitionInfo> partitions = records.partitionsFor(topic, Duration.ofSeconds(5));
          all &= partitions != null && !partitions.isEmpty();
        } catch (KafkaException notYet) {
          if (notYet instanceof InterruptException) {
            throw notYet;
          }
          all = false;
        }
        if (stopping || !all) {
          break;
        }
      }
      if (all) {
        return;
      }
      if (!said) {
        said = true;
        log.info("waiting for the topics of alerts, which a gateway makes when it starts");
      }
      pauseThread(Duration.ofMillis(250));
    }
  }

  private void turn(Consumer<byte[], byte[]> group, Consumer<byte[], byte[]> records)
      throws IOException {
    // The group is asked first: who is no longer the owner must not begin anything.
    group.poll(owner ? Duration.ZERO : POLL);
    Term now = term;
    if (owner && now == null) {
      term = takeOver(records);
    } else if (!owner && now != null) {
      standDown();
    } else if (now != null) {
      take(now, records.poll(POLL), records);
      if (System.nanoTime() - now.evaluatedAt >= interval.toNanos()) {
        evaluate(now, records);
        backoff = FIRST_BACKOFF;
      }
    } else if (System.nanoTime() - lastLook >= interval.toNanos()) {
      look(records);
    }
  }

  // ---- standing by

  /** What the owner has found, for those who ask here. */
  private void look(Consumer<byte[], byte[]> records) {
    lastLook = System.nanoTime();
    StoredState state = lastState(records);
    if (state != null) {
      board.show(Evaluator.restore(rules, state.snapshot(), maxSeries), false);
    }
  }

  /** The newest state that can be read; null if there is none. */
  private @Nullable StoredState lastState(Consumer<byte[], byte[]> records) {
    List<TopicPartition> only = List.of(statePartition);
    records.assign(only);
    long begin = records.beginningOffsets(only, KAFKA_TIMEOUT).getOrDefault(statePartition, 0L);
    long end = records.endOffsets(only, KAFKA_TIMEOUT).getOrDefault(statePartition, 0L);
    byte[] newest = newest(records, Math.max(begin, end - STATE_TAIL), end);
    if (newest == null && begin < end - STATE_TAIL) {
      newest = newest(records, begin, end);
    }
    if (newest == null) {
      return null;
    }
    try {
      return StoredState.read(newest);
    } catch (IOException unreadable) {
      // Better without a memory than without alerts.
      log.warn("the state of the alerts cannot be read; it begins anew", unreadable);
      return null;
    }
  }

  private byte @Nullable [] newest(Consumer<byte[], byte[]> records, long from, long end) {
    byte[] newest = null;
    records.seek(statePartition, from);
    long limit = System.nanoTime() + KAFKA_TIMEOUT.toNanos();
    while (records.position(statePartition, KAFKA_TIMEOUT) < end) {
      for (ConsumerRecord<byte[], byte[]> record : records.poll(POLL)) {
        if (record.value() != null) {
          newest = record.value();
        }
      }
      if (System.nanoTime() - limit > 0) {
        throw new KafkaException("the state of the alerts does not come within " + KAFKA_TIMEOUT);
      }
    }
    return newest;
  }

  // ---- evaluating

  private Term takeOver(Consumer<byte[], byte[]> records) {
    // 1. From here on the predecessor can commit nothing; what it has open is aborted.
    Producer<byte[], byte[]> producer = clients.transactional();
    try {
      producer.initTransactions();
      // 2. So this is the last state, and will be until we write one.
      StoredState state = lastState(records);
      Instant now = clock.instant();
      Evaluator evaluator =
          state == null
              ? new Evaluator(rules, now, maxSeries)
              : Evaluator.restore(rules, state.snapshot(), maxSeries);
      Map<TopicPartition, Long> offsets = begin(records, state, now);
      if (state != null) {
        for (Delivery delivery : deliveries) {
          delivery.restore(state.told().getOrDefault(delivery.name(), List.of()));
        }
      }
      log.info(
          "evaluates alerts from now on, {} rules, {}",
          rules.all().size(),
          state == null ? "for the first time" : "from the state of " + state.snapshot().at());
      return new Term(evaluator, producer, offsets);
    } catch (RuntimeException failed) {
      producer.close(Duration.ZERO);
      throw failed;
    }
  }

  /** Reads on from the state, or from where the longest window begins, whichever is later. */
  private Map<TopicPartition, Long> begin(
      Consumer<byte[], byte[]> records, @Nullable StoredState state, Instant now) {
    Set<TopicPartition> all = new HashSet<>();
    for (String topic : List.of(topics.telemetry(), topics.telemetryLedger())) {
      for (PartitionInfo info : records.partitionsFor(topic, KAFKA_TIMEOUT)) {
        all.add(new TopicPartition(topic, info.partition()));
      }
    }
    records.assign(all);
    long windowBegin = now.minus(rules.longestWindow()).toEpochMilli();
    boolean isLongAgo = state != null && state.snapshot().at().toEpochMilli() < windowBegin;
    Map<TopicPartition, Long> times = new HashMap<>();
    all.forEach(partition -> times.put(partition, windowBegin));
    Map<TopicPartition, OffsetAndTimestamp> found = records.offsetsForTimes(times, KAFKA_TIMEOUT);
    Map<TopicPartition, Long> ends = records.endOffsets(all, KAFKA_TIMEOUT);
    Map<TopicPartition, Long> offsets = new HashMap<>();
    for (TopicPartition partition : all) {
      OffsetAndTimestamp inWindow = found.get(partition);
      long from = inWindow == null ? ends.getOrDefault(partition, 0L) : inWindow.offset();
      Long kept =
          state == null
              ? null
              : state
                  .offsets()
                  .getOrDefault(partition.topic(), Map.of())
                  .get(partition.partition());
      long offset = kept == null ? from : isLongAgo ? Math.max(kept, from) : kept;
      records.seek(partition, offset);
      offsets.put(partition, offset);
    }
    return offsets;
  }

  private void take(
      Term now, ConsumerRecords<byte[], byte[]> batch, Consumer<byte[], byte[]> records) {
    for (TopicPartition partition : batch.partitions()) {
      for (ConsumerRecord<byte[], byte[]> record : batch.records(partition)) {
        takeOne(now, record);
      }
      now.readUpTo.put(
          partition, new Read(batch.records(partition).getLast().timestamp(), System.nanoTime()));
      now.offsets.put(partition, records.position(partition, KAFKA_TIMEOUT));
      now.dirty = true;
    }
  }

  private void takeOne(Term now, ConsumerRecord<byte[], byte[]> record) {
    byte[] value = record.value();
    if (value == null || value.length == 0) {
      return;
    }
    Header event = record.headers().lastHeader(Headers.EVENT);
    // Most records are lines that no rule looks at: they are not even parsed.
    if (event != null
        && event.value() != null
        && !now.evaluator.wants(new String(event.value(), StandardCharsets.UTF_8))) {
      return;
    }
    if (value.length > MAX_RECORD_BYTES) {
      meters.unreadable();
      return;
    }
    try {
      JsonNode fields = Json.tree(value);
      if (fields.isObject()) {
        now.evaluator.add(fields, time(fields, record.timestamp()));
      }
    } catch (JacksonException | IllegalArgumentException unreadable) {
      // The intake sets it aside with its reason.
      meters.unreadable();
    }
  }

  /** The record's own time; Kafka's where that is missing, absurd or of the future. */
  private static Instant time(JsonNode fields, long kafkaMillis) {
    Instant kafka = Instant.ofEpochMilli(Math.max(0, kafkaMillis));
    String text = fields.path(Fields.TIMESTAMP).asString("");
    if (text.isEmpty() || text.length() > 40) {
      return kafka;
    }
    try {
      Instant time = Instant.parse(text);
      return time.isBefore(EARLIEST) || time.isAfter(kafka) ? kafka : time;
    } catch (DateTimeParseException unreadable) {
      return kafka;
    }
  }

  private void evaluate(Term now, Consumer<byte[], byte[]> records) throws IOException {
    long begun = System.nanoTime();
    now.evaluatedAt = begun;
    Instant to = horizon(now, records);
    Evaluator evaluator = now.evaluator;
    Instant at = evaluator.at();
    if (at.plus(interval.multipliedBy(MAX_STEPS)).isBefore(to)) {
      at = to.minus(interval.multipliedBy(MAX_STEPS));
    }
    // Behind a backlog time moves in the steps that it would have moved in without it.
    for (Instant step = at.plus(interval); step.isBefore(to); step = step.plus(interval)) {
      now.changed.addAll(evaluator.evaluate(step));
    }
    now.changed.addAll(evaluator.evaluate(to));
    write(now);
    meters.evaluated(System.nanoTime() - begun, evaluator);
  }

  /** Up to when everything has been read. */
  private Instant horizon(Term now, Consumer<byte[], byte[]> records) {
    Instant horizon = clock.instant();
    for (TopicPartition partition : records.assignment()) {
      OptionalLong lag = records.currentLag(partition);
      meters.lag(partition, lag.orElse(0));
      Read read = now.readUpTo.get(partition);
      long lastAt = read == null ? now.beganAt : read.at();
      // One that cannot be read, for want of a leader say, must not silence all others.
      boolean patient = System.nanoTime() - lastAt < MAX_PATIENCE.toNanos();
      boolean behind = lag.isPresent() ? lag.getAsLong() > 0 : read == null;
      if (behind && patient) {
        Instant upTo = read == null ? now.evaluator.at() : Instant.ofEpochMilli(read.upTo());
        horizon = upTo.isBefore(horizon) ? upTo : horizon;
      }
    }
    return horizon;
  }

  private void write(Term now) throws IOException {
    boolean silent = System.nanoTime() - now.writtenAt < MAX_SILENCE.toNanos();
    if (!now.dirty && now.changed.isEmpty() && silent) {
      show(now);
      return;
    }
    Map<String, Map<Integer, Long>> offsets = new TreeMap<>();
    now.offsets.forEach((partition, offset) ->
        offsets
            .computeIfAbsent(partition.topic(), _ -> new TreeMap<>())
            .put(partition.partition(), offset));
    Map<String, List<String>> told = new LinkedHashMap<>();
    deliveries.forEach(delivery -> told.put(delivery.name(), delivery.told()));
    StoredState state = new StoredState(offsets, now.evaluator.snapshot(), told);
    byte[] bytes = state.write();
    if (bytes.length > EvaluatorClients.MAX_STATE_BYTES) {
      log.warn(
          "the state of the alerts has {} bytes, which no message holds: it is kept without what"
              + " was measured, so that a restart measures anew; fewer series (SPOOR_ALERTS_MAX_SERIES)"
              + " would help",
          bytes.length);
      bytes = state.withoutPanes().write();
    }
    // 1. State, offsets and changes become true together, or not at all.
    //    What a send meets with, the commit throws.
    now.producer.beginTransaction();
    var _ =
        now.producer.send(new ProducerRecord<>(topics.alertsState(), 0, StoredState.KEY, bytes));
    for (Alert alert : now.changed) {
      var _ =
          now.producer.send(
              new ProducerRecord<>(
                  topics.alerts(),
                  alert.series().getBytes(StandardCharsets.UTF_8),
                  Json.write(alert)));
    }
    now.producer.commitTransaction();
    // 2. Only then is anybody told: a predecessor that was fenced off has said nothing.
    now.changed.clear();
    now.dirty = false;
    now.writtenAt = System.nanoTime();
    show(now);
  }

  private void show(Term now) {
    board.show(now.evaluator, true);
    List<Alert> alerts = board.view().alerts();
    deliveries.forEach(delivery -> delivery.want(alerts));
  }

  private void lastState() {
    Term now = term;
    if (now != null) {
      try {
        // Also for what has been told since the last one.
        now.dirty = true;
        write(now);
      } catch (IOException | KafkaException failed) {
        log.warn("the last state was not written; the next evaluator reads a little again", failed);
      }
    }
  }

  private void standDown() {
    Term now = term;
    if (now == null) {
      return;
    }
    term = null;
    now.producer.close(Duration.ZERO);
    meters.noLag();
    // The successor tells from now on.
    deliveries.forEach(delivery -> delivery.want(List.of()));
    log.info("evaluates alerts no longer");
  }

  private void pauseThread(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException stop) {
      stopping = true;
    }
  }

  /** Called within a poll, by the loop's thread. */
  private final class Turns implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      if (partitions.contains(statePartition)) {
        owner = true;
        Consumer<byte[], byte[]> group = ownership;
        if (group != null) {
          group.pause(partitions);
        }
      }
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      if (partitions.contains(statePartition)) {
        lastState();
        owner = false;
      }
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      owner = false;
    }
  }
}
