package dev.spoor.system.shipping;

import dev.spoor.contract.telemetry.Events;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Json;
import dev.spoor.system.bench.Poison;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A stream of records, and for each of them what must become of it. The same seed gives the same
 * stream. Sources whose clocks jump, records that come twice, gaps that are told, records that are
 * odd and yet good, and poison.
 *
 * <p>What is expected is known before a record is handed out, so a store may be compared while the
 * stream goes on. Thread-safe.
 */
final class DrillPlan {
  private static final int MAX_TOLD = 20;

  /** Between two records of the stream: a million of them are of two days. */
  private static final Duration APART = Duration.ofMillis(172);

  private static final Instant EARLIEST = Instant.parse("2020-01-01T00:00:00Z");

  /** How far a source's clock may be off. Beyond 2020 and a day ahead the shipper repairs it. */
  private static final List<Duration> OFF =
      List.of(
          Duration.ZERO,
          Duration.ofHours(-1),
          Duration.ofDays(-1),
          Duration.ofHours(20),
          Duration.ofDays(-400),
          Duration.ofDays(-5 * 365),
          Duration.ofDays(-10 * 365),
          Duration.ofDays(3 * 365));

  private final Random random;
  private final int records;
  private final double poisonRatio;
  private final List<Poison> kinds;
  private final Instant start;
  private final List<Source> sources = new ArrayList<>();
  private final Map<String, Source> byName = new HashMap<>();
  private final Deque<Message> again = new ArrayDeque<>();
  private final Map<Poison, Integer> poisoned = new EnumMap<>(Poison.class);
  private final List<Poison> letters = new ArrayList<>();
  private final List<Long> letterHashes = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();
  private long faultCount;
  private int made;
  private int closed;
  private int tenMegabytes;
  private long good;
  private long twice;
  private long stored;

  /**
   * One record for the topic.
   *
   * @param seq of its header, null for none
   * @param letter number of the dead letter that it must become, null if it is good
   * @param kafkaMillis its time in the topic
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Message(
      byte[] key, @Nullable Long seq, @Nullable Integer letter, byte[] value, long kafkaMillis) {}

  /** One source, and what is expected of it. */
  private static final class Source {
    final String name;
    final byte[] key;
    long seq;
    Duration off = Duration.ZERO;
    long good;
    long letters;
    long twice;
    final Map<String, Long> dropped = new TreeMap<>();
    long[] hashes = new long[64];
    int[] days = new int[64];

    /** 0 for a record that must not be stored, 1 for one that must, 2 if it is. */
    byte[] states = new byte[64];

    Source(String name) {
      this.name = name;
      this.key = name.getBytes(StandardCharsets.UTF_8);
    }

    void expect(long hash, Instant time) {
      int at = (int) seq;
      if (at >= states.length) {
        hashes = Arrays.copyOf(hashes, at * 2);
        days = Arrays.copyOf(days, at * 2);
        states = Arrays.copyOf(states, at * 2);
      }
      hashes[at] = hash;
      days[at] = day(time);
      states[at] = 1;
      good++;
    }
  }

  /**
   * @param records good ones, poison and gaps; not what comes twice or closes a source
   * @param poisonRatio of them
   * @param tenMegabytes how many of the poisoned ones are that large
   * @param now the end of the time that the records are of
   */
  DrillPlan(
      long seed,
      int records,
      int sources,
      double poisonRatio,
      int tenMegabytes,
      List<Poison> kinds,
      Instant now) {
    this.random = new Random(seed);
    this.records = records;
    this.poisonRatio = poisonRatio;
    this.tenMegabytes = tenMegabytes;
    this.kinds = List.copyOf(kinds);
    // As exact as times in a topic are.
    this.start = now.minus(APART.multipliedBy(records)).truncatedTo(ChronoUnit.MILLIS);
    for (int i = 0; i < sources; i++) {
      Source source = new Source("drill-" + seed + "-" + i + "-bulk");
      this.sources.add(source);
      byName.put(source.name, source);
    }
  }

  static int day(Instant time) {
    return (int) LocalDate.ofInstant(time, ZoneOffset.UTC).toEpochDay();
  }

  /** How many of {@code records} have been handed out. */
  synchronized int made() {
    return made;
  }

  /** The next one, null at the end. */
  synchronized @Nullable Message next() {
    if (!again.isEmpty() && random.nextInt(20) == 0) {
      return again.removeFirst();
    }
    if (made < records) {
      made++;
      Source source = sources.get(random.nextInt(sources.size()));
      Message message = one(source);
      if (message.value.length < 1_000_000 && message.seq != null && random.nextInt(200) == 0) {
        // Its acknowledgement was lost, say; so it comes twice.
        again.addLast(message);
        twice++;
        source.twice++;
      }
      return message;
    }
    if (!again.isEmpty()) {
      return again.removeFirst();
    }
    return closed < sources.size() ? close(sources.get(closed++)) : null;
  }

  private Instant kafkaTime() {
    return start.plus(APART.multipliedBy(made));
  }

  private Message one(Source source) {
    if (random.nextInt(300) == 0) {
      source.off = OFF.get(random.nextInt(OFF.size()));
    }
    Instant kafka = kafkaTime();
    if (tenMegabytes > 0 && random.nextInt(Math.max(1, records - made + 1)) < tenMegabytes) {
      tenMegabytes--;
      return poison(Poison.TEN_MEGABYTES, source, kafka);
    }
    if (random.nextDouble() < poisonRatio) {
      return poison(kinds.get(random.nextInt(kinds.size())), source, kafka);
    }
    source.seq++;
    Map<String, Object> fields = fields(source, kafka);
    switch (random.nextInt(1_000)) {
      case 0 -> {
        // The process dropped some, and says so.
        long from = source.seq;
        source.seq += 5;
        fields.put(Fields.EVENT, Events.GAP);
        fields.put(Fields.GAP_SOURCE, source.name);
        fields.put(Fields.FROM, from);
        fields.put(Fields.TO, source.seq - 1);
        fields.put(Fields.REASON, "journal_full");
        fields.put(Fields.SEQ, source.seq);
        source.dropped.merge("journal_full", 5L, Long::sum);
      }
      case 1, 2 ->
          fields.put(
              Fields.MESSAGE,
              "first\n2026-01-01T00:00:00Z ERROR forged\r\n{\"create\":{}}\u0007\u0000\u001b[31m");
      case 3, 4 -> {
        // Values that fit no mapping.
        fields.put(Fields.DURATION_MS, "soon");
        fields.put(Fields.LABELS, List.of("no", "object"));
      }
      case 5 -> fields.remove(Fields.TIMESTAMP);
      case 6 -> fields.put(Fields.TIMESTAMP, "yesterday");
      case 7 -> {
        byte[] spread = Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(fields);
        return good(source, fields, spread, kafka);
      }
      default -> {}
    }
    return good(source, fields, Json.write(fields), kafka);
  }

  private Map<String, Object> fields(Source source, Instant kafka) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put(Fields.TIMESTAMP, kafka.plus(source.off).plusNanos(random.nextInt(1000)).toString());
    fields.put(Fields.LEVEL, "INFO");
    fields.put(Fields.EVENT, "log");
    fields.put(
        Fields.MESSAGE,
        "step " + random.nextInt(1_000_000) + " of a story that agents tell, with words enough");
    fields.put(Fields.LOGGER, "dev.spoor.worker.execution.Trail");
    fields.put(Fields.SERVICE, "drill");
    fields.put(Fields.INSTANCE, source.name);
    fields.put(Fields.JOB_ID, "job-" + Long.toHexString(random.nextLong()));
    fields.put(Fields.DURATION_MS, random.nextInt(10_000) / 10.0);
    fields.put(Fields.SOURCE, source.name);
    fields.put(Fields.SEQ, source.seq);
    return fields;
  }

  private Message good(Source source, Map<String, Object> fields, byte[] value, Instant kafka) {
    Object timestamp = fields.get(Fields.TIMESTAMP);
    Instant time = timestamp == null ? null : time(timestamp.toString(), kafka);
    byte[] kept = value;
    if (time == null) {
      // As the records' page of the docs has it: Kafka's time, and the original beside it.
      Map<String, Object> repaired = new LinkedHashMap<>(fields);
      if (timestamp != null) {
        repaired.put(Fields.TIMESTAMP_ORIGINAL, timestamp);
      }
      repaired.put(Fields.TIMESTAMP, kafka.toString());
      kept = Json.write(repaired);
      time = kafka;
    }
    source.expect(hash(kept), time);
    good++;
    return new Message(source.key, source.seq, null, value, kafka.toEpochMilli());
  }

  private static @Nullable Instant time(String text, Instant kafka) {
    if (text.equals("yesterday")) {
      return null;
    }
    Instant time = Instant.parse(text);
    return time.isBefore(EARLIEST) || time.isAfter(kafka.plus(Duration.ofDays(1))) ? null : time;
  }

  private Message poison(Poison kind, Source source, Instant kafka) {
    byte[] value;
    if (kind.hasIdentity()) {
      source.seq++;
      source.letters++;
      value = kind.spoil(fields(source, kafka));
    } else {
      source.seq++;
      value = kind.spoil(fields(source, kafka));
      source.seq--;
    }
    poisoned.merge(kind, 1, Integer::sum);
    letters.add(kind);
    letterHashes.add(hash(value));
    return new Message(
        kind == Poison.WRONG_KEY ? "somebody-else".getBytes(StandardCharsets.UTF_8) : source.key,
        kind.hasIdentity() ? source.seq : null,
        letters.size() - 1,
        value,
        kafka.toEpochMilli());
  }

  private Message close(Source source) {
    Instant kafka = kafkaTime();
    source.seq++;
    source.off = Duration.ZERO;
    Map<String, Object> fields = fields(source, kafka);
    fields.put(Fields.EVENT, Events.SOURCE_CLOSED);
    fields.put(Fields.LAST_SEQ, source.seq - 1);
    return good(source, fields, Json.write(fields), kafka);
  }

  /** What a store says to a document that is created. */
  enum Offered {
    CREATED,
    THERE_ALREADY
  }

  /**
   * A store is about to keep a document under this id.
   *
   * @param day since 1970, of the index
   * @param record its bytes, as they would be read again
   */
  synchronized Offered store(String id, int day, byte[] record) {
    int dash = id.lastIndexOf('-');
    Source source = dash < 0 ? null : byName.get(id.substring(0, dash));
    long seq = source == null ? 0 : Long.parseLong(id.substring(dash + 1));
    if (source == null || seq < 1 || seq >= source.states.length || source.states[(int) seq] == 0) {
      fault("stored, and should not be: " + id);
      return Offered.CREATED;
    }
    int at = (int) seq;
    if (source.states[at] == 2) {
      if (source.days[at] != day) {
        fault("stored twice, in two days' indices: " + id);
      }
      return Offered.THERE_ALREADY;
    }
    if (source.days[at] != day) {
      fault("stored in the index of another day: " + id);
    }
    if (source.hashes[at] != hash(record)) {
      fault("stored with other bytes: " + id);
    }
    source.states[at] = 2;
    stored++;
    return Offered.CREATED;
  }

  /** Good records, of those that were handed out. */
  synchronized long good() {
    return good;
  }

  /** Of these, those that are stored. */
  synchronized long stored() {
    return stored;
  }

  synchronized long twice() {
    return twice;
  }

  synchronized int letters() {
    return letters.size();
  }

  synchronized Map<Poison, Integer> poisoned() {
    return new EnumMap<>(poisoned);
  }

  /** Compares one dead letter with what was sent. */
  synchronized void letter(
      int number, String reason, byte[] value, @Nullable String truncatedFrom) {
    Poison kind = number < letters.size() ? letters.get(number) : null;
    if (kind == null) {
      fault("a dead letter of no poison: " + number);
    } else if (!kind.reason().equals(reason)) {
      fault("the letter of a " + kind + " has the reason " + reason);
    } else if (truncatedFrom == null && letterHashes.get(number) != hash(value)) {
      fault("the letter of a " + kind + " has other bytes");
    } else if (truncatedFrom != null
        && !truncatedFrom.equals(Integer.toString(Poison.MEGABYTES << 20))) {
      fault("the letter of a " + kind + " was cut, from " + truncatedFrom);
    }
  }

  /** Compares the answer of {@code GET /v1/audit}. */
  synchronized void audit(JsonNode audit) {
    if (!audit.path("complete").asBoolean(false)) {
      fault("the audit is not complete");
    }
    if (audit.path("sources").size() != sources.size()) {
      fault("the audit has " + audit.path("sources").size() + " sources of " + sources.size());
    }
    for (JsonNode told : audit.path("sources")) {
      String name = told.path("source").asString("");
      Source source = byName.get(name);
      if (source == null) {
        fault("the audit has a source that nobody is: " + name);
        continue;
      }
      Map<String, Long> dropped = new TreeMap<>();
      told.path("dropped")
          .properties()
          .forEach(each -> dropped.put(each.getKey(), each.getValue().asLong()));
      String is =
          told.path("state").asString("")
              + " stored %d duplicates %d dead-lettered %d last %d dropped %s missing %d"
                  .formatted(
                      told.path("stored").asLong(-1),
                      told.path("duplicates").asLong(-1),
                      told.path("dead_lettered").asLong(-1),
                      told.path("last_seq").asLong(-1),
                      dropped,
                      told.path("missing_records").asLong(-1));
      String should =
          "complete stored %d duplicates %d dead-lettered %d last %d dropped %s missing 0"
              .formatted(source.good, source.twice, source.letters, source.seq, source.dropped);
      if (!is.equals(should)) {
        fault("the audit says of " + name + ": " + is + "; planned was: " + should);
      }
    }
  }

  /** Names those that are not stored, once all should be. */
  synchronized void missing() {
    for (Source source : sources) {
      for (int seq = 1; seq < source.states.length; seq++) {
        if (source.states[seq] == 1) {
          fault("missing: " + source.name + "-" + seq);
        }
      }
    }
  }

  synchronized void fault(String what) {
    faultCount++;
    if (faults.size() < MAX_TOLD) {
      faults.add(what);
    }
  }

  /** What was not as planned; the first ones, and how many there are. */
  synchronized List<String> faults() {
    List<String> told = new ArrayList<>(faults);
    if (faultCount > told.size()) {
      told.add("and " + (faultCount - told.size()) + " more");
    }
    return told;
  }

  private static long hash(byte[] bytes) {
    try {
      return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(bytes)).getLong();
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
