package dev.spoor.system.bench;

import dev.spoor.broker.BrokerSettings;
import dev.spoor.broker.EmbeddedBroker;
import dev.spoor.contract.wire.Headers;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.shipper.ShipperApplication;
import dev.spoor.testkit.ChildProcess;
import java.io.IOException;
import java.net.URI;
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
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import tools.jackson.databind.JsonNode;

/**
 * Spoor's shipper beside others, all from the same topic of four partitions into the same
 * Elasticsearch, under the same ids and mapping, in turn: rsyslog with imkafka and omelasticsearch,
 * and a bare bulk loader, which has its requests made beforehand and reads no topic. Of each run
 * the first third warms up; the other two are timed by the count of documents that the server has
 * taken, and what the shipping process itself used of the processor meanwhile comes from /proc.
 * Every run must end with each record stored once.
 *
 * <p>Arguments: address of a node without security, records that are timed (200000), rounds (4; the
 * first is not counted), a part of the names of the ways that are wanted (all). {@code
 * system-tests/compare-shippers} starts a node for it.
 */
public final class CompareShippers {
  private static final int PARTITIONS = 4;
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final Path RSYSLOGD = Path.of("/usr/sbin/rsyslogd");
  private static final List<String> MODULE_DIRS =
      List.of("/usr/lib/x86_64-linux-gnu/rsyslog", "/usr/lib/aarch64-linux-gnu/rsyslog");
  private static final double TICKS_PER_SECOND = 100;

  private final URI node;
  private final KafkaConnection kafka;
  private final Topics topics;
  private final Path dir;
  private final List<byte[]> documents;
  private final int warmUp;
  private final BareElastic elasticsearch;

  private CompareShippers(
      URI node, KafkaConnection kafka, Topics topics, Path dir, List<byte[]> documents) {
    this.node = node;
    this.elasticsearch = new BareElastic(node);
    this.kafka = kafka;
    this.topics = topics;
    this.dir = dir;
    this.documents = documents;
    this.warmUp = documents.size() / 3;
  }

  private record Run(double perSecond, double cpuMicros) {}

  private interface Way {
    Run run(String prefix, Path dir) throws Exception;
  }

  public static void main(String[] args) throws Exception {
    if (args.length < 1) {
      System.err.println(
          "usage: CompareShippers ADDRESS-OF-ELASTICSEARCH [RECORDS] [ROUNDS] [WAY]");
      System.exit(2);
    }
    int timed = args.length > 1 ? Integer.parseInt(args[1]) : 200_000;
    int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 4;
    Path dir = Files.createTempDirectory("spoor-compare-shippers");
    try (EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.in(dir.resolve("kafka")))) {
      new CompareShippers(
              URI.create(args[0]),
              KafkaConnection.of("127.0.0.1:" + broker.port()),
              new Topics("compare."),
              dir,
              ShippingBench.documents(timed + timed / 2))
          .compare(rounds, args.length > 3 ? args[3] : "");
    } finally {
      remove(dir);
    }
    // The store's client has threads of its own.
    System.exit(0);
  }

  private void compare(int rounds, String wanted) throws Exception {
    fill();
    Map<String, Way> ways = new LinkedHashMap<>();
    ways.put("bare bulk loader, requests made beforehand", (prefix, _) -> bareLoader(prefix));
    ways.put("Spoor's shipper", this::spoor);
    boolean hasRsyslog =
        Files.isExecutable(RSYSLOGD)
            && MODULE_DIRS.stream()
                .anyMatch(modules ->
                    Files.exists(Path.of(modules, "imkafka.so"))
                        && Files.exists(Path.of(modules, "omelasticsearch.so")));
    if (hasRsyslog) {
      ways.put("rsyslog, imkafka to omelasticsearch", this::rsyslog);
    }
    ways.keySet().removeIf(name -> !name.contains(wanted));
    Map<String, List<Run>> results = new LinkedHashMap<>();
    for (int round = 0; round < rounds; round++) {
      for (Map.Entry<String, Way> way : ways.entrySet()) {
        String prefix = "compare-" + round + "-" + results.size() + "-" + System.nanoTime() + "-";
        Path own = Files.createTempDirectory(dir, "run");
        elasticsearch.makeTemplate(prefix);
        Run run = way.getValue().run(prefix, own);
        finish(prefix);
        remove(own);
        System.out.printf(
            "round %d, %s: %,.0f records/s, %.1f µs%n",
            round, way.getKey(), run.perSecond, run.cpuMicros);
        if (round > 0 || rounds == 1) {
          results.computeIfAbsent(way.getKey(), _ -> new ArrayList<>()).add(run);
        }
      }
    }
    print(results, rounds);
    if (!hasRsyslog) {
      System.out.println();
      System.out.println(
          "rsyslog is not here (Debian: rsyslog, rsyslog-kafka, rsyslog-elasticsearch).");
    }
  }

  private void print(Map<String, List<Run>> results, int rounds) {
    System.out.println();
    System.out.printf(
        "%,d records timed after %,d, %d rounds counted; %s; Elasticsearch on the same machine%n%n",
        documents.size() - warmUp, warmUp, Math.max(1, rounds - 1), Machine.describe());
    System.out.println("| way | records/s, median (min … max) | of bare | its own CPU a record |");
    System.out.println("| --- | --- | --- | --- |");
    double bare = Double.NaN;
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
  }

  // ---- the ways

  private Run bareLoader(String prefix) throws Exception {
    BareElastic.Requests requests = new BareElastic.Requests();
    for (byte[] json : documents) {
      JsonNode fields = Json.tree(json);
      requests.add(
          BareElastic.index(prefix, Instant.now()),
          fields.path("source").asString() + "-" + fields.path("seq").asLong(),
          json);
    }
    Thread loader =
        Thread.ofPlatform()
            .name("bare-loader")
            .start(() -> {
              try {
                elasticsearch.load(requests);
              } catch (Exception failed) {
                throw new IllegalStateException(failed);
              }
            });
    Run run = timed(prefix, ProcessHandle.current().pid());
    loader.join();
    return run;
  }

  private Run spoor(String prefix, Path own) throws Exception {
    try (Admin admin = Admin.create(kafka.with(Map.of()))) {
      // Else the evaluator of alerts would go on behind all records from the second run on.
      admin
          .deleteRecords(
              Map.of(new TopicPartition(topics.alertsState(), 0), RecordsToDelete.beforeOffset(-1)))
          .all()
          .get();
    }
    try (ChildProcess shipper =
        ChildProcess.running(ShipperApplication.class)
            .arguments(
                "--server.port=0",
                "--KAFKA_BOOTSTRAP_SERVERS=" + kafka.bootstrapServers(),
                "--ELASTICSEARCH_URIS=" + node,
                "--spoor.elasticsearch.prefix=" + prefix,
                "--spoor.topics.prefix=" + topics.prefix(),
                "--spoor.data-dir=" + own)
            .jvmOptions(
                // As in its image; a child of a test would be without its second compiler.
                "-XX:TieredStopAtLevel=4",
                "-XX:+UseSerialGC",
                "-Xmx512m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow")
            .start()) {
      return timed(prefix, shipper.pid());
    }
  }

  /** Two workers of its own queue, so that one request is made while another is under way. */
  private Run rsyslog(String prefix, Path own) throws Exception {
    String config =
        """
        global(workDirectory="%1$s" maxMessageSize="1m")
        module(load="imkafka")
        module(load="mmjsonparse")
        module(load="omelasticsearch")
        main_queue(queue.type="FixedArray" queue.size="50000" queue.dequeueBatchSize="4000")
        template(name="record" type="string" string="%%rawmsg%%")
        template(name="id" type="string" string="%%$!source%%-%%$!seq%%")
        input(type="imkafka" topic="%2$s" broker="%3$s" consumergroup="%4$s" ruleset="ship"
              confParam=["auto.offset.reset=earliest", "fetch.message.max.bytes=1048576"])
        ruleset(name="ship") {
          action(type="mmjsonparse" cookie="" useRawMsg="on")
          action(type="omelasticsearch" server="%5$s" serverport="%6$d" template="record"
                 searchIndex="%7$s" searchType="" bulkmode="on" maxbytes="2m"
                 writeoperation="create" dynbulkid="on" bulkid="id" errorfile="%1$s/errors"
                 queue.type="FixedArray" queue.size="20000" queue.dequeueBatchSize="4000"
                 queue.workerThreads="2" queue.workerThreadMinimumMessages="4000"
                 action.resumeRetryCount="-1")
        }
        """
            .formatted(
                own,
                topics.telemetry(),
                kafka.bootstrapServers(),
                prefix,
                node.getHost(),
                node.getPort(),
                BareElastic.index(prefix, Instant.now()));
    Path file = Files.writeString(own.resolve("rsyslog.conf"), config);
    Process daemon =
        new ProcessBuilder(
                RSYSLOGD.toString(),
                "-n",
                "-f",
                file.toString(),
                "-i",
                own.resolve("pid").toString())
            .redirectErrorStream(true)
            .redirectOutput(own.resolve("output").toFile())
            .start();
    try {
      return timed(prefix, daemon.pid());
    } catch (IllegalStateException failed) {
      throw new IllegalStateException(Files.readString(own.resolve("output")), failed);
    } finally {
      daemon.destroy();
      if (!daemon.waitFor(10, TimeUnit.SECONDS)) {
        daemon.destroyForcibly().waitFor();
      }
    }
  }

  // ---- measuring

  private Run timed(String prefix, long pid) throws Exception {
    long first = awaitTaken(prefix, warmUp);
    long begun = System.nanoTime();
    double cpuBegun = cpuSeconds(pid);
    awaitTaken(prefix, documents.size());
    double seconds = (System.nanoTime() - begun) / 1e9;
    double cpu = cpuSeconds(pid) - cpuBegun;
    double records = documents.size() - first;
    return new Run(records / seconds, cpu * 1e6 / records);
  }

  /** Waits until the server has indexed so many, searchable or not. */
  private long awaitTaken(String prefix, long wanted) throws Exception {
    long limit = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      long taken = elasticsearch.taken(prefix);
      if (taken >= wanted) {
        return taken;
      }
      if (System.nanoTime() - limit > 0) {
        throw new IllegalStateException(taken + " records came within " + LIMIT);
      }
      Thread.sleep(20);
    }
  }

  /** User and system time of a process and all its threads. */
  private static double cpuSeconds(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    // The name in parentheses may have blanks in it.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
  }

  private void finish(String prefix) throws Exception {
    long count = elasticsearch.count(prefix);
    if (count != documents.size()) {
      throw new IllegalStateException(count + " of " + documents.size() + " records are there");
    }
    elasticsearch.remove(prefix);
  }

  private void fill() throws Exception {
    try (Admin admin = Admin.create(kafka.with(Map.of()))) {
      admin
          .createTopics(
              Stream.of(
                      topics.telemetry(),
                      topics.telemetryLedger(),
                      topics.telemetryDeadLetters(),
                      topics.alerts(),
                      topics.alertsState())
                  .map(name ->
                      new NewTopic(
                          name, name.equals(topics.telemetry()) ? PARTITIONS : 1, (short) 1))
                  .toList())
          .all()
          .get();
    }
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            kafka.with(
                Map.of("acks", "all", "linger.ms", 20, "max.in.flight.requests.per.connection", 1)),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      List<java.util.concurrent.Future<?>> sent = new ArrayList<>();
      for (byte[] json : documents) {
        JsonNode fields = Json.tree(json);
        ProducerRecord<byte[], byte[]> record =
            new ProducerRecord<>(
                topics.telemetry(),
                fields.path("source").asString().getBytes(StandardCharsets.UTF_8),
                json);
        record
            .headers()
            .add(Headers.EVENT, fields.path("event").asString().getBytes(StandardCharsets.UTF_8));
        sent.add(producer.send(record));
      }
      for (java.util.concurrent.Future<?> each : sent) {
        each.get();
      }
    }
  }

  private static void remove(Path dir) throws IOException {
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
