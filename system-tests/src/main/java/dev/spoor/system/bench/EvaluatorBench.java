package dev.spoor.system.bench;

import dev.spoor.alert.evaluation.Evaluator;
import dev.spoor.alert.rule.RuleFile;
import dev.spoor.alert.rule.Rules;
import dev.spoor.broker.BrokerSettings;
import dev.spoor.broker.EmbeddedBroker;
import dev.spoor.contract.wire.Headers;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.shipper.alerts.AlertsConfiguration;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
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
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import javax.management.AttributeNotFoundException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.ObjectName;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.MapPropertySource;
import tools.jackson.databind.JsonNode;

/**
 * How much one evaluator of alerts bears: the shipper's own, on a topic of four partitions that is
 * full when it begins, with the rules that ship. Told of each kind of records are the records a
 * second, what each costs the evaluator's thread, what an evaluation takes, and how large the state
 * is that it writes. The broker is in the same process.
 *
 * <p>Arguments: records (500000; four times as many of those that it skips), rounds (4; the first
 * warms up and is not counted).
 */
public final class EvaluatorBench {
  private static final int PARTITIONS = 4;
  private static final int SOURCES = 8;
  private static final int GROUPS = 10_000;

  /** Records are of these last minutes, as the shipped rules' windows are. */
  private static final Duration SPREAD = Duration.ofSeconds(280);

  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final String THREAD = "shipper-alerts";
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private static final String BY_ROUTE =
      """
      rules:
        - name: SlowRoutes
          metric:
            quantile:
              where: {event: http.request.completed}
              field: duration_ms
              quantile: 0.95
          window: 5m
          threshold: "> 1000000"
          group_by: route
          severity: info
          unit: milliseconds
          summary: "{{route}} takes {{value}}"
      """;

  private final KafkaConnection kafka;
  private final Path dir;
  private final int rounds;

  private EvaluatorBench(KafkaConnection kafka, Path dir, int rounds) {
    this.kafka = kafka;
    this.dir = dir;
    this.rounds = rounds;
  }

  private interface Maker {
    byte[] record(int number, Instant at);
  }

  /**
   * @param event of all records
   * @param header whether they say so in a header
   * @param rules besides those that ship, as YAML
   */
  private record Kind(
      String name,
      int records,
      String event,
      boolean header,
      int maxSeries,
      String rules,
      Maker maker) {}

  private record Run(
      double perSecond,
      double cpuMicros,
      double evaluationMillis,
      int stateBytes,
      int unpackedBytes,
      int panes,
      double series,
      double overflowed) {}

  public static void main(String[] args) throws Exception {
    int records = args.length > 0 ? Integer.parseInt(args[0]) : 500_000;
    int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 4;
    System.out.printf("%d records, %d rounds; %s%n%n", records, rounds, Machine.describe());
    Path dir = Files.createTempDirectory("spoor-evaluator-bench");
    try (EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.in(dir.resolve("kafka")))) {
      EvaluatorBench bench =
          new EvaluatorBench(KafkaConnection.of("127.0.0.1:" + broker.port()), dir, rounds);
      System.out.println(
          "| records | a second, median (min … max) | CPU a record | an evaluation with its commit"
              + " | state, packed (unpacked), panes | series | left out |");
      System.out.println("| --- | --- | --- | --- | --- | --- | --- |");
      for (Kind kind : kinds(records)) {
        bench.compare(kind);
      }
      System.out.println();
      heap();
    } finally {
      remove(dir);
    }
  }

  private static List<Kind> kinds(int records) {
    List<byte[]> lines =
        ShippingBench.documents(3000).stream()
            .filter(json -> Json.tree(json).path("event").asString().equals("log"))
            .toList();
    Maker line = (number, _) -> lines.get(number % lines.size());
    Maker request = (number, at) -> request(number, "/v1/jobs/{job_id}", at);
    Maker routes = (number, at) -> request(number, "/v1/route-" + number % GROUPS, at);
    String http = "http.request.completed";
    return List.of(
        new Kind("plain lines, skipped by their header", 4 * records, "log", true, 5000, "", line),
        new Kind("plain lines without the header, parsed", records, "log", false, 5000, "", line),
        new Kind("HTTP requests, two rules", records, http, true, 5000, "", request),
        new Kind(
            "agent executions, %,d agents".formatted(GROUPS),
            records,
            "agent.execution.completed",
            true,
            2 * GROUPS,
            "",
            EvaluatorBench::execution),
        new Kind(
            "HTTP requests, p95 by %,d routes".formatted(GROUPS),
            records,
            http,
            true,
            2 * GROUPS,
            BY_ROUTE,
            routes));
  }

  // ---- records

  private static Map<String, Object> fields(int number, Instant at) {
    Random random = new Random(number);
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("timestamp", at.toString());
    record.put("level", "INFO");
    record.put("logger", "dev.spoor.bench.Trail");
    record.put("service", "gateway");
    record.put("instance", "gateway-" + number % 3);
    record.put("version", "0.1.0");
    record.put("request_id", Long.toHexString(random.nextLong()));
    record.put("trace_id", Long.toHexString(random.nextLong()) + number);
    record.put("span_id", Long.toHexString(random.nextLong()));
    record.put("tenant", "default");
    record.put("job_id", Long.toHexString(random.nextLong()) + number);
    record.put("duration_ms", Math.exp(random.nextGaussian() + 3));
    record.put("source", "bench-" + number % SOURCES);
    record.put("seq", number / SOURCES + 1);
    return record;
  }

  private static byte[] request(int number, String route, Instant at) {
    Map<String, Object> record = fields(number, at);
    record.put("event", "http.request.completed");
    record.put("message", "GET " + route + " 200");
    record.put("method", "GET");
    record.put("path", route);
    record.put("route", route);
    record.put("status_code", number % 50 == 0 ? 500 : 200);
    record.put("request_bytes", 300);
    record.put("response_bytes", 1200);
    return Json.write(record);
  }

  private static byte[] execution(int number, Instant at) {
    Map<String, Object> record = fields(number, at);
    record.put("event", "agent.execution.completed");
    record.put("message", "the agent has answered");
    record.put("agent_id", "agent-" + number % GROUPS);
    record.put("flow_id", "review-story");
    record.put("step_id", "review");
    record.put("status", "success");
    record.put("attempt", 1);
    return Json.write(record);
  }

  private void fill(Topics topics, Kind kind) throws Exception {
    try (Admin admin = Admin.create(kafka.with(Map.of()))) {
      admin
          .createTopics(
              List.of(
                  new NewTopic(topics.telemetry(), PARTITIONS, (short) 1),
                  new NewTopic(topics.telemetryLedger(), 1, (short) 1),
                  new NewTopic(topics.alerts(), 1, (short) 1),
                  new NewTopic(topics.alertsState(), 1, (short) 1)
                      .configs(Map.of("max.message.bytes", "8000000"))))
          .all()
          .get();
    }
    byte[] event = kind.event.getBytes(StandardCharsets.UTF_8);
    Random random = new Random(1);
    Instant begin = Instant.now().minus(SPREAD);
    AtomicReference<Exception> failed = new AtomicReference<>();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            kafka.with(
                Map.of("acks", "all", "linger.ms", 20, "max.in.flight.requests.per.connection", 1)),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < kind.records; i++) {
        Instant at = begin.plusMillis(random.nextLong(SPREAD.toMillis()));
        ProducerRecord<byte[], byte[]> record =
            new ProducerRecord<>(
                topics.telemetry(),
                ("bench-" + i % SOURCES).getBytes(StandardCharsets.UTF_8),
                kind.maker.record(i, at));
        if (kind.header) {
          record.headers().add(Headers.EVENT, event);
        }
        var _ =
            producer.send(
                record,
                (_, fault) -> {
                  if (fault != null) {
                    failed.set(fault);
                  }
                });
      }
    }
    if (failed.get() != null) {
      throw failed.get();
    }
  }

  // ---- runs

  private void compare(Kind kind) throws Exception {
    Topics topics = new Topics("bench-" + Long.toHexString(System.nanoTime()) + ".");
    fill(topics, kind);
    List<Run> runs = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      Run run = run(topics, kind);
      if (round > 0 || rounds == 1) {
        runs.add(run);
      }
    }
    runs.sort(Comparator.comparingDouble(Run::perSecond));
    Run last = runs.getLast();
    System.out.printf(
        "| %s | %,.0f (%,.0f … %,.0f) | %.1f µs | %.0f ms | %,d KiB (%,d KiB), %,d | %,.0f | %,.0f |%n",
        kind.name,
        runs.get(runs.size() / 2).perSecond,
        runs.getFirst().perSecond,
        last.perSecond,
        runs.stream().mapToDouble(Run::cpuMicros).sorted().toArray()[runs.size() / 2],
        runs.stream().mapToDouble(Run::evaluationMillis).sorted().toArray()[runs.size() / 2],
        last.stateBytes / 1024,
        last.unpackedBytes / 1024,
        last.panes,
        last.series,
        last.overflowed);
  }

  private Run run(Topics topics, Kind kind) throws Exception {
    TopicPartition state = new TopicPartition(topics.alertsState(), 0);
    try (Admin admin = Admin.create(kafka.with(Map.of()))) {
      // Without a state it begins with all that is in the windows, as the first one did.
      admin.deleteRecords(Map.of(state, RecordsToDelete.beforeOffset(-1))).all().get();
    }
    Path rules = dir.resolve("rules.yaml");
    Files.writeString(rules, kind.rules);
    System.gc();
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (AnnotationConfigApplicationContext shipper = new AnnotationConfigApplicationContext()) {
      shipper
          .getEnvironment()
          .getPropertySources()
          .addFirst(
              new MapPropertySource(
                  "bench",
                  Map.of(
                      "spoor.alerts.max-series",
                      kind.maxSeries,
                      "spoor.alerts.rules-file",
                      kind.rules.isEmpty() ? "" : rules.toString())));
      shipper.registerBean(KafkaConnection.class, () -> kafka);
      shipper.registerBean(Topics.class, () -> topics);
      shipper.registerBean(SimpleMeterRegistry.class, () -> registry);
      shipper.register(AlertsConfiguration.class);
      shipper.refresh();

      long before = awaitConsumed(1);
      long begun = System.nanoTime();
      long cpuBegun = cpuNanos();
      awaitConsumed(kind.records);
      double seconds = (System.nanoTime() - begun) / 1e9;
      double cpu = cpuNanos() - cpuBegun;
      double read = kind.records - before;
      // The evaluation after that stands on all of them and writes them down.
      Timer evaluations = registry.get("spoor.alerts.evaluation").timer();
      long count = evaluations.count();
      double millis = evaluations.totalTime(TimeUnit.MILLISECONDS);
      await(() -> evaluations.count() >= count + 2);
      double each =
          (evaluations.totalTime(TimeUnit.MILLISECONDS) - millis) / (evaluations.count() - count);
      byte[] packed = lastState(state);
      byte[] json = unpacked(packed);
      int panes = 0;
      for (JsonNode series : Json.tree(json).path("snapshot").path("series")) {
        panes += series.path("panes").size();
      }
      return new Run(
          read / seconds,
          cpu / 1e3 / read,
          each,
          packed.length,
          json.length,
          panes,
          gauge(registry, "spoor.alerts.series"),
          gauge(registry, "spoor.alerts.overflowed"));
    }
  }

  private static double gauge(SimpleMeterRegistry registry, String name) {
    Gauge gauge = registry.find(name).gauge();
    return gauge == null ? Double.NaN : gauge.value();
  }

  private interface Condition {
    boolean holds() throws JMException;
  }

  private static void await(Condition condition) throws Exception {
    long limit = System.nanoTime() + LIMIT.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() - limit > 0) {
        throw new IllegalStateException("The evaluator did not get on within " + LIMIT);
      }
      Thread.sleep(2);
    }
  }

  private static long awaitConsumed(long records) throws Exception {
    await(() -> consumed() >= records);
    return consumed();
  }

  /** What the evaluator's consumer says that it has given out. */
  private static long consumed() throws JMException {
    ObjectName name =
        new ObjectName(
            "kafka.consumer:type=consumer-fetch-manager-metrics,client-id=shipper-alerts");
    try {
      Object total =
          ManagementFactory.getPlatformMBeanServer().getAttribute(name, "records-consumed-total");
      return total instanceof Double number ? number.longValue() : 0;
    } catch (InstanceNotFoundException | AttributeNotFoundException notYet) {
      return 0;
    }
  }

  private static long cpuNanos() {
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().equals(THREAD)) {
        return THREADS.getThreadCpuTime(thread.threadId());
      }
    }
    throw new IllegalStateException("There is no thread " + THREAD);
  }

  private byte[] lastState(TopicPartition partition) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            kafka.with(Map.of("isolation.level", "read_committed")),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
      byte[] last = new byte[0];
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          last = record.value();
        }
      }
      return last;
    }
  }

  private static byte[] unpacked(byte[] packed) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
      return in.readAllBytes();
    }
  }

  // ---- memory

  /** What an evaluator holds on the heap, by itself. */
  private static void heap() {
    Rules byRoute = RuleFile.read(BY_ROUTE).over(RuleFile.shipped());
    System.out.println("| what it knows | series | heap |");
    System.out.println("| --- | --- | --- |");
    heap(RuleFile.shipped(), "agents, 5 minutes full", EvaluatorBench::execution);
    heap(
        byRoute,
        "routes with their p95, 5 minutes full",
        (number, at) -> request(number, "/v1/route-" + number % GROUPS, at));
  }

  private static void heap(Rules rules, String what, Maker maker) {
    long before = used();
    Instant begin = Instant.now();
    Evaluator evaluator = new Evaluator(rules, begin, 2 * GROUPS);
    for (int i = 0; i < 31 * GROUPS; i++) {
      Instant at = begin.plusSeconds(10L * (i / GROUPS));
      evaluator.add(Json.tree(maker.record(i, at)), at);
    }
    evaluator.evaluate(begin.plus(SPREAD));
    long bytes = used() - before;
    System.out.printf("| %s | %,d | %,d MiB |%n", what, evaluator.seriesCount(), bytes >> 20);
  }

  private static long used() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static void remove(Path dir) throws IOException {
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
