package dev.spoor.telemetry.shipping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.Topics;
import dev.spoor.telemetry.journal.DropReason;
import dev.spoor.telemetry.journal.JournalCounts;
import dev.spoor.telemetry.journal.JournalLimits;
import dev.spoor.telemetry.journal.Journals;
import dev.spoor.telemetry.journal.LoggingChild;
import dev.spoor.telemetry.logging.Pipeline;
import dev.spoor.testkit.ChildProcess;
import dev.spoor.testkit.TestBroker;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

@Timeout(180)
class ShippingIT {
  /** As brokers are out of the box: who asks for a topic gets one. */
  @RegisterExtension
  static final TestBroker BROKER = TestBroker.ofItsOwn(Map.of("auto.create.topics.enable", "true"));

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Logger log = LoggerFactory.getLogger(ShippingIT.class);

  @TempDir Path dir;
  private final Topics topics = BROKER.freshTopics();
  private final Pipeline pipeline = Pipeline.of((LoggerContext) LoggerFactory.getILoggerFactory());

  @SuppressWarnings("NullAway.Init") // In open().
  private Journals journals;

  @SuppressWarnings("NullAway.Init") // In open().
  private Shipping shipping;

  @BeforeEach
  void open() {
    journals =
        pipeline.openJournal(dir.resolve("journal"), JournalLimits.DEFAULT, null).orElseThrow();
    shipping = shipping(Duration.ofMillis(300));
  }

  private Shipping shipping(Duration scan) {
    return new Shipping(journals, BROKER.connection(), topics.telemetry(), "test", scan);
  }

  @AfterEach
  void stop() {
    shipping.stop(Duration.ofSeconds(5));
    if (journals.isOpen()) {
      journals.close();
    }
  }

  private TelemetryTopic topic(Map<String, String> config) {
    return new TelemetryTopic(BROKER.connection(), topics.telemetry(), config);
  }

  private static void logSome(int from, int to) {
    for (int i = from; i <= to; i++) {
      log.atInfo().addKeyValue("n", i).log("Record");
    }
  }

  private void awaitAllShipped() {
    await().atMost(LIMIT).untilAsserted(() -> assertThat(journals.counts().inJournal()).isZero());
    assertEquation();
  }

  private void assertEquation() {
    JournalCounts counts = journals.counts();
    assertThat(counts.logged())
        .isEqualTo(counts.shipped() + counts.droppedInAll() + counts.inJournal());
  }

  @Test
  void eachSourceArrivesInOrderInOnePartitionWithItsHeaders() {
    try (TelemetryTopic topic = topic(Map.of())) {
      shipping.start();
      logSome(1, 3000);
      log.atInfo().addKeyValue("event", "job.started").log("Started");
      awaitAllShipped();
      await().atMost(LIMIT).until(() -> topic.poll().size() >= 3001);
      Map<String, Long> last = new HashMap<>();
      Map<String, Integer> partition = new HashMap<>();
      Set<Integer> seen = new HashSet<>();
      for (ConsumerRecord<byte[], byte[]> record : topic.poll()) {
        String source = TelemetryTopic.source(record);
        long seq = Long.parseLong(TelemetryTopic.header(record, "seq"));
        assertThat(seq).isEqualTo(last.getOrDefault(source, 0L) + 1);
        last.put(source, seq);
        assertThat(partition.computeIfAbsent(source, it -> record.partition()))
            .isEqualTo(record.partition());
        JsonNode json = Json.tree(record.value());
        assertThat(json.get("source").asString()).isEqualTo(source);
        assertThat(json.get("seq").asLong()).isEqualTo(seq);
        assertThat(TelemetryTopic.header(record, "event")).isEqualTo(json.get("event").asString());
        if (json.has("n")) {
          seen.add(json.get("n").asInt());
        }
      }
      assertThat(seen).hasSize(3000);
      assertThat(last.keySet())
          .anyMatch(s -> s.endsWith("-bulk"))
          .anyMatch(s -> s.endsWith("-keep"));
    }
  }

  @Test
  void whatAStartThatFailedHadToSayIsShippedByTheNextProcess() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        TelemetryTopic topic = topic(Map.of())) {
      // One that fails before it has opened its journal, and one whose journal is closed by then.
      failedStart("SPOOR_TELEMETRY_HEALTH_PROBE_INTERVAL", "soon");
      failedStart("SERVER_PORT", Integer.toString(taken.getLocalPort()));
      shipping.start();
      await()
          .atMost(LIMIT)
          .untilAsserted(() ->
              assertThat(topic.poll())
                  .extracting(record -> Json.tree(record.value()).path("message").asString(""))
                  .contains("First line")
                  .anyMatch(message -> message.contains("INTERVAL is 'soon', expected a time"))
                  .anyMatch(message -> message.startsWith("port " + taken.getLocalPort())));
    }
  }

  private void failedStart(String variable, String value) {
    try (ChildProcess child =
        ChildProcess.running("dev.spoor.telemetry.app.TestApplication")
            .environment(variable, value)
            .arguments(
                "spoor.data-dir=" + dir,
                "KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:1",
                "spoor.telemetry.shipping.stop-timeout=100ms")
            .start()) {
      assertThat(child.awaitExit(LIMIT)).isEqualTo(2);
    }
  }

  @Test
  void waitsForItsTopicAndNeverHasItMade() throws Exception {
    shipping.start();
    logSome(1, 100);
    // Long enough for a producer that asks to have got the topic: it had, each time.
    Thread.sleep(1500);
    // Fails if the topic is there.
    try (TelemetryTopic topic = topic(Map.of())) {
      awaitAllShipped();
      await().atMost(LIMIT).until(() -> topic.poll().size() >= 100);
    }
  }

  @Test
  void theMetersShowTheEquation() {
    try (TelemetryTopic topic = topic(Map.of())) {
      SimpleMeterRegistry registry = new SimpleMeterRegistry();
      new ShippingMeters(journals).bindTo(registry);
      shipping.start();
      logSome(1, 200);
      awaitAllShipped();
      double dropped = 0;
      for (DropReason reason : DropReason.values()) {
        dropped +=
            registry
                .get("spoor.telemetry.dropped")
                .tag("reason", reason.wireName())
                .functionCounter()
                .count();
      }
      double logged = registry.get("spoor.telemetry.logged").functionCounter().count();
      assertThat(logged).isGreaterThanOrEqualTo(200);
      assertThat(logged)
          .isEqualTo(
              registry.get("spoor.telemetry.shipped").functionCounter().count()
                  + dropped
                  + registry.get("spoor.telemetry.in.journal").gauge().value());
      assertThat(registry.get("spoor.journal.size").gauge().value()).isPositive();
      assertThat(topic.poll()).isNotNull();
    }
  }

  @Test
  void aBrokerThatIsAwayCostsNoCallAndNoRecord() {
    try (TelemetryTopic topic = topic(Map.of())) {
      shipping.start();
      logSome(1, 500);
      awaitAllShipped();
      BROKER.stop();
      long slowest = 0;
      for (int i = 501; i <= 5000; i++) {
        long start = System.nanoTime();
        logSome(i, i);
        slowest = Math.max(slowest, System.nanoTime() - start);
      }
      assertThat(Duration.ofNanos(slowest)).isLessThan(Duration.ofSeconds(1));
      assertThat(journals.counts().inJournal()).isGreaterThanOrEqualTo(4500);
      assertEquation();
      BROKER.start();
      awaitAllShipped();
      await()
          .atMost(LIMIT)
          .untilAsserted(() -> {
            assertThat(topic.seqs()).containsKey(journals.bulk().source());
            NavigableSet<Long> bulk = topic.seqs().get(journals.bulk().source());
            assertThat(bulk).isNotNull();
            assertThat(bulk.last()).isGreaterThanOrEqualTo(5000);
            assertThat(bulk).hasSize((int) (long) bulk.last());
          });
      assertThat(journals.counts().droppedInAll()).isZero();
    } finally {
      BROKER.start();
    }
  }

  @Test
  void aRecordThatKafkaRefusesIsGivenUpByNameAndTheSourceGoesOn() {
    try (TelemetryTopic topic = topic(Map.of("max.message.bytes", "6000"))) {
      shipping.start();
      logSome(1, 10);
      StringBuilder noise = new StringBuilder();
      Random random = new Random(7);
      while (noise.length() < 12_000) {
        noise.append(Integer.toString(random.nextInt(1000), 36)).append(' ');
      }
      log.atInfo().addKeyValue("big", noise.toString()).log("Too large");
      logSome(11, 20);
      awaitAllShipped();
      assertThat(journals.counts().dropped(DropReason.TOO_LARGE)).isEqualTo(1);
      await()
          .atMost(LIMIT)
          .untilAsserted(() ->
              assertThat(topic.poll())
                  .anySatisfy(record -> {
                    JsonNode gap = Json.tree(record.value());
                    assertThat(gap.path("event").asString("")).isEqualTo("gap");
                    assertThat(gap.path("reason").asString("")).isEqualTo("too_large");
                    assertThat(gap.path("gap_source").asString(""))
                        .isEqualTo(journals.bulk().source());
                  }));
      assertThat(topic.poll().stream().filter(r -> Json.tree(r.value()).has("n"))).hasSize(20);
    }
  }

  @Test
  void whatAKilledProcessLeftIsShippedAndItsSourcesAreClosed()
      throws IOException, InterruptedException {
    try (TelemetryTopic topic = topic(Map.of())) {
      Path returned = dir.resolve("returned");
      try (ChildProcess child =
          ChildProcess.running(LoggingChild.class)
              .arguments("2", dir.resolve("journal").toString(), returned.toString())
              .start()) {
        child.awaitLine(line -> line.contains("logging"), Duration.ofSeconds(60));
        Thread.sleep(200);
        child.kill();
      }
      shipping.start();
      await()
          .atMost(LIMIT)
          .untilAsserted(() -> {
            List<JsonNode> closed =
                topic.poll().stream()
                    .map(record -> Json.tree(record.value()))
                    .filter(record -> record.path("event").asString("").equals("source.closed"))
                    .toList();
            assertThat(closed).isNotEmpty();
            for (JsonNode last : closed) {
              NavigableSet<Long> seqs = topic.seqs().get(last.get("source").asString());
              assertThat(seqs).isNotNull();
              assertThat(seqs.last()).isEqualTo(last.get("seq").asLong());
              assertThat(seqs.last()).isEqualTo(last.get("last_seq").asLong() + 1);
              assertThat(seqs).hasSize((int) (long) seqs.last());
            }
          });
      awaitAllShipped();
      await()
          .atMost(LIMIT)
          .untilAsserted(() -> {
            try (var folders = Files.list(dir.resolve("journal"))) {
              assertThat(folders).hasSize(2);
            }
          });
    }
  }

  @Test
  void anOrderlyEndShipsTheLastWordAndLeavesNothingBehind() throws IOException {
    try (TelemetryTopic topic = topic(Map.of())) {
      shipping.start();
      logSome(1, 50);
      shipping.stop(Duration.ofSeconds(20));
      await()
          .atMost(LIMIT)
          .untilAsserted(() ->
              assertThat(
                      topic.poll().stream()
                          .map(record -> TelemetryTopic.header(record, "event"))
                          .filter("source.closed"::equals))
                  .hasSize(2));
      try (var folders = Files.list(dir.resolve("journal"))) {
        assertThat(folders).isEmpty();
      }
    }
  }

  @Test
  void theClientsOwnChatterDoesNotFeedItself() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    ch.qos.logback.classic.Logger kafka = context.getLogger("org.apache.kafka");
    Level before = kafka.getLevel();
    var stdout = System.out;
    System.setOut(new PrintStream(OutputStream.nullOutputStream()));
    try (TelemetryTopic topic = topic(Map.of())) {
      kafka.setLevel(Level.TRACE);
      shipping.start();
      logSome(1, 100);
      await()
          .atMost(LIMIT)
          .during(Duration.ofSeconds(2))
          .untilAsserted(() -> assertThat(journals.counts().inJournal()).isLessThan(500));
      long logged = journals.counts().logged();
      assertThat(logged).isLessThan(5000);
      await().atMost(LIMIT).until(() -> topic.poll().size() >= 100);
    } finally {
      kafka.setLevel(before);
      System.setOut(stdout);
    }
  }
}
