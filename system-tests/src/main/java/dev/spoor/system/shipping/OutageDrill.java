package dev.spoor.system.shipping;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.sun.net.httpserver.HttpServer;
import dev.spoor.contract.wire.Headers;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.Topics;
import dev.spoor.system.bench.BareElastic;
import dev.spoor.system.bench.Machine;
import dev.spoor.system.bench.ShippingBench;
import dev.spoor.testkit.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * The store is gone for half an hour while records go on coming: does the shipper say so and keep
 * its memory, do alerts fire and resolve from the stream meanwhile, how fast does it catch up
 * beside a bare bulk loader, and is each record there once?
 *
 * <p>Broker and shipper are processes of their own; the store is a real Elasticsearch whose
 * container is stopped and started again. The stream ends when the server answers again, so what
 * waits then is the backlog. The bare loader is given records of the same backlog, into the same
 * server under the same mapping, when the shipper has ended.
 *
 * <p>Usage: {@code OutageDrill --elasticsearch URL --container NAME [--away 30m] [--rate 1000]
 * [--warm-up 300000] [--compared 500000]}. Exit code 1 if anything is not as it should be; the
 * speeds are told and not judged.
 */
public final class OutageDrill {
  private static final String RULE = "Probe";
  private static final String RULES =
      """
      rules:
        - name: Probe
          metric: {count: {where: {event: tool.call.failed}}}
          window: 1m
          threshold: "> 0"
          group_by: agent_id
          severity: info
          summary: "{{agent_id}} failed {{value}} times"
      """;

  private static final String PREFIX = "spoor-";
  private static final String LOADED = "bare-";
  private static final long MIB = 1 << 20;
  private static final int HEAP_MIB = 384;

  /** Of what the JVM has beside the heap while nothing is stored. */
  private static final long MAX_GROWTH = 48 * MIB;

  private static final Duration CATCH_UP = Duration.ofMinutes(30);
  private static final int SOURCES = 8;

  private final OutageOptions options;
  private final Path dir;
  private final Topics topics = Topics.DEFAULT;
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private final DrillCluster cluster;
  private final BareElastic elasticsearch;
  private final List<byte[]> shapes = new ArrayList<>();
  private final List<String> told = new CopyOnWriteArrayList<>();
  private final List<String> lines = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();
  private volatile boolean ended;
  private volatile long sent;
  private volatile @Nullable Exception senderFailed;

  private OutageDrill(OutageOptions options, Path dir) {
    this.options = options;
    this.dir = dir;
    this.cluster =
        new DrillCluster(
            http, topics, dir.resolve("kafka"), options.elasticsearch(), options.container());
    this.elasticsearch = new BareElastic(options.elasticsearch());
    for (byte[] json : ShippingBench.documents(20_000)) {
      String text = new String(json, StandardCharsets.UTF_8);
      shapes.add(bytes(text.substring(0, text.lastIndexOf(",\"source\":"))));
    }
  }

  public static void main(String[] args) throws Exception {
    OutageOptions options = OutageOptions.of(args);
    ((Logger) LoggerFactory.getLogger("org.apache.kafka")).setLevel(Level.ERROR);
    System.out.printf("%s; %s%n", options, Machine.describe());
    Path dir = Files.createTempDirectory("spoor-outage-drill");
    OutageDrill drill = new OutageDrill(options, dir);
    HttpServer webhook = drill.webhook();
    try {
      drill.run(webhook.getAddress().getPort());
    } finally {
      webhook.stop(0);
      drill.cluster.close();
      remove(dir);
    }
    System.out.println("| what | found |");
    System.out.println("| --- | --- |");
    drill.lines.forEach(System.out::println);
    drill.faults.forEach(fault -> System.out.println("FAULT: " + fault));
    // The store's client has threads of its own.
    System.exit(drill.faults.isEmpty() ? 0 : 1);
  }

  private void run(int webhookPort) throws Exception {
    long backlog;
    cluster.startBroker();
    cluster.createTopics();
    try (ShipperProcess shipper = shipper(webhookPort);
        KafkaProducer<byte[], byte[]> producer = cluster.producer()) {
      for (long n = 0; n < options.warmUp(); n++) {
        send(producer, n);
      }
      sent = options.warmUp();
      awaitStored(shipper, options.warmUp(), Duration.ofMinutes(10));
      Thread sender =
          Thread.ofPlatform().name("drill-sender").daemon().start(() -> stream(producer));
      watch(shipper, Duration.ofSeconds(30), "");
      lines.add(
          "| memory before | %d MiB resident, heap %d MiB |"
              .formatted(shipper.rss() / MIB, HEAP_MIB));

      cluster.docker("stop");
      away(shipper, producer);
      cluster.docker("start");
      cluster.awaitServer();
      long back = System.nanoTime();
      ended = true;
      sender.join();
      producer.flush();
      if (senderFailed != null) {
        throw new IllegalStateException("the stream was not sent", senderFailed);
      }
      backlog = catchUp(shipper, back);
      check(shipper);
    }
    compare(backlog);
  }

  private void away(ShipperProcess shipper, KafkaProducer<byte[], byte[]> producer)
      throws Exception {
    long stored = Objects.requireNonNull(shipper.counts()).stored();
    Duration half = options.away().dividedBy(2);
    long begun = System.nanoTime();
    // 1. An alert comes and goes in the first half.
    Thread.sleep(Duration.ofSeconds(15));
    probe(producer);
    double fired = awaitTold(":warning:", Duration.ofMinutes(1));
    double resolved = awaitTold(":white_check_mark:", Duration.ofMinutes(3));
    lines.add(
        "| alert while the store is gone | told %.1f s after its record, resolved %.1f s after (window 1 min) |"
            .formatted(fired, fired + resolved));
    JsonNode health = shipper.json("/health");
    String status = health == null ? "none" : health.path("status").asString("");
    String store = health == null ? "none" : health.at("/dependencies/store").asString("");
    lines.add("| health meanwhile | %s, store %s |".formatted(status, store));
    expect(status.equals("degraded") && store.equals("unhealthy"), "health says " + health);
    // 2. Memory of the second half is that of the first.
    long first = watch(shipper, half.minusNanos(System.nanoTime() - begun), "first half");
    long second =
        watch(shipper, options.away().minusNanos(System.nanoTime() - begun), "second half");
    lines.add(
        "| memory while the store is gone | at most %d MiB in the first half, %d in the second |"
            .formatted(first / MIB, second / MIB));
    expect(second <= first + MAX_GROWTH, "memory grew while the store was gone");
    ShipperProcess.Counts counts = Objects.requireNonNull(shipper.counts());
    expect(shipper.isAlive(), "the shipper ended by itself");
    lines.add(
        "| gone | %d s, with %,d records sent and %,d counted as stored |"
            .formatted(
                Duration.ofNanos(System.nanoTime() - begun).toSeconds(),
                sent,
                counts.stored() - stored));
  }

  private long catchUp(ShipperProcess shipper, long back) throws Exception {
    long before = Objects.requireNonNull(shipper.counts()).stored();
    long backlog = sent - before;
    long begun = awaitStored(shipper, before + 1, Duration.ofMinutes(3));
    long from = Objects.requireNonNull(shipper.counts()).stored();
    long end = awaitStored(shipper, sent, CATCH_UP);
    double rate = (sent - from) / ((end - begun) / 1e9);
    lines.add(
        "| catching up | %,d records waited; first ones stored %.1f s after the server answered; %,.0f records/s from there, all %.1f s after |"
            .formatted(backlog, (begun - back) / 1e9, rate, (end - back) / 1e9));
    lines.add("| memory at most | %d MiB resident |".formatted(shipper.maxRss() / MIB));
    return backlog;
  }

  private void check(ShipperProcess shipper) throws Exception {
    long all = sent + 1;
    awaitStored(shipper, all, Duration.ofMinutes(1));
    long count = elasticsearch.count(PREFIX);
    lines.add("| stored | %,d of %,d records |".formatted(count, all));
    expect(count == all, count + " of " + all + " records are there");
    JsonNode audit = shipper.json("/v1/audit");
    long stored = 0;
    long missing = 0;
    if (audit != null) {
      for (JsonNode source : audit.path("sources")) {
        stored += source.path("stored").asLong();
        missing += source.path("missing").size();
      }
    }
    lines.add("| audit | %,d stored, %d ranges missing |".formatted(stored, missing));
    expect(stored == all && missing == 0, "the audit says " + audit);
    expect(shipper.wrong() == null, "the shipper's equation does not hold: " + shipper.wrong());
    lines.add("| equation at rest | held %,d times |".formatted(shipper.equations()));
  }

  /**
   * The same records with a bare loader, into a server that has just come back as well: for the
   * first half minute it is slower than it will be.
   *
   * @param backlog how many of the last records had waited
   */
  private void compare(long backlog) throws Exception {
    elasticsearch.makeTemplate(LOADED);
    elasticsearch.remove(PREFIX);
    BareElastic.Requests requests = new BareElastic.Requests();
    int count = (int) Math.min(options.compared(), backlog);
    for (long n = sent - count; n < sent; n++) {
      requests.add(BareElastic.index(LOADED, Instant.now()), source(n) + "-" + seq(n), record(n));
    }
    cluster.docker("stop");
    cluster.docker("start");
    cluster.awaitServer();
    long begin = System.nanoTime();
    elasticsearch.load(requests);
    double rate = count / ((System.nanoTime() - begin) / 1e9);
    expect(elasticsearch.count(LOADED) == count, "the bare loader lost records");
    lines.add(
        "| bare bulk loader | %,.0f records/s of the last %,d, the server started anew |"
            .formatted(rate, count));
    elasticsearch.remove(LOADED);
  }

  // ---- watching

  private void expect(boolean asItShouldBe, String otherwise) {
    if (!asItShouldBe) {
      faults.add(otherwise);
    }
  }

  /**
   * @return the most that was resident meanwhile, in bytes
   */
  private static long watch(ShipperProcess shipper, Duration duration, String what)
      throws InterruptedException {
    long end = System.nanoTime() + duration.toNanos();
    long most = 0;
    long last = System.nanoTime();
    do {
      most = Math.max(most, shipper.rss());
      if (!what.isEmpty() && System.nanoTime() - last > Duration.ofMinutes(1).toNanos()) {
        last = System.nanoTime();
        System.out.printf("%s: %d MiB resident%n", what, shipper.rss() / MIB);
      }
      Thread.sleep(500);
    } while (System.nanoTime() < end);
    return most;
  }

  /**
   * @return when it was seen
   */
  private static long awaitStored(ShipperProcess shipper, long wanted, Duration limit)
      throws InterruptedException {
    await(
        () -> {
          ShipperProcess.Counts counts = shipper.counts();
          return counts != null && counts.stored() >= wanted;
        },
        limit,
        wanted + " records stored");
    return System.nanoTime();
  }

  /**
   * @return seconds that it took
   */
  private double awaitTold(String state, Duration limit) throws InterruptedException {
    long begun = System.nanoTime();
    await(
        () -> told.stream().anyMatch(text -> text.contains(RULE) && text.startsWith(state)),
        limit,
        RULE + " told as " + state + ", but " + told);
    return (System.nanoTime() - begun) / 1e9;
  }

  private static void await(BooleanSupplier fact, Duration limit, String what)
      throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (!fact.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("not within " + limit + ": " + what);
      }
      Thread.sleep(100);
    }
  }

  // ---- what takes part

  private ShipperProcess shipper(int webhookPort) throws IOException {
    Path rules = Files.writeString(dir.resolve("rules.yaml"), RULES);
    return new ShipperProcess(
        http,
        FreePorts.one(),
        List.of("-Xmx" + HEAP_MIB + "m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=4"),
        Map.of(
            "KAFKA_BOOTSTRAP_SERVERS",
            cluster.kafka().bootstrapServers(),
            "ELASTICSEARCH_URIS",
            options.elasticsearch().toString(),
            "SPOOR_ALERTS_RULES_FILE",
            rules.toString(),
            "SPOOR_ALERTS_WEBHOOK_URL",
            "http://127.0.0.1:" + webhookPort + "/"),
        dir.resolve("shipper"));
  }

  private HttpServer webhook() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          told.add(Json.tree(exchange.getRequestBody().readAllBytes()).path("text").asString());
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
    return server;
  }

  private void stream(KafkaProducer<byte[], byte[]> producer) {
    try {
      long begun = System.nanoTime();
      long first = sent;
      while (!ended) {
        long due = first + (System.nanoTime() - begun) * options.rate() / 1_000_000_000;
        for (long n = sent; n < due; n++) {
          send(producer, n);
        }
        sent = due;
        Thread.sleep(5);
      }
    } catch (InterruptedException | RuntimeException failed) {
      senderFailed = failed;
    }
  }

  private static String source(long n) {
    return "outage-" + n % SOURCES;
  }

  private static long seq(long n) {
    return n / SOURCES + 1;
  }

  private byte[] record(long n) {
    byte[] shape = shapes.get((int) (n % shapes.size()));
    byte[] identity = bytes(",\"source\":\"%s\",\"seq\":%d}".formatted(source(n), seq(n)));
    byte[] record = new byte[shape.length + identity.length];
    System.arraycopy(shape, 0, record, 0, shape.length);
    System.arraycopy(identity, 0, record, shape.length, identity.length);
    return record;
  }

  private void send(KafkaProducer<byte[], byte[]> producer, long n) {
    send(producer, source(n), n % 3 == 0 ? "llm.call.completed" : "log", record(n));
  }

  private void probe(KafkaProducer<byte[], byte[]> producer) {
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("timestamp", Instant.now().toString());
    record.put("level", "ERROR");
    record.put("event", "tool.call.failed");
    record.put("message", "the probe");
    record.put("agent_id", "prober");
    record.put("source", "outage-probe");
    record.put("seq", 1);
    send(producer, "outage-probe", "tool.call.failed", Json.write(record));
  }

  private void send(
      KafkaProducer<byte[], byte[]> producer, String source, String event, byte[] json) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(topics.telemetry(), bytes(source), json);
    record.headers().add(Headers.EVENT, bytes(event));
    var _ =
        producer.send(
            record,
            (_, failed) -> {
              if (failed != null) {
                senderFailed = failed;
              }
            });
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void remove(Path dir) throws IOException {
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
