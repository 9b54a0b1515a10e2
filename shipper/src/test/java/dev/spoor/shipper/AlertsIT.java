package dev.spoor.shipper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.spoor.contract.telemetry.Events;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Headers;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.Topics;
import dev.spoor.store.TelemetryStore;
import dev.spoor.testkit.ChildProcess;
import dev.spoor.testkit.TestBroker;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPInputStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@Timeout(240)
class AlertsIT {
  private static final TestBroker BROKER = TestBroker.shared();
  private static final Duration SOON = Duration.ofSeconds(30);

  private static final String RULES =
      """
      disabled: [HighErrorRate]
      rules:
        - name: Failing
          metric:
            ratio:
              part: {event: http.request.failed}
              of: {event: [http.request.completed, http.request.failed]}
          window: 10s
          threshold: "> 0.5"
          min_samples: 5
          severity: critical
          unit: percent
          summary: "{{value}} failed"
          runbook: docs/runbooks/high-error-rate.md
      """;

  private final Topics topics = BROKER.freshTopics();
  private final AlertReceiver webhook = new AlertReceiver();
  private final AlertReceiver alertmanager = new AlertReceiver();
  private final AtomicBoolean emitting = new AtomicBoolean(true);
  private final AtomicReference<String> event = new AtomicReference<>("");

  @TempDir private Path dir;
  private Path rules = Path.of("");
  private Thread emitter = Thread.currentThread();

  @BeforeEach
  void writeRulesAndEmit() throws Exception {
    rules = Files.writeString(dir.resolve("rules.yaml"), RULES);
    TestShipper.createTopics(BROKER.connection(), topics);
    emitter = Thread.ofPlatform().name("test-emitter").start(this::emit);
  }

  /** Twenty records a second of the event that is set. */
  private void emit() {
    try (KafkaProducer<byte[], byte[]> producer = TestShipper.producer(BROKER.connection())) {
      long seq = 0;
      while (emitting.get()) {
        String name = event.get();
        if (!name.isEmpty()) {
          seq++;
          ProducerRecord<byte[], byte[]> record =
              new ProducerRecord<>(
                  topics.telemetry(),
                  "s".getBytes(StandardCharsets.UTF_8),
                  Json.write(
                      TestShipper.record(
                          "s", seq, Map.of(Fields.EVENT, name, Fields.DURATION_MS, 1))));
          record.headers().add(Headers.EVENT, name.getBytes(StandardCharsets.UTF_8));
          producer.send(record).get();
        }
        Thread.sleep(50);
      }
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }

  @AfterEach
  void stop() throws Exception {
    emitting.set(false);
    emitter.join();
    webhook.close();
    alertmanager.close();
  }

  private Map<String, Object> settings() {
    return Map.of(
        "spoor.alerts.rules-file", rules.toString(),
        "spoor.alerts.interval", "500ms",
        "spoor.alerts.webhook-url", webhook.uri() + "/secret-path",
        "spoor.alerts.alertmanager-url", alertmanager.uri().toString(),
        "spoor.alerts.resend-interval", "2s",
        "spoor.alerts.notify-timeout", "2s",
        "spoor.alerts.session-timeout", "6s");
  }

  private TestShipper shipper(String name) throws Exception {
    return new TestShipper(BROKER.connection(), topics, dir.resolve(name), settings());
  }

  private static List<JsonNode> alerts(TestShipper shipper) throws Exception {
    List<JsonNode> alerts = new ArrayList<>();
    shipper
        .json("/v1/alerts")
        .path("alerts")
        .forEach(alert -> {
          if (alert.path("rule").asString().equals("Failing")) {
            alerts.add(alert);
          }
        });
    return alerts;
  }

  private static String status(TestShipper shipper) throws Exception {
    for (JsonNode rule : shipper.json("/v1/alerts/rules").path("rules")) {
      if (rule.path("name").asString().equals("Failing")) {
        return rule.path("status").asString();
      }
    }
    return "";
  }

  @Test
  void firesAndResolvesFromRealRecords() throws Exception {
    try (TestShipper shipper = shipper("a").start()) {
      event.set(Events.HTTP_REQUEST_COMPLETED);
      await().atMost(SOON).until(() -> status(shipper).equals("inactive"));
      assertThat(alerts(shipper)).isEmpty();
      Instant before = Instant.now();
      event.set(Events.HTTP_REQUEST_FAILED);
      await().atMost(SOON).until(() -> !webhook.texts().isEmpty());
      JsonNode alert = alerts(shipper).getFirst();
      assertThat(alert.path("status").asString()).isEqualTo("firing");
      assertThat(alert.path("severity").asString()).isEqualTo("critical");
      assertThat(Instant.parse(alert.path("starts_at").asString()))
          .isBetween(before, Instant.now());
      assertThat(webhook.texts().getFirst())
          .startsWith(":rotating_light: critical *Failing*")
          .contains(" failed since ", "see docs/runbooks/high-error-rate.md");
      assertThat(shipper.get("/actuator/prometheus").body())
          .containsPattern(
              "spoor_alerts\\{[^}]*rule=\"Failing\"[^}]*severity=\"critical\"[^}]*state=\"firing\"[^}]*} 1")
          .containsPattern(
              "spoor_alerts_evaluation_seconds_count [1-9]|"
                  + "spoor_alerts_evaluation_seconds_count\\{[^}]*} [1-9]")
          .containsPattern("spoor_queue_lag_records\\{[^}]*group=\"[^\"]*alerts\"");
      // Alertmanager is told again and again, always of the same alert, with an end ahead.
      await().atMost(SOON).until(() -> alertmanager.alerts().size() >= 3);
      assertThat(alertmanager.alerts())
          .extracting(posted -> posted.path("startsAt").asString())
          .containsOnly(alert.path("starts_at").asString());
      assertThat(Instant.parse(alertmanager.alerts().getLast().path("endsAt").asString()))
          .isAfter(Instant.now());
      assertThat(alertmanager.alerts().getFirst().path("labels").path("alertname").asString())
          .isEqualTo("Failing");
      // Nobody says anything any more: the wall clock moves the window on.
      event.set("");
      await().atMost(SOON).until(() -> webhook.texts().size() == 2);
      assertThat(webhook.texts().getLast()).startsWith(":white_check_mark: resolved *Failing*");
      JsonNode over = alerts(shipper).getFirst();
      assertThat(over.path("status").asString()).isEqualTo("resolved");
      assertThat(over.path("starts_at")).isEqualTo(alert.path("starts_at"));
      await()
          .atMost(SOON)
          .untilAsserted(() ->
              assertThat(alertmanager.alerts().getLast().path("endsAt").asString())
                  .isEqualTo(over.path("ends_at").asString()));
    }
  }

  @Test
  void aRestartKeepsTheAlertAndTellsNobodyTwice() throws Exception {
    event.set(Events.HTTP_REQUEST_FAILED);
    String startsAt;
    try (TestShipper shipper = shipper("a").start()) {
      await().atMost(SOON).until(() -> webhook.texts().size() == 1);
      startsAt = alerts(shipper).getFirst().path("starts_at").asString();
      // The last state of an orderly end knows who has been told.
    }
    try (TestShipper shipper = shipper("a").start()) {
      await().atMost(SOON).until(() -> !alerts(shipper).isEmpty());
      assertThat(alerts(shipper).getFirst().path("starts_at").asString()).isEqualTo(startsAt);
      await()
          .during(Duration.ofSeconds(2))
          .atMost(SOON)
          .untilAsserted(() -> {
            assertThat(alerts(shipper).getFirst().path("starts_at").asString()).isEqualTo(startsAt);
            assertThat(webhook.texts()).hasSize(1);
          });
    }
  }

  @Test
  void anotherShipperGoesOnWhereAKilledOneWas() throws Exception {
    event.set(Events.HTTP_REQUEST_FAILED);
    try (ChildProcess owner = process("killed").start();
        TestShipper heir = shipper("heir")) {
      owner.awaitLine(line -> line.contains("evaluates alerts from now on"), SOON);
      await().atMost(SOON).until(() -> webhook.texts().size() == 1);
      heir.start();
      // Standing by it can say what the other one found.
      await().atMost(SOON).until(() -> !alerts(heir).isEmpty());
      String startsAt = alerts(heir).getFirst().path("starts_at").asString();
      assertThat(heir.meter("spoor.alerts")).isZero();
      int told = alertmanager.alerts().size();
      owner.kill();
      Instant killedAt = Instant.now();
      await().atMost(SOON).until(() -> heir.meter("spoor.alerts") > 0);
      System.out.println(
          "taken over after " + Duration.between(killedAt, Instant.now()).toMillis() + " ms");
      await().atMost(SOON).until(() -> alertmanager.alerts().size() > told + 1);
      assertThat(alerts(heir))
          .singleElement()
          .satisfies(alert -> {
            assertThat(alert.path("status").asString()).isEqualTo("firing");
            assertThat(alert.path("starts_at").asString()).isEqualTo(startsAt);
          });
      assertThat(alertmanager.alerts())
          .extracting(posted -> posted.path("startsAt").asString())
          .containsOnly(startsAt);
      assertThat(webhook.texts()).allMatch(text -> text.contains(startsAt));
      event.set("");
      await()
          .atMost(SOON)
          .until(() -> webhook.texts().getLast().startsWith(":white_check_mark: resolved"));
    }
  }

  /** The states in their order, as whoever takes over would see them. */
  private List<Instant> statesAt() throws Exception {
    List<Instant> all = new ArrayList<>();
    TopicPartition partition = new TopicPartition(topics.alertsState(), 0);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            BROKER.connection().with(Map.of("isolation.level", "read_committed")),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<byte[], byte[]> each : consumer.poll(Duration.ofMillis(100))) {
          try (GZIPInputStream json = new GZIPInputStream(new ByteArrayInputStream(each.value()))) {
            JsonNode state = Json.tree(json.readAllBytes());
            all.add(Instant.parse(state.path("snapshot").path("at").asString()));
          }
        }
      }
    }
    return all;
  }

  @Test
  void anOwnerThatWakesUpWritesAndTellsNothingAnyMore() throws Exception {
    event.set(Events.HTTP_REQUEST_FAILED);
    try (ChildProcess owner = process("frozen").start();
        TestShipper heir = shipper("heir")) {
      owner.awaitLine(line -> line.contains("evaluates alerts from now on"), SOON);
      await().atMost(SOON).until(() -> alertmanager.alerts().size() >= 2);
      heir.start();
      await().atMost(SOON).until(() -> !alerts(heir).isEmpty());
      owner.freeze();
      await().atMost(SOON).until(() -> heir.meter("spoor.alerts") > 0);
      event.set("");
      await()
          .atMost(SOON)
          .until(() -> webhook.texts().getLast().startsWith(":white_check_mark: resolved"));
      String endsAt = alerts(heir).getFirst().path("ends_at").asString();
      await()
          .atMost(SOON)
          .until(() -> alertmanager.alerts().getLast().path("endsAt").asString().equals(endsAt));
      int told = alertmanager.alerts().size();
      int texts = webhook.texts().size();
      owner.wake();
      owner.awaitLine(
          line ->
              line.contains("alerts cannot be evaluated")
                  || line.contains("evaluates alerts no longer"),
          SOON);
      // It would tell Alertmanager again every 2 s.
      await()
          .during(Duration.ofSeconds(5))
          .atMost(SOON)
          .untilAsserted(() -> {
            assertThat(alertmanager.alerts()).hasSize(told);
            assertThat(webhook.texts()).hasSize(texts);
          });
      assertThat(heir.meter("spoor.alerts")).as("the heir still evaluates").isPositive();
      assertThat(statesAt()).as("nobody wrote an older state").isSorted();
    }
  }

  private ChildProcess.Builder process(String name) {
    ChildProcess.Builder builder =
        ChildProcess.running(ShipperApplication.class)
            .arguments(
                "--server.port=0",
                "--KAFKA_BOOTSTRAP_SERVERS=" + BROKER.bootstrapServers(),
                "--spoor.topics.prefix=" + topics.prefix(),
                "--spoor.data-dir=" + dir.resolve(name),
                "--logging.level.dev.spoor.shipper=INFO");
    for (Map.Entry<String, Object> setting : settings().entrySet()) {
      builder.arguments("--" + setting.getKey() + "=" + setting.getValue());
    }
    return builder;
  }

  @Test
  void alertsFireWhileTheStoreIsGone() throws Exception {
    try (TestShipper shipper = shipper("a").start()) {
      event.set(Events.HTTP_REQUEST_COMPLETED);
      await().atMost(SOON).until(() -> status(shipper).equals("inactive"));
      shipper.bean(TelemetryStore.class).close();
      double stored = shipper.meter("spoor.telemetry.stored");
      event.set(Events.HTTP_REQUEST_FAILED);
      await().atMost(SOON).until(() -> webhook.texts().size() == 1);
      assertThat(shipper.meter("spoor.telemetry.stored")).isEqualTo(stored);
    }
  }

  @Test
  void aDeadNotifierDelaysNoOtherAndLosesNothingThatStillFires() throws Exception {
    webhook.hang(true);
    try (TestShipper shipper = shipper("a").start()) {
      event.set(Events.HTTP_REQUEST_COMPLETED);
      await().atMost(SOON).until(() -> status(shipper).equals("inactive"));
      event.set(Events.HTTP_REQUEST_FAILED);
      await().atMost(SOON).until(() -> !alerts(shipper).isEmpty());
      await().atMost(Duration.ofSeconds(2)).until(() -> !alertmanager.alerts().isEmpty());
      await()
          .atMost(SOON)
          .until(
              () -> shipper.meter("spoor.alerts.notifications") > 0 && webhook.texts().isEmpty());
      webhook.hang(false);
      webhook.answer(503);
      await().during(Duration.ofSeconds(3)).atMost(SOON).until(() -> webhook.texts().isEmpty());
      webhook.answer(200);
      await().atMost(SOON).until(() -> webhook.texts().size() == 1);
      assertThat(webhook.texts().getFirst()).contains("critical *Failing*");
    }
  }
}
