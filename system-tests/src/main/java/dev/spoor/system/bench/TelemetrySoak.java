package dev.spoor.system.bench;

import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.gateway.topics.TopicSettings;
import dev.spoor.gateway.topics.TopicSetup;
import dev.spoor.shipper.ShipperApplication;
import dev.spoor.testkit.ChildProcess;
import dev.spoor.testkit.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;
import tools.jackson.databind.JsonNode;

/**
 * Telemetry under load for a long time, with the broker gone in the middle of it: what a log call
 * costs its caller meanwhile, whether memory stays flat, and whether everything arrives. Broker,
 * emitting app and shipper (Lucene) are processes of their own; the broker is killed with SIGKILL
 * and started again on the same data.
 *
 * <p>Usage: {@code TelemetrySoak [--records-per-second 5000] [--minutes 30] [--broker-away 10m]
 * [--journal 2GB]}. Exit code 1 if a record is missing or dropped, memory grew, or the shipper did
 * not catch up before the end.
 */
public final class TelemetrySoak {
  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final long MIB = 1 << 20;

  private final HttpClient http = HttpClient.newHttpClient();
  private final Path dir;
  private final int brokerPort = FreePorts.one();
  private final int shipperPort = FreePorts.one();
  private final int emitterPort = FreePorts.one();
  private final List<String> faults = new ArrayList<>();
  private final List<String> phases = new ArrayList<>();

  private TelemetrySoak(Path dir) {
    this.dir = dir;
  }

  public static void main(String[] args) throws Exception {
    int rate = Integer.parseInt(option(args, "--records-per-second", "5000"));
    Duration whole =
        Duration.ofSeconds(Math.round(60 * Double.parseDouble(option(args, "--minutes", "30"))));
    Duration away = DurationStyle.detectAndParse(option(args, "--broker-away", "10m"));
    String journal = option(args, "--journal", "");
    Path dir = Files.createTempDirectory("spoor-telemetry-soak");
    TelemetrySoak soak = new TelemetrySoak(dir);
    try {
      soak.run(rate, whole, away, journal);
    } finally {
      remove(dir);
    }
    soak.phases.forEach(System.out::println);
    soak.faults.forEach(fault -> System.out.println("FAULT: " + fault));
    System.exit(soak.faults.isEmpty() ? 0 : 1);
  }

  private static String option(String[] args, String name, String otherwise) {
    for (int i = 0; i + 1 < args.length; i++) {
      if (args[i].equals(name)) {
        return args[i + 1];
      }
    }
    return otherwise;
  }

  private void run(int rate, Duration whole, Duration away, String journal) throws Exception {
    System.out.printf(
        "%d records/s for %s, broker away for %s; %s%n", rate, whole, away, Machine.describe());
    String kafka = "127.0.0.1:" + brokerPort;
    ChildProcess broker = broker();
    try {
      createTopics(kafka);
      try (ChildProcess shipper = shipper(kafka);
          ChildProcess emitter = emitter(kafka, rate, journal)) {
        awaitReady(shipper);
        emitter.awaitLine(line -> line.equals("READY"), START);
        Duration third = whole.minus(away).dividedBy(2);
        emitter("/start");
        // Start and JIT compiler are not what is looked for; a twentieth of the time is enough.
        Duration warm = whole.dividedBy(20);
        watch("warming up", warm, rate, false);
        emitter("/phase");
        watch("before", third.minus(warm), rate, false);
        told("before");
        long heapBefore = collected();
        JsonNode before = emitter("/state");

        emitter("/phase");
        broker.kill();
        watch("away", away, rate, false);
        JsonNode full = emitter("/state");
        told("broker away");
        bytesOfRecord(full);
        long heapAway = collected();

        emitter("/phase");
        broker = broker();
        long back = System.nanoTime();
        long caughtUp = watch("after", third, rate, true);
        told("after");
        long heapAfter = collected();
        JsonNode after = emitter("/state");
        memory(before, full, after, heapBefore, heapAway, heapAfter);
        if (caughtUp == 0) {
          faults.add("not caught up within " + third);
        } else {
          phases.add(
              "Caught up %d s after the broker was started again, while records went on coming."
                  .formatted(Duration.ofNanos(caughtUp - back).toSeconds()));
        }
        end();
      }
    } finally {
      broker.close();
    }
  }

  private ChildProcess broker() {
    ChildProcess broker =
        ChildProcess.running(SoakBroker.class)
            .jvmOptions("-XX:TieredStopAtLevel=4", "-Xmx512m", "-XX:+UseSerialGC")
            .arguments(dir.resolve("kafka").toString(), Integer.toString(brokerPort))
            .start();
    broker.awaitLine(line -> line.startsWith("READY"), START);
    return broker;
  }

  private ChildProcess shipper(String kafka) {
    return ChildProcess.running(ShipperApplication.class)
        .jvmOptions("-XX:TieredStopAtLevel=4", "-Xmx512m", "-XX:+UseSerialGC")
        .environment("KAFKA_BOOTSTRAP_SERVERS", kafka)
        .environment("SERVER_PORT", Integer.toString(shipperPort))
        .environment("SPOOR_DATA_DIR", dir.resolve("shipper").toString())
        .start();
  }

  private void awaitReady(ChildProcess shipper) throws InterruptedException {
    long limit = System.nanoTime() + START.toNanos();
    while (get(shipperPort, "/actuator/health/readiness") == null) {
      if (!shipper.isAlive() || System.nanoTime() > limit) {
        throw new IllegalStateException(
            "the shipper is not ready:\n" + String.join("\n", shipper.output()));
      }
      Thread.sleep(100);
    }
  }

  private ChildProcess emitter(String kafka, int rate, String journal) {
    ChildProcess.Builder emitter =
        ChildProcess.running(SoakEmitter.class)
            .jvmOptions("-XX:TieredStopAtLevel=4", "-Xmx256m", "-XX:+UseSerialGC")
            .environment("KAFKA_BOOTSTRAP_SERVERS", kafka)
            .environment("SPOOR_DATA_DIR", dir.resolve("emitter").toString())
            .environment("SPOOR_TELEMETRY_SHIPPING_STOP_TIMEOUT", "60s")
            .arguments(Integer.toString(emitterPort), Integer.toString(rate));
    if (!journal.isEmpty()) {
      emitter.environment("SPOOR_TELEMETRY_JOURNAL_MAX_BYTES", journal);
    }
    return emitter.start();
  }

  private static void createTopics(String kafka) {
    try (Admin admin = Admin.create(KafkaConnection.of(kafka).with(Map.of()))) {
      new TopicSetup(
              new TopicSettings(
                  Topics.DEFAULT.prefix(), 4, 8, 0, Duration.ofDays(7), Duration.ofSeconds(60)),
              admin)
          .run();
    }
  }

  /**
   * Says once a minute how it stands.
   *
   * @return when less than two seconds' records were on their way to the store, 0 if never
   */
  private long watch(String name, Duration span, int rate, boolean catchUp) throws Exception {
    long start = System.nanoTime();
    long told = start;
    long caughtUp = 0;
    while (System.nanoTime() - start < span.toNanos()) {
      Thread.sleep(TICK);
      JsonNode state = emitter("/state");
      if (catchUp && caughtUp == 0) {
        long stored = stored();
        if (stored >= 0 && state.path("logged").asLong() - stored < 2L * rate) {
          caughtUp = System.nanoTime();
        }
      }
      if (System.nanoTime() - told >= Duration.ofMinutes(1).toNanos()) {
        told = System.nanoTime();
        System.out.println(name + " " + (told - start) / 1_000_000_000 + " s: " + state);
      }
    }
    return caughtUp;
  }

  /** Of all sources, by the audit; -1 if the shipper does not answer. */
  private long stored() throws InterruptedException {
    JsonNode audit = get(shipperPort, "/v1/audit");
    if (audit == null) {
      return -1;
    }
    long stored = 0;
    for (JsonNode source : audit.path("sources")) {
      stored += source.path("stored").asLong();
    }
    return stored;
  }

  private void told(String name) throws Exception {
    JsonNode phase = emitter("/phase");
    if (phases.isEmpty()) {
      phases.add(
          "| phase | calls | call p50 / p99 / p99.9 µs | longest call ms | a sleeping thread woke"
              + " late by p99.9 / most, ms |");
      phases.add("| --- | --- | --- | --- | --- |");
    }
    phases.add(
        "| %s | %,d | %.0f / %.0f / %.0f | %.1f | %.1f / %.1f |"
            .formatted(
                name,
                phase.path("calls").asLong(),
                phase.path("call_p50").asLong() / 1e3,
                phase.path("call_p99").asLong() / 1e3,
                phase.path("call_p999").asLong() / 1e3,
                phase.path("call_max").asLong() / 1e6,
                phase.path("idle_p999").asLong() / 1e6,
                phase.path("idle_max").asLong() / 1e6));
  }

  private void bytesOfRecord(JsonNode full) {
    for (String journal : List.of("bulk", "keep")) {
      long records = full.path(journal + "_records").asLong();
      long bytes = full.path(journal + "_bytes").asLong();
      phases.add(
          "%s at the end of the outage: %,d records in %,d MiB, %d bytes each"
              .formatted(journal, records, bytes / MIB, bytes / Math.max(1, records)));
    }
  }

  /** The pause of the collection is in the phase that nobody reports. */
  private long collected() throws Exception {
    return emitter("/collect").path("heap").asLong();
  }

  private void memory(
      JsonNode before,
      JsonNode full,
      JsonNode after,
      long heapBefore,
      long heapAway,
      long heapAfter) {
    phases.add(
        "Heap after a collection, MiB: %d before, %d after the outage, %d at the end"
            .formatted(heapBefore / MIB, heapAway / MIB, heapAfter / MIB));
    for (String kind : List.of("VmRSS", "RssAnon", "RssFile")) {
      phases.add(
          "%s, MiB: %d before, %d at the end of the outage, %d at the end"
              .formatted(
                  kind,
                  before.path(kind).asLong() / MIB,
                  full.path(kind).asLong() / MIB,
                  after.path(kind).asLong() / MIB));
      for (JsonNode later : List.of(full, after)) {
        long grown = later.path(kind).asLong() - before.path(kind).asLong();
        if (grown > 64 * MIB) {
          faults.add(kind + " grew by " + grown / MIB + " MiB");
        }
      }
    }
    for (long later : List.of(heapAway, heapAfter)) {
      if (later - heapBefore > 16 * MIB) {
        faults.add("the heap grew from " + heapBefore / MIB + " to " + later / MIB + " MiB");
      }
    }
  }

  /** The last record has been logged: does all of it arrive? */
  private void end() throws Exception {
    long calls = emitter("/finish").path("calls").asLong();
    JsonNode closed = emitter("/close");
    long logged = closed.path("logged").asLong();
    if (closed.path("dropped").asLong() != 0 || closed.path("in_journal").asLong() != 0) {
      faults.add("dropped or left in the journal: " + closed);
    }
    long limit = System.nanoTime() + Duration.ofMinutes(5).toNanos();
    JsonNode audit = null;
    while (System.nanoTime() < limit) {
      audit = get(shipperPort, "/v1/audit");
      if (audit != null && stored() >= logged && isComplete(audit)) {
        break;
      }
      Thread.sleep(TICK);
    }
    long stored = stored();
    phases.add(
        "%,d log calls, %,d records logged with the app's own, %,d stored; dropped %d; audit %s"
            .formatted(calls, logged, stored, closed.path("dropped").asLong(), audit));
    if (stored != logged || logged < calls) {
      faults.add("stored " + stored + " of " + logged);
    }
    if (audit == null || !isComplete(audit)) {
      faults.add("the audit is not complete");
    }
  }

  private static boolean isComplete(JsonNode audit) {
    boolean complete = audit.path("complete").asBoolean();
    for (JsonNode source : audit.path("sources")) {
      complete &= source.path("state").asString().equals("complete");
    }
    return complete;
  }

  private JsonNode emitter(String path) throws InterruptedException {
    JsonNode answer = get(emitterPort, path);
    if (answer == null) {
      throw new IllegalStateException("the emitter does not answer " + path);
    }
    return answer;
  }

  private @Nullable JsonNode get(int port, String path) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofMinutes(2))
            .build();
    try {
      HttpResponse<byte[]> answer = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      return answer.statusCode() == 200 ? Json.tree(answer.body()) : null;
    } catch (IOException away) {
      return null;
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
