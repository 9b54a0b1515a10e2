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
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * One term of office: from taking over to standing down this shipper evaluates, and what it knows
 * meanwhile is forgotten together. For the thread of {@link EvaluatorLoop} only.
 *
 * <p>The time of an evaluation is the wall clock's while there is nothing left to read, so that
 * windows move on over a silent system. Behind a backlog it is the time up to which every partition
 * that lags has been read: a shipper that takes over goes through the same evaluations that the
 * last one would have made, and finds the same alerts with the same {@code startsAt}.
 */
final class Term implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Term.class);

  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration KAFKA_TIMEOUT = Duration.ofSeconds(10);

  /** A state is written at least so often, though nothing happens. */
  private static final Duration MAX_SILENCE = Duration.ofMinutes(1);

  /** A partition of which nothing comes holds the evaluation back no longer than this. */
  private static final Duration MAX_PATIENCE = Duration.ofSeconds(30);

  /** After a longer pause than this many evaluations, only the last ones are made. */
  private static final int MAX_STEPS = 2_000;

  private static final int MAX_RECORD_BYTES = 1 << 20;
  private static final Instant EARLIEST = Instant.parse("2020-01-01T00:00:00Z");

  private final Office office;
  private final Consumer<byte[], byte[]> records;
  private final Producer<byte[], byte[]> producer;
  private final Evaluator evaluator;
  private final Map<TopicPartition, Long> offsets;
  private final Map<TopicPartition, Read> readUpTo = new HashMap<>();
  private final List<Alert> changed = new ArrayList<>();
  private final long beganAt = System.nanoTime();
  private long evaluatedAt = System.nanoTime();
  private long writtenAt = System.nanoTime() - MAX_SILENCE.toNanos();
  private long turnedAt = System.nanoTime();

  /** Whether nobody can have taken over since the last commit or turn. */
  private boolean inOffice = true;

  private String lacks = "";
  private boolean dirty;

  /** What every term has to do with. */
  record Office(
      Topics topics,
      Rules rules,
      List<Delivery> deliveries,
      Board board,
      AlertMeters meters,
      Clock clock,
      Duration interval,
      Duration sessionTimeout,
      int maxSeries) {}

  /**
   * How far a partition was read.
   *
   * @param upTo Kafka's time of the last record, in milliseconds
   * @param at when that was, in nanoseconds
   */
  private record Read(long upTo, long at) {}

  private Term(
      Office office,
      Consumer<byte[], byte[]> records,
      Producer<byte[], byte[]> producer,
      Evaluator evaluator,
      Map<TopicPartition, Long> offsets) {
    this.office = office;
    this.records = records;
    this.producer = producer;
    this.evaluator = evaluator;
    this.offsets = offsets;
  }

  /**
   * @param records is assigned what is to be read
   * @param producer of the one transactional id, not yet begun with; it is closed with the term, or
   *     here if taking over fails
   */
  static Term begin(
      Office office, Consumer<byte[], byte[]> records, Producer<byte[], byte[]> producer) {
    try {
      // 1. From here on the predecessor can commit nothing; what it has open is aborted.
      producer.initTransactions();
      // 2. So this is the last state, and will be until we write one.
      StoredState state = new StateReader(records, office.topics()).last();
      Rules rules = office.rules();
      Instant now = office.clock().instant();
      Evaluator evaluator =
          state == null
              ? new Evaluator(rules, now, office.maxSeries())
              : Evaluator.restore(rules, state.snapshot(), office.maxSeries());
      Map<TopicPartition, Long> offsets = seek(office, records, state, now);
      if (state != null) {
        for (Delivery delivery : office.deliveries()) {
          delivery.restore(state.told().getOrDefault(delivery.name(), List.of()));
        }
      }
      log.info(
          "evaluates alerts from now on, {} rules, {}",
          rules.all().size(),
          state == null ? "for the first time" : "from the state of " + state.snapshot().at());
      return new Term(office, records, producer, evaluator, offsets);
    } catch (RuntimeException failed) {
      producer.close(Duration.ZERO);
      throw failed;
    }
  }

  /** Reads on from the state, or from where the longest window begins, whichever is later. */
  private static Map<TopicPartition, Long> seek(
      Office office, Consumer<byte[], byte[]> records, @Nullable StoredState state, Instant now) {
    Set<TopicPartition> all = new HashSet<>();
    for (String topic : List.of(office.topics().telemetry(), office.topics().telemetryLedger())) {
      for (PartitionInfo info : records.partitionsFor(topic, KAFKA_TIMEOUT)) {
        all.add(new TopicPartition(topic, info.partition()));
      }
    }
    records.assign(all);
    long windowBegin = now.minus(office.rules().longestWindow()).toEpochMilli();
    // A state that was too large to be kept whole has no offsets: its windows are measured again.
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

  /**
   * Reads what there is, for a short time, and evaluates when it is time to.
   *
   * @return whether it has evaluated
   */
  boolean turn() throws IOException {
    noteTheTime();
    take(records.poll(POLL));
    // If it was frozen, then most likely there.
    noteTheTime();
    if (System.nanoTime() - evaluatedAt < office.interval().toNanos()) {
      return false;
    }
    evaluate();
    return true;
  }

  /**
   * Whoever was not heard of for longer than a session, because the process was frozen, may have
   * been replaced and does not know yet. A commit will tell; until then nobody is notified.
   */
  private void noteTheTime() {
    long now = System.nanoTime();
    if (now - turnedAt > office.sessionTimeout().toNanos()) {
      inOffice = false;
      dirty = true;
    } else if (inOffice) {
      office.deliveries().forEach(delivery -> delivery.inOfficeAt(now));
    }
    turnedAt = now;
  }

  /**
   * Writes a last state, for the next evaluator: also for what has been told since the last one.
   */
  void end() throws IOException {
    dirty = true;
    write();
  }

  /** Stands down. What is open is not committed, and the successor tells from now on. */
  @Override
  public void close() {
    producer.close(Duration.ZERO);
    office.meters().lag().unknown();
    office.deliveries().forEach(delivery -> delivery.want(List.of()));
    log.info("evaluates alerts no longer");
  }

  // ---- reading

  private void take(ConsumerRecords<byte[], byte[]> batch) {
    for (TopicPartition partition : batch.partitions()) {
      for (ConsumerRecord<byte[], byte[]> record : batch.records(partition)) {
        takeOne(record);
      }
      readUpTo.put(
          partition, new Read(batch.records(partition).getLast().timestamp(), System.nanoTime()));
      offsets.put(partition, records.position(partition, KAFKA_TIMEOUT));
      dirty = true;
    }
  }

  private void takeOne(ConsumerRecord<byte[], byte[]> record) {
    byte[] value = record.value();
    if (value == null || value.length == 0) {
      return;
    }
    Header event = record.headers().lastHeader(Headers.EVENT);
    // Most records are lines that no rule looks at: they are not even parsed.
    if (event != null
        && event.value() != null
        && !evaluator.wants(new String(event.value(), StandardCharsets.UTF_8))) {
      return;
    }
    if (value.length > MAX_RECORD_BYTES) {
      office.meters().unreadable();
      return;
    }
    try {
      JsonNode fields = Json.tree(value);
      if (fields.isObject()) {
        evaluator.add(fields, time(fields, record.timestamp()));
      }
    } catch (JacksonException | IllegalArgumentException unreadable) {
      // The intake sets it aside with its reason.
      office.meters().unreadable();
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

  // ---- evaluating

  private void evaluate() throws IOException {
    long begun = System.nanoTime();
    evaluatedAt = begun;
    Duration interval = office.interval();
    Instant to = horizon();
    Instant at = evaluator.at();
    if (at.plus(interval.multipliedBy(MAX_STEPS)).isBefore(to)) {
      at = to.minus(interval.multipliedBy(MAX_STEPS));
    }
    // Behind a backlog time moves in the steps that it would have moved in without it.
    for (Instant step = at.plus(interval); step.isBefore(to); step = step.plus(interval)) {
      changed.addAll(evaluator.evaluate(step));
    }
    changed.addAll(evaluator.evaluate(to));
    write();
    office.meters().evaluated(System.nanoTime() - begun, evaluator);
  }

  /** Up to when everything has been read. */
  private Instant horizon() {
    Instant horizon = office.clock().instant();
    for (TopicPartition partition : records.assignment()) {
      OptionalLong lag = records.currentLag(partition);
      office.meters().lag().set(partition.topic(), partition.partition(), lag.orElse(0));
      Read read = readUpTo.get(partition);
      long lastAt = read == null ? beganAt : read.at();
      // One that cannot be read, for want of a leader say, must not silence all others.
      boolean patient = System.nanoTime() - lastAt < MAX_PATIENCE.toNanos();
      boolean behind = lag.isPresent() ? lag.getAsLong() > 0 : read == null;
      if (behind && patient) {
        Instant upTo = read == null ? evaluator.at() : Instant.ofEpochMilli(read.upTo());
        horizon = upTo.isBefore(horizon) ? upTo : horizon;
      }
    }
    return horizon;
  }

  // ---- writing and telling

  private void write() throws IOException {
    boolean silent = System.nanoTime() - writtenAt < MAX_SILENCE.toNanos();
    if (!dirty && changed.isEmpty() && silent) {
      show();
      return;
    }
    byte[] state = state();
    Topics topics = office.topics();
    // 1. State, offsets and changes become true together, or not at all.
    //    What a send meets with, the commit throws.
    producer.beginTransaction();
    var _ = producer.send(new ProducerRecord<>(topics.alertsState(), 0, StoredState.KEY, state));
    for (Alert alert : changed) {
      var _ =
          producer.send(
              new ProducerRecord<>(
                  topics.alerts(),
                  alert.series().getBytes(StandardCharsets.UTF_8),
                  Json.write(alert)));
    }
    producer.commitTransaction();
    // 2. Only then is anybody told: a predecessor that was fenced off has said nothing.
    long committedAt = System.nanoTime();
    inOffice = true;
    turnedAt = committedAt;
    writtenAt = committedAt;
    changed.clear();
    dirty = false;
    // Before they are told what to tell, which wakes them up.
    office.deliveries().forEach(delivery -> delivery.inOfficeAt(committedAt));
    show();
  }

  private byte[] state() throws IOException {
    Map<String, Map<Integer, Long>> read = new TreeMap<>();
    offsets.forEach((partition, offset) ->
        read.computeIfAbsent(partition.topic(), _ -> new TreeMap<>())
            .put(partition.partition(), offset));
    Map<String, List<String>> told = new LinkedHashMap<>();
    office.deliveries().forEach(delivery -> told.put(delivery.name(), delivery.told()));
    StoredState state = new StoredState(read, evaluator.snapshot(), told);
    StoredState.Packed packed = state.pack(EvaluatorClients.MAX_STATE_BYTES);
    office.meters().stateSize(packed.bytes().length);
    if (!packed.lacks().equals(lacks) && !packed.lacks().isEmpty()) {
      log.warn(
          "the state of the alerts is larger than {} bytes and is kept without {}: whoever goes on"
              + " with it reads all that is in the windows again; fewer series"
              + " (SPOOR_ALERTS_MAX_SERIES) would help",
          EvaluatorClients.MAX_STATE_BYTES,
          packed.lacks());
    }
    lacks = packed.lacks();
    return packed.bytes();
  }

  private void show() {
    office.board().show(evaluator, true);
    List<Alert> alerts = office.board().view().alerts();
    office.deliveries().forEach(delivery -> delivery.want(alerts));
  }
}
