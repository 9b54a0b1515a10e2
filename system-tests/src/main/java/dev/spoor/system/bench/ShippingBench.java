package dev.spoor.system.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.spoor.broker.BrokerSettings;
import dev.spoor.broker.EmbeddedBroker;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.shipper.ingest.IntakeSettings;
import dev.spoor.shipper.ingest.IntakeThread;
import dev.spoor.shipper.stats.StatsSettings;
import dev.spoor.store.Checkpoint;
import dev.spoor.store.PartitionId;
import dev.spoor.store.TelemetryRecord;
import dev.spoor.store.lucene.LuceneStore;
import dev.spoor.store.query.FieldType;
import dev.spoor.store.query.TimeSpan;
import dev.spoor.store.query.Vocabulary;
import dev.spoor.telemetry.redaction.Redactor;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.DoubleField;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.LongField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.FSDirectory;
import tools.jackson.databind.JsonNode;

/**
 * Shipping, topic to Lucene, beside a bare Lucene loop over the same documents: how much of
 * Lucene's speed is left when offsets, audit, duplicates and dead letters are taken care of.
 *
 * <p>Arguments: records (200000), rounds (5; the first warms up and is not counted).
 */
public final class ShippingBench {
  private static final int PARTITIONS = 4;
  private static final int SOURCES = 8;
  private static final String POISONER = "poisoner";

  /** Ours takes 6 MB; 10 MB can come only to one that somebody else has made. */
  private static final int MAX_MESSAGE_BYTES = 12_000_000;

  /** As often as the shipper commits and refreshes while it has a backlog. */
  private static final Duration REFRESH = Duration.ofSeconds(2);

  private final List<byte[]> documents;
  private final Path dir;

  private ShippingBench(List<byte[]> documents, Path dir) {
    this.documents = documents;
    this.dir = dir;
  }

  /** One run of one way. */
  private record Run(double perSecond, double cpuMicros) {}

  private interface Way {
    /** Returns the nanoseconds it took. */
    long run(Path dir) throws Exception;
  }

  public static void main(String[] args) throws Exception {
    int records = args.length > 0 ? Integer.parseInt(args[0]) : 200_000;
    int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
    Path dir = Files.createTempDirectory("spoor-shipping-bench");
    try {
      new ShippingBench(documents(records), dir).compare(rounds);
    } finally {
      remove(dir);
    }
  }

  private void compare(int rounds) throws Exception {
    long bytes = documents.stream().mapToLong(document -> document.length).sum();
    System.out.printf(
        "%d records of %d bytes on average; %s%n",
        documents.size(), bytes / documents.size(), Machine.describe());
    try (EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.in(dir.resolve("kafka")))) {
      KafkaConnection kafka = KafkaConnection.of("127.0.0.1:" + broker.port());
      Topics topics = new Topics("bench.");
      fill(kafka, topics, List.of());
      Topics poisoned = new Topics("poisoned.");
      fill(kafka, poisoned, poison(false));
      Topics large = new Topics("large.");
      fill(kafka, large, poison(true));
      Map<String, Way> ways = new LinkedHashMap<>();
      ways.put("bare Lucene loop, refresh every 2 s, one commit at the end", this::bareLoop);
      ways.put("Spoor's store alone, the same refresh", this::storeAlone);
      ways.put(
          "topic to store through Spoor, commit and refresh every 2 s",
          run -> topicToStore(kafka, topics, run));
      ways.put("the same, with 1 % poison among them", run -> topicToStore(kafka, poisoned, run));
      ways.put(
          "the same, some of the poison of 10 MB: as many bytes as the good ones",
          run -> topicToStore(kafka, large, run));
      Map<String, List<Run>> results = new LinkedHashMap<>();
      for (int round = 0; round < rounds; round++) {
        for (Map.Entry<String, Way> way : ways.entrySet()) {
          Path run = Files.createTempDirectory(dir, "run");
          System.gc();
          long cpu = cpuNanos();
          long nanos = way.getValue().run(run);
          double cpuMicros = (cpuNanos() - cpu) / 1e3 / documents.size();
          remove(run);
          if (round > 0 || rounds == 1) {
            results
                .computeIfAbsent(way.getKey(), none -> new ArrayList<>())
                .add(new Run(documents.size() / (nanos / 1e9), cpuMicros));
          }
        }
      }
      print(results);
    }
  }

  private static void print(Map<String, List<Run>> results) {
    double bare = Double.NaN;
    System.out.println();
    System.out.println("| way | records/s, median (min … max) | of bare | CPU a record |");
    System.out.println("| --- | --- | --- | --- |");
    for (Map.Entry<String, List<Run>> result : results.entrySet()) {
      double[] rates = result.getValue().stream().mapToDouble(Run::perSecond).sorted().toArray();
      double[] cpu = result.getValue().stream().mapToDouble(Run::cpuMicros).sorted().toArray();
      double median = rates[rates.length / 2];
      bare = Double.isNaN(bare) ? median : bare;
      System.out.printf(
          "| %s | %,.0f (%,.0f … %,.0f) | %.0f %% | %.0f µs |%n",
          result.getKey(),
          median,
          rates[0],
          rates[rates.length - 1],
          100 * median / bare,
          cpu[cpu.length / 2]);
    }
    System.out.println();
    System.out.println(
        "CPU is the process's: through the topic it has consumer and broker in it, and merging"
            + " in all.");
  }

  /** What one would write with Lucene at hand: parse, map by the vocabulary, add. */
  private long bareLoop(Path run) throws IOException {
    long start = System.nanoTime();
    IndexWriterConfig config = new IndexWriterConfig(new StandardAnalyzer());
    config.setRAMBufferSizeMB(64);
    try (FSDirectory directory = FSDirectory.open(run);
        IndexWriter writer = new IndexWriter(directory, config);
        SearcherManager searchers = new SearcherManager(writer, null)) {
      long refreshed = System.nanoTime();
      for (byte[] json : documents) {
        writer.addDocument(bareDocument(json));
        if (System.nanoTime() - refreshed > REFRESH.toNanos()) {
          searchers.maybeRefreshBlocking();
          refreshed = System.nanoTime();
        }
      }
      writer.commit();
      return System.nanoTime() - start;
    }
  }

  private static Document bareDocument(byte[] json) {
    Document document = new Document();
    for (Map.Entry<String, JsonNode> field : Json.tree(json).properties()) {
      FieldType type = Vocabulary.typeOf(field.getKey());
      JsonNode value = field.getValue();
      String name = field.getKey();
      switch (type == null ? FieldType.FLAT : type) {
        case TEXT -> document.add(new TextField(name, value.asString(), Field.Store.NO));
        case KEYWORD -> document.add(new StringField(name, value.asString(), Field.Store.NO));
        case LONG -> document.add(new LongField(name, value.asLong(), Field.Store.NO));
        case DOUBLE -> document.add(new DoubleField(name, value.asDouble(), Field.Store.NO));
        case DATE ->
            document.add(
                new LongField(
                    name, TimeSpan.nanos(Instant.parse(value.stringValue())), Field.Store.NO));
        case FLAT ->
            value
                .properties()
                .forEach(inner ->
                    document.add(
                        new StringField(
                            name + "." + inner.getKey(),
                            inner.getValue().asString(),
                            Field.Store.NO)));
      }
    }
    document.add(new StoredField("json", json));
    return document;
  }

  private long storeAlone(Path run) throws IOException {
    long start = System.nanoTime();
    try (LuceneStore store = LuceneStore.open(run)) {
      List<TelemetryRecord> batch = new ArrayList<>();
      long refreshed = System.nanoTime();
      for (byte[] json : documents) {
        JsonNode fields = Json.tree(json);
        batch.add(
            new TelemetryRecord(
                fields.path(Fields.SOURCE).stringValue(),
                fields.path(Fields.SEQ).longValue(),
                Instant.parse(fields.path(Fields.TIMESTAMP).stringValue()),
                fields,
                json));
        if (batch.size() == 1000) {
          store.write(batch);
          batch.clear();
          if (System.nanoTime() - refreshed > REFRESH.toNanos()) {
            store.refresh();
            refreshed = System.nanoTime();
          }
        }
      }
      store.write(batch);
      store.commit(List.of(new Checkpoint(new PartitionId("bench", 0), 1, Map.of())));
      return System.nanoTime() - start;
    }
  }

  private long topicToStore(KafkaConnection kafka, Topics topics, Path run) throws Exception {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (LuceneStore store = LuceneStore.open(run.resolve("lucene"))) {
      IntakeThread intake =
          new IntakeThread(
              kafka,
              topics,
              store,
              run,
              Redactor.standard(),
              registry,
              Clock.systemUTC(),
              // The shipper's defaults.
              new IntakeSettings(
                  Duration.ofMillis(500),
                  Duration.ofSeconds(2),
                  32L << 20,
                  1 << 20,
                  Duration.ofSeconds(15),
                  Duration.ofSeconds(5)),
              new StatsSettings(Duration.ofDays(2), Duration.ofDays(90), 2000));
      intake.start();
      // Joining the group is no part of the rate, nor is what was received before we looked.
      double before = 0;
      while (before == 0) {
        Thread.sleep(1);
        before = counted(registry, "spoor.telemetry.received");
      }
      long start = System.nanoTime();
      while (counted(registry, "spoor.telemetry.stored") < documents.size()) {
        Thread.sleep(1);
      }
      long nanos = System.nanoTime() - start;
      intake.stop();
      return Math.round(nanos * documents.size() / (documents.size() - before));
    }
  }

  private static double counted(SimpleMeterRegistry registry, String name) {
    Counter counter = registry.find(name).counter();
    return counter == null ? 0 : counter.count();
  }

  /**
   * One for each hundred records, of every kind in turn.
   *
   * @param tenMegabytes whether of each two hundred of these one has so many bytes
   */
  private List<byte[]> poison(boolean tenMegabytes) {
    List<Poison> kinds = new ArrayList<>(List.of(Poison.values()));
    // The first two are refused by a store of another kind only, and all here have the right key.
    kinds.removeAll(List.of(Poison.CONFLICT, Poison.TOO_LARGE_FOR_THE_STORE, Poison.WRONG_KEY));
    kinds.remove(Poison.TEN_MEGABYTES);
    List<byte[]> poison = new ArrayList<>();
    for (int i = 0; i < documents.size() / 100; i++) {
      Poison kind =
          tenMegabytes && i % 200 == 199 ? Poison.TEN_MEGABYTES : kinds.get(i % kinds.size());
      poison.add(
          kind.spoil(
              new LinkedHashMap<>(
                  Map.of("message", "a line", Fields.SOURCE, POISONER, Fields.SEQ, i + 1))));
    }
    return poison;
  }

  /**
   * @param poison spread over the records
   */
  private void fill(KafkaConnection kafka, Topics topics, List<byte[]> poison) throws Exception {
    try (Admin admin = Admin.create(kafka.with(Map.of()))) {
      admin
          .createTopics(
              List.of(
                  new NewTopic(topics.telemetry(), PARTITIONS, (short) 1)
                      .configs(Map.of("max.message.bytes", Integer.toString(MAX_MESSAGE_BYTES))),
                  new NewTopic(topics.telemetryLedger(), PARTITIONS, (short) 1),
                  new NewTopic(topics.telemetryDeadLetters(), 1, (short) 1)))
          .all()
          .get();
    }
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            kafka.with(
                Map.of(
                    "acks",
                    "all",
                    "linger.ms",
                    20,
                    "max.in.flight.requests.per.connection",
                    1,
                    "max.request.size",
                    MAX_MESSAGE_BYTES)),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      List<Future<?>> sent = new ArrayList<>(documents.size());
      for (int i = 0; i < documents.size(); i++) {
        ProducerRecord<byte[], byte[]> record =
            new ProducerRecord<>(
                topics.telemetry(), source(i).getBytes(StandardCharsets.UTF_8), documents.get(i));
        sent.add(producer.send(record));
        if (i % 100 == 50 && i / 100 < poison.size()) {
          sent.add(
              producer.send(
                  new ProducerRecord<>(
                      topics.telemetry(),
                      POISONER.getBytes(StandardCharsets.UTF_8),
                      poison.get(i / 100))));
        }
      }
      for (Future<?> each : sent) {
        each.get();
      }
    }
  }

  private static String source(int i) {
    return "bench-" + i % SOURCES;
  }

  /** A mix as agents make it: log lines, model calls, memory operations, a few stack traces. */
  public static List<byte[]> documents(int count) {
    Random random = new Random(42);
    List<String> words =
        List.of(
            "agent", "step", "model", "answer", "timeout", "retry", "prompt", "context", "memory",
            "session", "story", "review", "token", "cost", "worker", "lease", "job", "flow");
    StringBuilder stack = new StringBuilder("java.lang.IllegalStateException: no answer");
    for (int i = 0; i < 30; i++) {
      stack
          .append("\n\tat dev.spoor.bench.Step")
          .append(i)
          .append(".run(Step.java:")
          .append(i)
          .append(')');
    }
    List<byte[]> documents = new ArrayList<>(count);
    Instant start = Instant.now().minusSeconds(600);
    for (int i = 0; i < count; i++) {
      Map<String, Object> record = new LinkedHashMap<>();
      record.put("timestamp", start.plusNanos(i * 1_000_000L).toString());
      record.put("level", i % 50 == 0 ? "ERROR" : "INFO");
      record.put("event", i % 3 == 0 ? "llm.call.completed" : "log");
      StringBuilder message = new StringBuilder();
      for (int word = 0; word < 12; word++) {
        message.append(words.get(random.nextInt(words.size()))).append(' ');
      }
      record.put("message", message.append(random.nextInt(100_000)).toString());
      record.put("logger", "dev.spoor.worker.execution.Trail");
      record.put("thread", "step-" + random.nextInt(64));
      record.put("service", "worker");
      record.put("instance", "worker-" + random.nextInt(3));
      record.put("version", "0.1.0");
      record.put("request_id", hex(random, 32));
      record.put("trace_id", hex(random, 32));
      record.put("span_id", hex(random, 16));
      record.put("tenant", "default");
      record.put("job_id", hex(random, 32));
      record.put("flow_id", "review-story");
      record.put("step_id", words.get(random.nextInt(4)));
      record.put("agent_id", words.get(random.nextInt(4)));
      record.put("attempt", 1);
      record.put("labels", Map.of("team", "t" + random.nextInt(20)));
      if (i % 3 == 0) {
        record.put("duration_ms", random.nextInt(100_000) / 10.0);
        record.put("status", "success");
        record.put("gen_ai.request.model", "scripted-1");
        record.put("gen_ai.usage.input_tokens", random.nextInt(4000));
        record.put("gen_ai.usage.output_tokens", random.nextInt(1000));
        record.put("cost_usd", random.nextInt(1000) / 1e5);
      }
      if (i % 50 == 0) {
        record.put("exception", stack.toString());
      }
      record.put("source", source(i));
      record.put("seq", i / SOURCES + 1);
      documents.add(Json.write(record));
    }
    return documents;
  }

  private static String hex(Random random, int digits) {
    StringBuilder hex = new StringBuilder(digits);
    while (hex.length() < digits) {
      hex.append(Character.forDigit(random.nextInt(16), 16));
    }
    return hex.toString();
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static void remove(Path dir) throws IOException {
    try (Stream<Path> files = Files.walk(dir)) {
      Path[] deepestFirst = files.sorted(Comparator.reverseOrder()).toArray(Path[]::new);
      for (Path file : Arrays.asList(deepestFirst)) {
        Files.deleteIfExists(file);
      }
    }
  }
}
