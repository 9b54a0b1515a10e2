package dev.spoor.system.shipping;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.spoor.contract.wire.Headers;
import dev.spoor.contract.wire.Topics;
import dev.spoor.store.Hit;
import dev.spoor.store.Page;
import dev.spoor.store.PartitionId;
import dev.spoor.store.Position;
import dev.spoor.store.Search;
import dev.spoor.store.elastic.ElasticStore;
import dev.spoor.store.query.Query;
import dev.spoor.system.bench.BareElastic;
import dev.spoor.system.bench.Machine;
import dev.spoor.system.bench.Poison;
import dev.spoor.testkit.FreePorts;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * A million records through a shipper that is killed a hundred times, into an Elasticsearch that
 * fails in every known way: is each good one stored once with its bytes, and each bad one a dead
 * letter with its reason?
 *
 * <p>Broker and shipper are processes of their own, killed with SIGKILL: the shipper in the middle
 * of a request to the store or at any time after its start, the broker while it is read and
 * written. The stream goes on meanwhile. The store is {@link FakeElasticsearch}, or with {@code
 * --elasticsearch} a real server, whose {@code --container} is killed and started again.
 *
 * <p>Usage: {@code ShippingDrill [--records 1000000] [--kills 100] [--broker-kills 4] [--faults
 * 0.2] [--poison 0.01] [--sources 300] [--seed 1] [--faketime LIBRARY] [--elasticsearch URL
 * --container NAME --server-kills 4]}. With {@code --faketime}, libfaketimeMT of Debian's {@code
 * libfaketime}, each tenth life of the shipper has another idea of the time. Exit code 1 if
 * anything is not as planned.
 */
public final class ShippingDrill {
  /** Longest time that is waited for a shipper to come to the moment at which it is killed. */
  private static final Duration LIFE = Duration.ofMinutes(3);

  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(1);

  /** To the request's timeout as 40 s is to the usual 30 s. */
  private static final Duration LATE = Duration.ofMillis(1_334);

  private static final String DRILL = "drill";
  private static final long MIB = 1 << 20;
  private static final int HEAP_MIB = 384;

  /** Heap, what the JVM has beside it, and the network's buffers; seen were 460 MiB. */
  private static final long MAX_RSS = 700 * MIB;

  /** Of a life that ends in one of its first so many requests. */
  private static final List<Integer> REQUESTS = List.of(30, 300, 1_500);

  private static final List<String> CLOCKS = List.of("-2h", "+2h", "+20m", "-1d", "+30d", "-400d");

  private final DrillOptions options;
  private final Path dir;
  private final Random random;
  private final DrillPlan plan;
  private final Topics topics = Topics.DEFAULT;
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private final DrillCluster cluster;
  private final int shipperPort = FreePorts.one();
  private final List<String> lines = new ArrayList<>();
  private final @Nullable FakeElasticsearch fake;
  private volatile int allowed;
  private volatile @Nullable Exception senderFailed;
  private long maxRss;
  private long equations;
  private int killedInRequest;
  private int killedBeforeEffect;
  private int brokerKills;
  private int serverKills;

  private ShippingDrill(DrillOptions options, Path dir) {
    this.options = options;
    this.dir = dir;
    this.cluster =
        new DrillCluster(
            http, topics, dir.resolve("kafka"), options.elasticsearch(), options.container());
    this.random = new Random(options.seed());
    List<Poison> kinds = new ArrayList<>(List.of(Poison.values()));
    kinds.remove(Poison.TEN_MEGABYTES);
    if (options.isReal()) {
      // Its limit is 100 MB a request.
      kinds.remove(Poison.TOO_LARGE_FOR_THE_STORE);
    }
    this.plan =
        new DrillPlan(
            options.seed(),
            options.records(),
            options.sources(),
            options.poison(),
            options.poison() == 0 ? 0 : options.tenMegabytes(),
            kinds,
            Instant.now());
    this.fake =
        options.isReal()
            ? null
            : new FakeElasticsearch(plan, new Random(options.seed()), options.faults(), LATE);
  }

  /**
   * What was found.
   *
   * @param lines a table for people
   * @param faults what was not as planned; empty if all was
   */
  record Report(List<String> lines, List<String> faults) {}

  public static void main(String[] args) throws Exception {
    DrillOptions options = DrillOptions.of(args);
    // A client whose broker is killed has much to say.
    ((Logger) LoggerFactory.getLogger("org.apache.kafka")).setLevel(Level.ERROR);
    System.out.printf("seed %d; %s%n", options.seed(), Machine.describe());
    Report report = run(options);
    report.lines.forEach(System.out::println);
    report.faults.forEach(fault -> System.out.println("FAULT: " + fault));
    System.out.println(
        report.faults.isEmpty()
            ? "As planned."
            : "Not as planned; again with --seed " + options.seed());
    System.exit(report.faults.isEmpty() ? 0 : 1);
  }

  static Report run(DrillOptions options) throws Exception {
    Path dir = Files.createTempDirectory("spoor-shipping-drill");
    ShippingDrill drill = new ShippingDrill(options, dir);
    try {
      drill.run();
      return new Report(drill.lines, drill.plan.faults());
    } finally {
      drill.close();
      remove(dir);
    }
  }

  private void run() throws Exception {
    long begin = System.nanoTime();
    cluster.startBroker();
    cluster.createTopics();
    if (options.isReal()) {
      conflictingMapping();
    }
    Thread sender = Thread.ofPlatform().name("drill-sender").daemon().start(this::send);
    Set<Integer> withBroker = moments(options.brokerKills());
    Set<Integer> withServer = moments(options.serverKills());
    for (int life = 1; life <= options.kills(); life++) {
      // So that each life has its part of the stream.
      allowed = (int) ((long) options.records() * life / (options.kills() + 1));
      live(life, withBroker.contains(life), withServer.contains(life));
      if (life % 10 == 0 || options.kills() <= 10) {
        System.out.printf(
            "%d s: %d lives, %d records made, %d of %d good ones stored%n",
            seconds(begin), life, plan.made(), plan.stored(), plan.good());
      }
    }
    allowed = Integer.MAX_VALUE;
    if (fake != null) {
      fake.stopFaults();
    }
    try (ShipperProcess shipper = shipper("", List.of("-XX:TieredStopAtLevel=4"))) {
      sender.join(options.limit());
      if (sender.isAlive() || senderFailed != null) {
        plan.fault("the stream was not sent: " + senderFailed);
      }
      awaitEnd(shipper);
      if (options.isReal()) {
        readBack();
      }
      plan.missing();
      letters();
      audit(shipper);
      equation(shipper);
      watched(shipper);
    }
    table(begin);
  }

  private Set<Integer> moments(int count) {
    Set<Integer> moments = new HashSet<>();
    while (moments.size() < Math.min(count, options.kills())) {
      moments.add(1 + random.nextInt(options.kills()));
    }
    return moments;
  }

  /** One shipper, from its start to its end. */
  private void live(int life, boolean brokerToo, boolean serverToo) throws Exception {
    CountDownLatch killed = new CountDownLatch(1);
    String clock =
        options.faketime() != null && life % 10 == 5
            ? CLOCKS.get(random.nextInt(CLOCKS.size()))
            : "";
    try (ShipperProcess shipper = shipper(clock, List.of())) {
      boolean inRequest = fake != null && random.nextInt(5) > 0;
      boolean beforeEffect = random.nextBoolean();
      // A request of the start, of the first commits, or of any later one.
      int request = 1 + random.nextInt(REQUESTS.get(random.nextInt(REQUESTS.size())));
      int millis = 500 + random.nextInt(options.isReal() ? 12_000 : 8_000);
      if (inRequest && fake != null) {
        fake.killAt(
            request,
            beforeEffect,
            () -> {
              shipper.kill();
              killed.countDown();
            });
      }
      if (brokerToo) {
        // While the shipper joins, reads or commits.
        Thread.sleep(random.nextInt(6_000));
        cluster.restartBroker();
        brokerKills++;
      }
      if (serverToo) {
        Thread.sleep(random.nextInt(8_000));
        restartServer();
      }
      if (!inRequest && random.nextBoolean()) {
        // At any time of its work; else of its start.
        awaitAnswer(shipper);
      }
      boolean hit = inRequest ? awaitHit(killed) : killed.await(millis, TimeUnit.MILLISECONDS);
      if (fake != null) {
        fake.spare();
      }
      if (hit) {
        killedInRequest++;
        killedBeforeEffect += beforeEffect ? 1 : 0;
      } else if (!shipper.isAlive()) {
        plan.fault("the shipper ended by itself in life " + life + ": " + end(shipper));
      }
      watched(shipper);
    }
  }

  /** False if the shipper has nothing left to do, or does nothing for long. */
  private boolean awaitHit(CountDownLatch killed) throws InterruptedException {
    int atRest = 0;
    for (long left = LIFE.toSeconds(); left > 0; left--) {
      if (killed.await(1, TimeUnit.SECONDS)) {
        return true;
      }
      boolean rests = plan.made() >= allowed && plan.stored() == plan.good();
      atRest = rests ? atRest + 1 : 0;
      if (atRest == 10) {
        return false;
      }
    }
    return false;
  }

  private static void awaitAnswer(ShipperProcess shipper) throws InterruptedException {
    long limit = System.nanoTime() + LIFE.toNanos();
    while (shipper.counts() == null && shipper.isAlive() && System.nanoTime() < limit) {
      Thread.sleep(200);
    }
  }

  private static String end(ShipperProcess shipper) {
    List<String> output = shipper.output();
    return String.join("\n", output.subList(Math.max(0, output.size() - 20), output.size()));
  }

  private void watched(ShipperProcess shipper) {
    maxRss = Math.max(maxRss, shipper.maxRss());
    equations += shipper.equations();
    String wrong = shipper.wrong();
    if (wrong != null) {
      plan.fault("the shipper's equation does not hold at rest: " + wrong);
    }
    if (shipper.maxRss() > MAX_RSS) {
      plan.fault("a shipper had " + shipper.maxRss() / MIB + " MiB");
    }
  }

  private ShipperProcess shipper(String clock, List<String> jvmOptions) {
    Map<String, String> environment = new HashMap<>();
    environment.put("KAFKA_BOOTSTRAP_SERVERS", cluster.kafka().bootstrapServers());
    environment.put(
        "ELASTICSEARCH_URIS",
        Objects.toString(fake == null ? options.elasticsearch() : fake.uri()));
    environment.put(
        "SPOOR_ELASTICSEARCH_REQUEST_TIMEOUT",
        options.isReal() ? "30s" : REQUEST_TIMEOUT.toMillis() + "ms");
    environment.put("SPOOR_ELASTICSEARCH_PATIENCE", "5s");
    environment.put("SPOOR_ELASTICSEARCH_RETENTION", "0d");
    environment.put("SPOOR_SHIPPER_MAX_BACKOFF", "2s");
    String faketime = options.faketime();
    if (faketime != null && !clock.isEmpty()) {
      environment.put("LD_PRELOAD", faketime);
      environment.put("FAKETIME", clock);
      environment.put("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }
    List<String> all = new ArrayList<>(List.of("-Xmx" + HEAP_MIB + "m", "-XX:+UseSerialGC"));
    all.addAll(jvmOptions);
    return new ShipperProcess(http, shipperPort, all, environment, dir.resolve("shipper"));
  }

  private void restartServer() throws Exception {
    cluster.docker("kill");
    Thread.sleep(random.nextInt(10_000));
    cluster.docker("start");
    serverKills++;
    cluster.awaitServer();
  }

  /** Somebody has made the days' indices, with another type for a field of ours. */
  private void conflictingMapping() throws Exception {
    try (ElasticStore store = store()) {
      // For its template, without which these indices would be of nobody's mapping.
      store.checkpoint(new PartitionId(DRILL, 0));
    }
    for (int off : new int[] {-400, -5 * 365, -1, 0}) {
      for (int day = -3; day <= 2; day++) {
        Instant of = Instant.now().plus(Duration.ofDays((long) off + day));
        String index = "/spoor-records-" + of.toString().substring(0, 10).replace('-', '.');
        HttpResponse<String> made =
            cluster.ask(
                "PUT",
                index,
                "{\"mappings\":{\"properties\":{\"%s\":".formatted(Poison.CONFLICTING)
                    + "{\"type\":\"long\",\"ignore_malformed\":false}}}}");
        if (made.statusCode() != 200 && !made.body().contains("resource_already_exists")) {
          throw new IOException(made.body());
        }
      }
    }
  }

  private ElasticStore store() throws IOException {
    return new BareElastic(Objects.requireNonNull(options.elasticsearch())).store("spoor-");
  }

  private void send() {
    try (KafkaProducer<byte[], byte[]> producer = cluster.producer()) {
      while (true) {
        while (plan.made() >= allowed) {
          Thread.sleep(5);
        }
        DrillPlan.Message message = plan.next();
        if (message == null) {
          break;
        }
        ProducerRecord<byte[], byte[]> record =
            new ProducerRecord<>(
                topics.telemetry(), null, message.kafkaMillis(), message.key(), message.value());
        Long seq = message.seq();
        if (seq != null) {
          record.headers().add(Headers.SEQ, bytes(Long.toString(seq)));
        }
        Integer letter = message.letter();
        if (letter != null) {
          record.headers().add(DRILL, bytes(Integer.toString(letter)));
        }
        var _ =
            producer.send(
                record,
                (_, failed) -> {
                  if (failed != null) {
                    senderFailed = failed;
                  }
                });
      }
      producer.flush();
    } catch (RuntimeException | InterruptedException failed) {
      senderFailed = failed;
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Until the audit has counted as many as there should be, or the time is over. */
  private void awaitEnd(ShipperProcess shipper) throws Exception {
    long limit = System.nanoTime() + options.limit().toNanos();
    while (System.nanoTime() < limit && shipper.isAlive()) {
      JsonNode audit = shipper.json("/v1/audit");
      if (audit != null) {
        long stored = 0;
        long twice = 0;
        for (JsonNode source : audit.path("sources")) {
          stored += source.path("stored").asLong();
          twice += source.path("duplicates").asLong();
        }
        if (stored >= plan.good() && twice >= plan.twice()) {
          return;
        }
      }
      Thread.sleep(500);
    }
    plan.fault(
        shipper.isAlive()
            ? "not at the end after " + options.limit()
            : "the last shipper ended by itself: " + end(shipper));
  }

  /** Everything that a real server can find, compared with the plan. */
  private void readBack() throws Exception {
    try (ElasticStore store = store()) {
      Position after = null;
      while (true) {
        Page page =
            store.search(
                new Search(
                    new Query.Everything(),
                    null,
                    null,
                    false,
                    5_000,
                    after,
                    Duration.ofSeconds(60)));
        for (Hit hit : page.hits()) {
          Position at = hit.position();
          String id = at.source() + "-" + at.seq();
          if (plan.store(id, DrillPlan.day(at.timestamp()), hit.json())
              == DrillPlan.Offered.THERE_ALREADY) {
            plan.fault("stored twice: " + id);
          }
          after = at;
        }
        if (!page.more()) {
          return;
        }
      }
    }
  }

  private void letters() {
    TopicPartition partition = new TopicPartition(topics.telemetryDeadLetters(), 0);
    Set<String> seen = new HashSet<>();
    long all = 0;
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            cluster.kafka().with(Map.of("max.partition.fetch.bytes", 20_000_000)),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<byte[], byte[]> letter : consumer.poll(Duration.ofMillis(200))) {
          all++;
          String number = header(letter, DRILL);
          if (number == null) {
            plan.fault("a dead letter of a good record: " + header(letter, "origin"));
            continue;
          }
          seen.add(number);
          byte[] value = letter.value();
          plan.letter(
              Integer.parseInt(number),
              String.valueOf(header(letter, Headers.REASON)),
              value == null ? new byte[0] : value,
              header(letter, "truncated_from"));
        }
      }
    }
    if (seen.size() != plan.letters()) {
      plan.fault(seen.size() + " dead letters of " + plan.letters());
    }
    lines.add(
        "| dead letters | %,d planned, %,d distinct found, %,d sent |"
            .formatted(plan.letters(), seen.size(), all));
  }

  private static @Nullable String header(ConsumerRecord<byte[], byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
  }

  private void audit(ShipperProcess shipper) {
    JsonNode audit = shipper.json("/v1/audit");
    if (audit == null) {
      plan.fault("no answer to /v1/audit");
    } else {
      plan.audit(audit);
    }
  }

  /** At rest nothing is in flight. */
  private void equation(ShipperProcess shipper) throws InterruptedException {
    long limit = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    ShipperProcess.Counts counts = shipper.counts();
    while (counts != null && counts.inFlight() != 0 && System.nanoTime() < limit) {
      Thread.sleep(100);
      counts = shipper.counts();
    }
    if (counts == null || counts.inFlight() != 0 || !counts.areEqual()) {
      plan.fault("at the end the shipper counts " + counts);
    }
  }

  private void table(long begin) {
    lines.addFirst("| --- | --- |");
    lines.addFirst("| what | found |");
    lines.add(
        "| stream | %,d records of %d sources: %,d good, %,d of them twice, poison %s |"
            .formatted(
                options.records(), options.sources(), plan.good(), plan.twice(), plan.poisoned()));
    lines.add("| stored | %,d |".formatted(plan.stored()));
    if (fake != null) {
      lines.add("| what requests met | %s |".formatted(fake.met()));
      lines.add(
          "| offered though stored | %,d; refused %,d times |"
              .formatted(fake.conflicts(), fake.refused()));
    }
    lines.add(
        "| kills | shipper %d, %d of them in the middle of a request (%d before its effect); broker"
                .formatted(options.kills(), killedInRequest, killedBeforeEffect)
            + " %d; store %d |".formatted(brokerKills, serverKills));
    lines.add("| equation at rest | held %,d times |".formatted(equations));
    lines.add(
        "| memory | at most %d MiB resident, heap %d MiB |".formatted(maxRss / MIB, HEAP_MIB));
    lines.add("| time | %d s |".formatted(seconds(begin)));
  }

  private static long seconds(long begin) {
    return (System.nanoTime() - begin) / 1_000_000_000;
  }

  private void close() {
    cluster.close();
    if (fake != null) {
      fake.close();
    }
    http.close();
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
