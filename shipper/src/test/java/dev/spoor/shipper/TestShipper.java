package dev.spoor.shipper;

import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Headers;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;

/** A whole shipper in this JVM, with topics of its own and someone who emits. */
final class TestShipper implements AutoCloseable {
  private static final int PARTITIONS = 2;

  private final KafkaConnection kafka;
  private final Topics topics;
  private final Path data;
  private final Map<String, Object> properties;
  private final KafkaProducer<byte[], byte[]> producer;
  private final HttpClient http = HttpClient.newHttpClient();
  private @Nullable ConfigurableApplicationContext context;

  TestShipper(KafkaConnection kafka, Topics topics, Path data, Map<String, Object> more)
      throws Exception {
    this.kafka = kafka;
    this.topics = topics;
    this.data = data;
    this.properties = Map.copyOf(more);
    createTopics(kafka, topics);
    producer = producer(kafka);
  }

  static KafkaProducer<byte[], byte[]> producer(KafkaConnection kafka) {
    return new KafkaProducer<>(
        kafka.with(Map.of("acks", "all", "linger.ms", 5, "max.request.size", 12_000_000)),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  static void createTopics(KafkaConnection kafka, Topics topics) throws Exception {
    Map<String, String> large = Map.of("max.message.bytes", "11000000");
    try (Admin admin = Admin.create(kafka.with(Map.of()))) {
      Set<String> there = admin.listTopics().names().get();
      List<NewTopic> missing = new ArrayList<>();
      for (NewTopic topic :
          List.of(
              new NewTopic(topics.telemetry(), PARTITIONS, (short) 1).configs(large),
              new NewTopic(topics.telemetryLedger(), PARTITIONS, (short) 1),
              new NewTopic(topics.alertsState(), 1, (short) 1)
                  .configs(Map.of("cleanup.policy", "compact", "max.message.bytes", "6291456")),
              new NewTopic(topics.alerts(), 1, (short) 1)
                  .configs(Map.of("cleanup.policy", "compact")),
              new NewTopic(topics.telemetryDeadLetters(), 1, (short) 1)
                  .configs(Map.of("max.message.bytes", "6291456")))) {
        if (!there.contains(topic.name())) {
          missing.add(topic);
        }
      }
      admin.createTopics(missing).all().get();
    }
  }

  TestShipper start() {
    SpringApplication application = new SpringApplication(ShipperApplication.class);
    Map<String, Object> defaults = new HashMap<>(ShipperApplication.defaults(0));
    defaults.put("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers());
    defaults.put("spoor.topics.prefix", topics.prefix());
    defaults.put("spoor.data-dir", data.toString());
    defaults.put("spoor.shipper.commit-interval", "100ms");
    defaults.putAll(properties);
    application.setDefaultProperties(defaults);
    context = application.run();
    return this;
  }

  void stop() {
    ConfigurableApplicationContext running = context;
    if (running != null) {
      running.close();
      context = null;
    }
  }

  @Override
  public void close() {
    stop();
    producer.close();
  }

  URI uri(String path) {
    ServletWebServerApplicationContext web = (ServletWebServerApplicationContext) context();
    return URI.create(
        "http://127.0.0.1:" + Objects.requireNonNull(web.getWebServer()).getPort() + path);
  }

  HttpResponse<String> get(String path) throws Exception {
    return http.send(
        HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<String> get(String path, String key) throws Exception {
    return http.send(
        HttpRequest.newBuilder(uri(path)).header("Authorization", "Bearer " + key).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  JsonNode json(String path) throws Exception {
    return Json.tree(get(path).body().getBytes(StandardCharsets.UTF_8));
  }

  HttpResponse<String> post(String path, String body) throws Exception {
    return http.send(
        HttpRequest.newBuilder(uri(path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** Records that a query finds, 1,000 at most. */
  List<JsonNode> logs(String query) throws Exception {
    JsonNode answer =
        json("/v1/logs?limit=1000&order=asc&q=" + URLEncoder.encode(query, StandardCharsets.UTF_8));
    List<JsonNode> records = new ArrayList<>();
    answer.path("records").forEach(records::add);
    return records;
  }

  double meter(String name) {
    return context().getBean(MeterRegistry.class).find(name).meters().stream()
        .flatMap(meter -> {
          List<Double> values = new ArrayList<>();
          meter.measure().forEach(measurement -> values.add(measurement.getValue()));
          return values.stream();
        })
        .mapToDouble(Double::doubleValue)
        .sum();
  }

  boolean equationHolds() {
    return meter("spoor.telemetry.received")
        == meter("spoor.telemetry.stored")
            + meter("spoor.telemetry.duplicate")
            + meter("spoor.telemetry.dead.lettered")
            + meter("spoor.telemetry.in.flight");
  }

  <T> T bean(String name, Class<T> type) {
    return context().getBean(name, type);
  }

  <T> T bean(Class<T> type) {
    return context().getBean(type);
  }

  private ConfigurableApplicationContext context() {
    ConfigurableApplicationContext running = context;
    if (running == null) {
      throw new IllegalStateException("Not started");
    }
    return running;
  }

  Topics topics() {
    return topics;
  }

  void emit(String source, long seq, Map<String, ?> fields) throws Exception {
    emit(topics.telemetry(), source, seq, fields);
  }

  void emit(String topic, String source, long seq, Map<String, ?> fields) throws Exception {
    send(topic, source, seq, Json.write(record(source, seq, fields)));
  }

  static Map<String, Object> record(String source, long seq, Map<String, ?> fields) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put(Fields.TIMESTAMP, Instant.now().toString());
    all.put(Fields.LEVEL, "INFO");
    all.put(Fields.EVENT, "log");
    all.put(Fields.MESSAGE, "record " + seq);
    all.put(Fields.SERVICE, "test");
    all.put(Fields.INSTANCE, "test-1");
    all.putAll(fields);
    all.put(Fields.SOURCE, source);
    all.put(Fields.SEQ, seq);
    return all;
  }

  /** Sends bytes as they are. */
  void send(String topic, String key, @Nullable Long seq, byte @Nullable [] value)
      throws Exception {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(topic, key.getBytes(StandardCharsets.UTF_8), value);
    if (seq != null) {
      record.headers().add(Headers.SEQ, Long.toString(seq).getBytes(StandardCharsets.UTF_8));
    }
    producer.send(record).get();
  }

  List<ConsumerRecord<byte[], byte[]>> deadLetters() {
    TopicPartition partition = new TopicPartition(topics.telemetryDeadLetters(), 0);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            kafka.with(Map.of("max.partition.fetch.bytes", 20_000_000)),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
      List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
      while (consumer.position(partition) < end) {
        consumer.poll(java.time.Duration.ofMillis(200)).forEach(all::add);
      }
      return all;
    }
  }

  static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    var header = record.headers().lastHeader(name);
    return header == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
  }
}
