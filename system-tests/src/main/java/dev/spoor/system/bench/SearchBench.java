package dev.spoor.system.bench;

import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Json;
import dev.spoor.store.Checkpoint;
import dev.spoor.store.Hit;
import dev.spoor.store.Page;
import dev.spoor.store.PartitionId;
import dev.spoor.store.Position;
import dev.spoor.store.Search;
import dev.spoor.store.TelemetryRecord;
import dev.spoor.store.TelemetryStore;
import dev.spoor.store.lucene.LuceneStore;
import dev.spoor.store.query.Query;
import dev.spoor.store.query.QueryParser;
import dev.spoor.store.query.QuerySyntaxException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * How long searches take in a Lucene store with many records: of a thousand sources, spread over
 * seven days, twenty to a job. Each search is repeated with another agent, job or word; the first
 * five times are not counted. Results are pages of a hundred, as the API gives them.
 *
 * <p>Usage: {@code SearchBench DIR fill [RECORDS]} (10000000), then {@code SearchBench DIR search
 * [TIMES]} (100) as often as one likes. What is filled stays there.
 */
public final class SearchBench {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final Duration SPAN = Duration.ofDays(7);
  private static final int SOURCES = 1_000;
  private static final int AGENTS = 50;
  private static final int OF_A_JOB = 20;
  private static final int BATCH = 1_000;
  private static final int COMMIT = 100_000;
  private static final int PAGE = 100;
  private static final int WARM_UP = 5;
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final PartitionId PARTITION = new PartitionId("bench", 0);
  private static final List<String> WORDS =
      List.of("timeout", "retry", "prompt", "context", "memory", "session", "story", "review");

  private final TelemetryStore store;
  private final Instant begin;
  private final long records;
  private final int times;
  private final Random random = new Random(7);

  private SearchBench(TelemetryStore store, Instant begin, long records, int times) {
    this.store = store;
    this.begin = begin;
    this.records = records;
    this.times = times;
  }

  public static void main(String[] args) throws Exception {
    if (args.length < 2 || !List.of("fill", "search").contains(args[1])) {
      System.err.println("usage: SearchBench DIR fill [RECORDS] | SearchBench DIR search [TIMES]");
      System.exit(2);
    }
    Path dir = Path.of(args[0]);
    // The store's directory is its own; what was filled is told beside it.
    Path told = dir.resolve("filled");
    if (args[1].equals("fill")) {
      long records = args.length > 2 ? Long.parseLong(args[2]) : 10_000_000;
      Files.createDirectories(dir);
      Instant begin = Instant.now().minus(SPAN);
      fill(dir.resolve("lucene"), begin, records);
      Files.writeString(told, begin + "\n" + records + "\n");
      return;
    }
    List<String> filled = Files.readAllLines(told);
    int times = args.length > 2 ? Integer.parseInt(args[2]) : 100;
    System.out.printf(
        "%,d records, %.1f GB on disk, %d searches of each kind; %s%n%n",
        Long.parseLong(filled.get(1)), size(dir) / 1e9, times, Machine.describe());
    try (LuceneStore store = LuceneStore.open(dir.resolve("lucene"))) {
      new SearchBench(store, Instant.parse(filled.getFirst()), Long.parseLong(filled.get(1)), times)
          .searches();
    }
  }

  // ---- filling

  private static void fill(Path dir, Instant begin, long records) throws IOException {
    List<ObjectNode> shapes = new ArrayList<>();
    for (byte[] json : ShippingBench.documents(30_000)) {
      if (Json.tree(json) instanceof ObjectNode shape) {
        shapes.add(shape);
      }
    }
    long started = System.nanoTime();
    try (LuceneStore store = LuceneStore.open(dir)) {
      store.checkpoint(PARTITION);
      List<TelemetryRecord> batch = new ArrayList<>(BATCH);
      for (long i = 0; i < records; i++) {
        ObjectNode fields = shapes.get(new Random(i).nextInt(shapes.size())).deepCopy();
        batch.add(record(fields, i, timeOf(begin, i, records)));
        if (batch.size() == BATCH) {
          store.write(batch);
          batch.clear();
        }
        if ((i + 1) % COMMIT == 0) {
          store.commit(List.of(new Checkpoint(PARTITION, i + 1, Map.of())));
        }
        if ((i + 1) % 1_000_000 == 0) {
          System.out.printf(
              "%,d records, %,.0f a second%n",
              i + 1, (i + 1) / ((System.nanoTime() - started) / 1e9));
        }
      }
      store.write(batch);
      store.commit(List.of(new Checkpoint(PARTITION, records, Map.of())));
    }
  }

  private static Instant timeOf(Instant begin, long number, long records) {
    return begin.plusNanos((long) ((double) SPAN.toNanos() / records * number));
  }

  private static TelemetryRecord record(ObjectNode fields, long number, Instant at) {
    long job = number / OF_A_JOB;
    String source = "bench-" + job % SOURCES;
    long seq = job / SOURCES * OF_A_JOB + number % OF_A_JOB + 1;
    fields.put(Fields.TIMESTAMP, at.toString());
    fields.put(Fields.SOURCE, source);
    fields.put(Fields.SEQ, seq);
    fields.put("job_id", id("job", job));
    fields.put("request_id", id("request", job));
    fields.put("trace_id", id("trace", job));
    fields.put("span_id", id("span", number).substring(0, 16));
    fields.put("agent_id", "agent-" + job % AGENTS);
    return new TelemetryRecord(source, seq, at, fields, Json.write(fields));
  }

  /** 32 hexadecimal digits that look like any others. */
  private static String id(String kind, long number) {
    Random digits = new Random(31 * number + kind.hashCode());
    return "%016x%016x".formatted(digits.nextLong(), digits.nextLong());
  }

  // ---- searching

  /**
   * @param query makes one from a random number
   * @param lately only the last part of the time; null for all of it
   */
  private record Kind(
      String name,
      Function<Random, String> query,
      boolean newestFirst,
      @Nullable Duration lately) {}

  private List<Kind> kinds() {
    long jobs = records / OF_A_JOB;
    return List.of(
        new Kind(
            "errors of one agent, newest first",
            some -> "level:ERROR AND agent_id:agent-" + some.nextInt(AGENTS),
            true,
            null),
        new Kind(
            "the same of the last hour",
            some -> "level:ERROR AND agent_id:agent-" + some.nextInt(AGENTS),
            true,
            Duration.ofHours(1)),
        new Kind(
            "one correlation id",
            some -> "request_id:" + id("request", some.nextLong(jobs)),
            true,
            null),
        new Kind(
            "one job's trail, oldest first",
            some -> "job_id:" + id("job", some.nextLong(jobs)),
            false,
            null),
        new Kind(
            "a word in half of all messages",
            some -> "message:" + WORDS.get(some.nextInt(WORDS.size())),
            true,
            null),
        new Kind("a rare word", some -> "message:" + some.nextInt(100_000), true, null),
        new Kind(
            "a phrase",
            some ->
                "message:\"%s %s\""
                    .formatted(
                        WORDS.get(some.nextInt(WORDS.size())),
                        WORDS.get(some.nextInt(WORDS.size()))),
            true,
            null),
        new Kind(
            "words beginning with …, of a text",
            some -> "message:" + some.nextInt(10, 100) + "*",
            true,
            null),
        new Kind(
            "ids beginning with four digits",
            some -> "request_id:%04x*".formatted(some.nextInt(0x10000)),
            true,
            null),
        new Kind(
            "a wildcard in the middle of an id",
            some -> "request_id:%02x*%02x".formatted(some.nextInt(256), some.nextInt(256)),
            true,
            null),
        new Kind(
            "a range: duration_ms above a limit that a hundredth exceeds",
            some -> "duration_ms:>" + (9_700 + some.nextInt(10)),
            true,
            null),
        new Kind(
            "errors with a word, of a label",
            some ->
                "level:ERROR AND message:%s AND labels.team:t%d"
                    .formatted(WORDS.get(some.nextInt(WORDS.size())), some.nextInt(20)),
            true,
            null),
        new Kind("everything, newest first", _ -> "", true, null),
        new Kind("everything of the last hour, newest first", _ -> "", true, Duration.ofHours(1)),
        new Kind("everything, oldest first", _ -> "", false, null));
  }

  private void searches() throws Exception {
    System.out.println(
        "| search | p50 ms | p99 ms | longest ms | CPU ms, median | hits on the page |");
    System.out.println("| --- | --- | --- | --- | --- | --- |");
    for (Kind kind : kinds()) {
      double[] millis = new double[times];
      double[] cpu = new double[times];
      int hits = 0;
      for (int i = -WARM_UP; i < times; i++) {
        Query query = query(kind.query.apply(random));
        Instant from =
            kind.lately == null ? null : timeOf(begin, records, records).minus(kind.lately);
        long cpuStarted = THREADS.getCurrentThreadCpuTime();
        long started = System.nanoTime();
        Page page =
            store.search(new Search(query, from, null, kind.newestFirst, PAGE, null, TIMEOUT));
        if (i >= 0) {
          millis[i] = (System.nanoTime() - started) / 1e6;
          cpu[i] = (THREADS.getCurrentThreadCpuTime() - cpuStarted) / 1e6;
          hits += page.hits().size();
        }
      }
      print(kind.name, millis, cpu, hits / times);
    }
    pages("the 100th page of an agent's records", "agent_id:agent-7");
    pages("the 100th page of everything", "");
    refused();
  }

  private static Query query(String text) throws QuerySyntaxException {
    return text.isEmpty() ? new Query.Everything() : QueryParser.parse(text, Instant.now());
  }

  /** Walks with cursors, as a client does, and then asks for the last page again and again. */
  private void pages(String name, String text) throws Exception {
    Query query = query(text);
    Position after = null;
    for (int page = 1; page < PAGE; page++) {
      List<Hit> found =
          store.search(new Search(query, null, null, true, PAGE, after, TIMEOUT)).hits();
      after = found.isEmpty() ? after : found.getLast().position();
    }
    double[] millis = new double[Math.min(times, 20)];
    double[] cpu = new double[millis.length];
    int hits = 0;
    for (int i = 0; i < millis.length; i++) {
      long cpuStarted = THREADS.getCurrentThreadCpuTime();
      long started = System.nanoTime();
      hits = store.search(new Search(query, null, null, true, PAGE, after, TIMEOUT)).hits().size();
      millis[i] = (System.nanoTime() - started) / 1e6;
      cpu[i] = (THREADS.getCurrentThreadCpuTime() - cpuStarted) / 1e6;
    }
    print(name, millis, cpu, hits);
  }

  private static void refused() {
    try {
      Query query = QueryParser.parse("message:*out", Instant.now());
      System.out.println("| a leading wildcard | NOT refused: " + query + " | | | | |");
    } catch (QuerySyntaxException refused) {
      System.out.println("| a leading wildcard | refused: " + refused.getMessage() + " | | | | |");
    }
  }

  private static void print(String name, double[] millis, double[] cpu, int hits) {
    Arrays.sort(millis);
    Arrays.sort(cpu);
    System.out.printf(
        "| %s | %.1f | %.1f | %.1f | %.1f | %d |%n",
        name,
        millis[millis.length / 2],
        millis[Math.min(millis.length - 1, (int) Math.ceil(0.99 * millis.length) - 1)],
        millis[millis.length - 1],
        cpu[cpu.length / 2],
        hits);
  }

  private static long size(Path dir) throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
    }
    return bytes;
  }
}
