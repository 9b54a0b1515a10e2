package dev.spoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.job.AgentId;
import dev.spoor.contract.job.FlowDescription;
import dev.spoor.contract.job.FlowId;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.Priority;
import dev.spoor.contract.job.StepId;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.ledger.QueueStats;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.gateway.ledger.JobReads;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.support.GenericApplicationContext;
import tools.jackson.databind.JsonNode;

/** A real gateway on a free port. Every answer is checked against the API's description. */
final class TestGateway implements AutoCloseable {
  static final int PARTITIONS = 4;
  static final ApiDescription API = new ApiDescription();

  final Topics topics;
  private final @Nullable FakeLedger ledger;
  private final KafkaConnection kafka;
  private final ConfigurableApplicationContext context;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final int port;

  /** The HTTP side alone. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @Import(GatewayHttpConfiguration.class)
  static class HttpOnly {}

  TestGateway(KafkaConnection kafka, Topics topics) {
    this(kafka, topics, Map.of());
  }

  /** With a ledger that only answers. */
  TestGateway(KafkaConnection kafka, Topics topics, Map<String, Object> properties) {
    this.kafka = kafka;
    this.topics = topics;
    createTopics();
    announceFlows();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      stats(partition, partition == 1 ? 7 : 0);
    }
    FakeLedger fake = new FakeLedger(kafka, topics);
    ledger = fake;
    Map<String, Object> all = new HashMap<>(properties);
    all.put("spoor.telemetry.shipping.enabled", "false");
    context =
        run(
            HttpOnly.class,
            all,
            registry -> registry.registerBean("ledger", JobReads.class, () -> fake));
    port = portOf(context);
  }

  /** The whole gateway, with its own ledger and topics. */
  TestGateway(KafkaConnection kafka, Topics topics, Path data) {
    this(kafka, topics, data, Map.of());
  }

  /** The same with settings. */
  TestGateway(KafkaConnection kafka, Topics topics, Path data, Map<String, Object> properties) {
    this.kafka = kafka;
    this.topics = topics;
    ledger = null;
    Map<String, Object> all = new HashMap<>(properties);
    all.put("spoor.data-dir", data.toString());
    context = run(GatewayApplication.class, all, _ -> {});
    port = portOf(context);
    announceFlows();
  }

  private ConfigurableApplicationContext run(
      Class<?> app,
      Map<String, Object> properties,
      Consumer<GenericApplicationContext> registration) {
    SpringApplication application = new SpringApplication(app);
    Map<String, Object> defaults = new HashMap<>(GatewayApplication.defaults(0));
    defaults.put("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers());
    defaults.put("spoor.topics.prefix", topics.prefix());
    defaults.put("spoor.instance", "this");
    defaults.put("spoor.gateway.start-timeout", "20s");
    defaults.putAll(properties);
    application.setDefaultProperties(defaults);
    application.setRegisterShutdownHook(false);
    application.addInitializers(starting -> {
      if (starting instanceof GenericApplicationContext registry) {
        registration.accept(registry);
      }
    });
    return application.run();
  }

  private static int portOf(ConfigurableApplicationContext context) {
    return Objects.requireNonNull(((ServletWebServerApplicationContext) context).getWebServer())
        .getPort();
  }

  FakeLedger ledger() {
    return Objects.requireNonNull(ledger, "this gateway has a real ledger");
  }

  private void announceFlows() {
    announce(
        "echo",
        "{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\"}},"
            + "\"required\":[\"text\"],\"additionalProperties\":false}");
    announce(
        "sleep",
        "{\"type\":\"object\",\"properties\":{\"duration\":{\"type\":\"string\","
            + "\"format\":\"duration\"}},\"required\":[\"duration\"]}");
    announce("any", "true");
  }

  private void createTopics() {
    List<NewTopic> all = new ArrayList<>();
    for (String name : List.of(topics.ledgerIn(), topics.jobUpdates())) {
      all.add(new NewTopic(name, PARTITIONS, (short) 1));
    }
    for (String name : List.of(topics.flows(), topics.queueStats())) {
      all.add(new NewTopic(name, 1, (short) 1).configs(Map.of("cleanup.policy", "compact")));
    }
    try (Admin admin = Admin.create(kafka.with(Map.of()))) {
      admin.createTopics(all).all().get();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  void announce(String flow, String schema) {
    publish(
        topics.flows(),
        flow,
        new FlowDescription(
            new FlowId(flow),
            "a flow of the tests",
            Json.tree(schema.getBytes(StandardCharsets.UTF_8)),
            List.of(new FlowDescription.Step(new StepId("only"), new AgentId("only"))),
            10));
  }

  void stats(int partition, long queued) {
    publish(
        topics.queueStats(),
        Integer.toString(partition),
        new QueueStats(
            partition,
            "this",
            "http://127.0.0.1:1",
            Instant.now(),
            Map.of(JobStatus.QUEUED, queued, JobStatus.RUNNING, 1L),
            Map.of(Priority.NORMAL, queued),
            Map.of(TenantId.DEFAULT, queued),
            queued == 0 ? null : Instant.now().minusSeconds(3),
            List.of("worker-" + partition),
            0.5));
  }

  private void publish(String topic, String key, Object value) {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            kafka.with(Map.of()), new ByteArraySerializer(), new ByteArraySerializer())) {
      producer
          .send(
              new ProducerRecord<>(topic, key.getBytes(StandardCharsets.UTF_8), Json.write(value)))
          .get();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  int port() {
    return port;
  }

  /** An answer. */
  record Answer(int status, HttpResponse<byte[]> response) {
    JsonNode json() {
      return Json.tree(response.body());
    }

    String text() {
      return new String(response.body(), StandardCharsets.UTF_8);
    }

    Optional<String> header(String name) {
      return response.headers().firstValue(name);
    }
  }

  private static String anyId(HttpResponse<byte[]> response) {
    return response.headers().firstValue("X-Request-ID").orElse("there must be one");
  }

  /** Sends, and checks the answer against the API's description. */
  Answer send(HttpRequest.Builder builder) {
    HttpRequest request = builder.timeout(Duration.ofSeconds(90)).build();
    try {
      HttpResponse<byte[]> response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
      API.check(request.method(), response);
      assertThat(response.headers().firstValue("X-Request-ID").orElse(""))
          .isEqualTo(request.headers().firstValue("X-Request-ID").orElseGet(() -> anyId(response)));
      assertThat(response.headers().firstValue("X-Response-Time").orElse(""))
          .matches("\\d+\\.\\d{3}ms");
      return new Answer(response.statusCode(), response);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  Answer get(String path, String... headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request);
  }

  Answer submit(byte[] body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri("/v1/jobs"))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request);
  }

  Answer post(String path, String body, String... headers) {
    return send(
        HttpRequest.newBuilder(uri(path))
            .headers(headers)
            .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  Answer submit(String body, String... headers) {
    return submit(body.getBytes(StandardCharsets.UTF_8), headers);
  }

  Answer post(String path, String body) {
    return send(HttpRequest.newBuilder(uri(path)).POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  <T> T bean(String name, Class<T> type) {
    return context.getBean(name, type);
  }

  HttpClient client() {
    return client;
  }

  @Override
  public void close() {
    context.close();
    if (ledger != null) {
      ledger.close();
    }
    client.shutdownNow();
  }
}
