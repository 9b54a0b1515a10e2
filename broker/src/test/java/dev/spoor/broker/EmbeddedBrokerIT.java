package dev.spoor.broker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

@Timeout(120)
class EmbeddedBrokerIT {
  private static final String TOPIC = "jobs";
  private static final String GROUP = "workers";

  @TempDir private Path dir;

  @Test
  void keepsRecordsAndWhatAShareGroupHasAcceptedOverARestart() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.in(dir.resolve("kafka")))) {
      prepare(broker.bootstrapServers());
      produce(broker.bootstrapServers(), "a", "b");
      assertThat(acceptRecords(broker.bootstrapServers(), 2)).containsExactly("a", "b");
      produce(broker.bootstrapServers(), "c");
    }
    try (EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.in(dir.resolve("kafka")))) {
      assertThat(acceptRecords(broker.bootstrapServers(), 1)).containsExactly("c");
      assertThat(broker.failure()).isNotDone();
    }
  }

  @Test
  void restartsOnItsOwnDataAfterKill() throws Exception {
    Path kafka = dir.resolve("kafka");
    try (KilledAtClose first = KilledAtClose.start(kafka)) {
      prepare(first.bootstrapServers());
      produce(first.bootstrapServers(), "a", "b");
      assertThat(acceptRecords(first.bootstrapServers(), 1)).containsExactly("a");
    }
    Instant restart = Instant.now();
    try (KilledAtClose second = KilledAtClose.start(kafka)) {
      produce(second.bootstrapServers(), "c");
      assertThat(acceptRecords(second.bootstrapServers(), 2)).containsExactly("b", "c");
    }
    assertThat(Duration.between(restart, Instant.now())).isLessThan(Duration.ofSeconds(40));
  }

  /**
   * Were a new broker told of the dead one's leadership, transactions that the kill has interrupted
   * would lose their markers; see {@link DeadRegistration}.
   */
  @Test
  void coordinatesNoTransactionsInTheNameOfTheBrokerThatWasKilled() throws Exception {
    Path kafka = dir.resolve("kafka");
    try (KilledAtClose first = KilledAtClose.start(kafka)) {
      beginTransactions(first.bootstrapServers());
    }
    Logger coordinator =
        (Logger) LoggerFactory.getLogger("kafka.coordinator.transaction.TransactionCoordinator");
    ListAppender<ILoggingEvent> told = new ListAppender<>();
    told.start();
    coordinator.addAppender(told);
    coordinator.setLevel(Level.INFO);
    try (EmbeddedBroker second = EmbeddedBroker.start(BrokerSettings.in(kafka))) {
      beginTransactions(second.bootstrapServers());
    } finally {
      coordinator.detachAppender(told);
      coordinator.setLevel(null);
    }
    // One line for each partition of the transactions' topic and each time that it is led here.
    assertThat(
            told.list.stream()
                .map(ILoggingEvent::getFormattedMessage)
                .filter(line -> line.contains("Elected as the txn coordinator"))
                .map(line -> line.replaceAll(".*partition (\\d+) at epoch.*", "$1")))
        .isNotEmpty()
        .doesNotHaveDuplicates();
  }

  private static void beginTransactions(String bootstrap) {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrap, "transactional.id", "ledger"),
            new StringSerializer(),
            new StringSerializer())) {
      producer.initTransactions();
    }
  }

  @Test
  void refusesADirectoryInUse() {
    BrokerSettings settings = BrokerSettings.in(dir.resolve("kafka"));
    try (EmbeddedBroker broker = EmbeddedBroker.start(settings)) {
      assertThatThrownBy(() -> EmbeddedBroker.start(settings))
          .isInstanceOf(BrokerStartException.class)
          .hasMessageContaining("is in use by another broker");
      assertThat(broker.failure()).isNotDone();
    }
  }

  @Test
  void refusesAPortThatIsTakenAndStartsOnAGivenOne() throws Exception {
    int port;
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = taken.getLocalPort();
      assertThatThrownBy(() ->
              EmbeddedBroker.start(
                  BrokerSettings.in(dir.resolve("kafka")).withPort(taken.getLocalPort())))
          .isInstanceOf(BrokerStartException.class)
          .hasMessageContaining("Port " + port + " on 127.0.0.1 is taken");
    }
    try (EmbeddedBroker broker =
        EmbeddedBroker.start(BrokerSettings.in(dir.resolve("kafka")).withPort(port))) {
      assertThat(broker.bootstrapServers()).isEqualTo("127.0.0.1:" + port);
    }
  }

  @Test
  void startsAndStopsQuicklyAndAgainAndAgain() {
    List<Duration> starts = new ArrayList<>();
    for (int round = 0; round < 3; round++) {
      Instant begin = Instant.now();
      EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.in(dir.resolve("kafka")));
      starts.add(Duration.between(begin, Instant.now()));
      Instant stop = Instant.now();
      broker.close();
      assertThat(Duration.between(stop, Instant.now())).isLessThan(EmbeddedBroker.STOP_TIMEOUT);
    }
    assertThat(starts.getLast()).isLessThan(Duration.ofSeconds(10));
  }

  private static void prepare(String bootstrap) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      admin.createTopics(Set.of(new NewTopic(TOPIC, 1, (short) 1))).all().get(20, TimeUnit.SECONDS);
      ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, GROUP);
      admin
          .incrementalAlterConfigs(
              Map.of(
                  group,
                  List.of(
                      new AlterConfigOp(
                          new ConfigEntry("share.auto.offset.reset", "earliest"),
                          AlterConfigOp.OpType.SET))))
          .all()
          .get(20, TimeUnit.SECONDS);
    }
  }

  private static void produce(String bootstrap, String... values) throws Exception {
    try (var producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrap, "acks", "all"),
            new StringSerializer(),
            new StringSerializer())) {
      for (String value : values) {
        producer.send(new ProducerRecord<>(TOPIC, value, value)).get(20, TimeUnit.SECONDS);
      }
    }
  }

  private static List<String> acceptRecords(String bootstrap, int count) {
    List<String> values = new ArrayList<>();
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers",
            bootstrap,
            "group.id",
            GROUP,
            "share.acknowledgement.mode",
            "explicit",
            "share.acquire.mode",
            "record_limit",
            "max.poll.records",
            1);
    try (var consumer =
        new KafkaShareConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
      consumer.subscribe(Set.of(TOPIC));
      while (values.size() < count) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
          values.add(record.value());
          consumer.acknowledge(record);
          consumer.commitSync();
        }
      }
    }
    return values;
  }

  /** A broker in a process of its own that ends by SIGKILL. */
  private record KilledAtClose(Process process, String bootstrapServers) implements AutoCloseable {
    static KilledAtClose start(Path dataDir) throws Exception {
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  BrokerProcess.class.getName(),
                  dataDir.toString())
              .redirectErrorStream(true)
              .start();
      BufferedReader output =
          new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
      List<String> lines = new ArrayList<>();
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        lines.add(line);
        if (line.startsWith("READY ")) {
          return new KilledAtClose(process, line.substring("READY ".length()));
        }
      }
      throw new IllegalStateException("The broker process ended: " + lines);
    }

    @Override
    public void close() {
      process.destroyForcibly();
      assertThat(process.onExit()).succeedsWithin(Duration.ofSeconds(20));
    }
  }
}
