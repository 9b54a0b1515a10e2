package dev.spoor.system.whole;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.spoor.contract.job.Priority;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.Topics;
import dev.spoor.gateway.GatewayApplication;
import dev.spoor.shipper.ShipperApplication;
import dev.spoor.testkit.ChildProcess;
import dev.spoor.testkit.FreePorts;
import dev.spoor.testkit.OtlpReceiver;
import dev.spoor.testkit.OtlpReceiver.Received;
import dev.spoor.testkit.TestBroker;
import dev.spoor.worker.WorkerApplication;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * The apps as processes on a broker, with and without OpenTelemetry; the receiver speaks OTLP over
 * gRPC. A library that is missing, and collectors that are slow or talk nonsense, are the business
 * of TracingIT in {@code telemetry}.
 */
@Timeout(240)
@DisplayName("otel_optional_initialization")
class OpenTelemetryIT {
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
  private static final TestBroker broker = TestBroker.shared();
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String CALLER = "00f067aa0ba902b7";
  private static final String STORY =
      "{\"flow\":\"review-story\",\"input\":{\"text\":\"As an operator I want to see queue depth.\"}}";

  @TempDir private Path dir;
  private final List<ChildProcess> processes = new ArrayList<>();
  private final String prefix = broker.freshTopics().prefix();
  private final int port = FreePorts.one();
  private SystemApi api;

  @BeforeEach
  void connect() {
    api = SystemApi.at(URI.create("http://127.0.0.1:" + port));
  }

  @AfterEach
  void stopProcesses() {
    api.close();
    processes.reversed().forEach(ChildProcess::close);
  }

  private ChildProcess app(
      Class<?> main, String name, int httpPort, Map<String, String> environment) {
    ChildProcess process =
        ChildProcess.running(main)
            .jvmOptions("-Xmx256m", "-XX:+UseSerialGC", "-Xlog:class+load:file=" + classes(name))
            .environment("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers())
            .environment("SPOOR_TOPICS_PREFIX", prefix)
            .environment("SPOOR_INSTANCE", name)
            .environment("SPOOR_DATA_DIR", dir.resolve(name).toString())
            .environment("SPOOR_WORKER_DRAIN_TIMEOUT", "5s")
            .environment("SERVER_PORT", Integer.toString(httpPort))
            .environment(environment)
            .start();
    processes.add(process);
    return process;
  }

  private Path classes(String name) {
    return dir.resolve(name + ".classes");
  }

  private void awaitFlows() {
    Awaitility.await("flows to be announced")
        .atMost(LIMIT)
        .ignoreExceptions()
        .until(() -> api.get("/v1/flows").body().toString().contains("review-story"));
  }

  private static void stop(ChildProcess process) {
    process.terminate();
    process.awaitExit(STOP_LIMIT);
  }

  private static Stream<JsonNode> records(ChildProcess process) {
    return process.output().stream()
        .filter(line -> line.startsWith("{"))
        .map(line -> Json.tree(line.getBytes(StandardCharsets.UTF_8)));
  }

  private static List<String> warningsOf(ChildProcess process, String words) {
    return records(process)
        .filter(record -> List.of("WARNING", "ERROR").contains(record.path("level").asString("")))
        .map(record -> record.path("message").asString(""))
        .filter(message -> message.contains(words))
        .toList();
  }

  @Test
  void offNoClassOfTheLibraryIsLoadedByAnyApp() throws IOException {
    ChildProcess gateway = app(GatewayApplication.class, "gateway", port, Map.of());
    ChildProcess worker = app(WorkerApplication.class, "worker", FreePorts.one(), Map.of());
    ChildProcess shipper = app(ShipperApplication.class, "shipper", FreePorts.one(), Map.of());
    awaitFlows();
    assertThat(api.awaitEnd(api.submit(STORY), LIMIT).path("status").asString())
        .isEqualTo("succeeded");
    stop(worker);
    stop(shipper);
    stop(gateway);
    for (String app : List.of("gateway", "worker", "shipper")) {
      assertThat(Files.readAllLines(classes(app)))
          .as(app)
          .anyMatch(line -> line.contains(" dev.spoor.telemetry.app.TracingLifecycle "))
          .noneMatch(line -> line.contains(" io.opentelemetry."))
          .noneMatch(line -> line.contains(" io.grpc."))
          .noneMatch(line -> line.contains(" dev.spoor.telemetry.otel."));
    }
  }

  @Test
  void onOneTraceCoversRequestJobStepsAgentsAndWhatTheyCall() {
    try (OtlpReceiver receiver = OtlpReceiver.start()) {
      Map<String, String> on =
          Map.of(
              "OTEL_ENABLED", "true",
              "OTEL_ENDPOINT", receiver.endpoint(),
              "OTEL_BSP_SCHEDULE_DELAY", "200");
      ChildProcess gateway = app(GatewayApplication.class, "gateway", port, on);
      ChildProcess worker =
          app(
              WorkerApplication.class,
              "worker",
              FreePorts.one(),
              with(on, "OTEL_SERVICE_NAME", "agents"));
      awaitFlows();
      SystemApi.Answer accepted =
          api.post("/v1/jobs", STORY, "traceparent", "00-" + TRACE + "-" + CALLER + "-01");
      assertThat(accepted.status()).isEqualTo(202);
      String jobId = accepted.body().path("job_id").asString();
      JsonNode job = api.awaitEnd(jobId, LIMIT);
      assertThat(job.path("status").asString()).isEqualTo("succeeded");
      stop(worker);
      stop(gateway);

      List<Received> trace =
          receiver.spans().stream().filter(span -> span.traceId().equals(TRACE)).toList();
      Map<String, Received> byId =
          trace.stream().collect(Collectors.toMap(Received::spanId, Function.identity()));

      // The tree.
      Received request = only(trace, "POST /v1/jobs");
      assertThat(request.parentSpanId()).isEqualTo(CALLER);
      assertThat(request.resource()).containsEntry("service.name", "gateway");
      Received run = only(trace, "job review-story");
      assertThat(run.parentSpanId()).isEqualTo(request.spanId());
      assertThat(run.resource()).containsEntry("service.name", "agents");
      assertThat(run.attributes()).containsEntry("spoor.job_id", jobId);
      assertThat(only(trace, "queue").parentSpanId()).isEqualTo(request.spanId());
      List<Received> steps = named(trace, "step ");
      assertThat(steps).hasSize(job.path("steps").size()).hasSizeGreaterThanOrEqualTo(4);
      assertThat(steps).allSatisfy(step -> assertThat(step.parentSpanId()).isEqualTo(run.spanId()));
      List<Received> agents = named(trace, "invoke_agent ");
      assertThat(agents).hasSameSizeAs(steps);
      assertThat(agents)
          .allSatisfy(agent -> assertThat(byId.get(agent.parentSpanId())).isIn(steps));
      assertThat(agents.stream().map(Received::parentSpanId)).doesNotHaveDuplicates();
      for (String call : List.of("chat ", "execute_tool ", "memory.read", "memory.write")) {
        assertThat(named(trace, call))
            .as(call)
            .isNotEmpty()
            .allSatisfy(span -> assertThat(byId.get(span.parentSpanId())).isIn(agents));
      }
      assertThat(named(trace, "chat "))
          .allSatisfy(chat ->
              assertThat(chat.attributes())
                  .containsEntry("gen_ai.operation.name", "chat")
                  .containsKeys(
                      "gen_ai.provider.name",
                      "gen_ai.request.model",
                      "gen_ai.usage.input_tokens",
                      "gen_ai.usage.output_tokens",
                      "spoor.cost_usd"));

      // Each within the one above it.
      for (Received span : trace) {
        Received above = byId.get(span.parentSpanId());
        if (above != null && !above.name().equals(request.name())) {
          assertThat(span.startNanos()).as(span.name()).isGreaterThanOrEqualTo(above.startNanos());
          assertThat(span.endNanos()).as(span.name()).isLessThanOrEqualTo(above.endNanos());
        }
      }

      // The same ids as the records that tell the same.
      Map<String, String> spanOf =
          Map.of(
              "http.request.completed", "POST /v1/jobs",
              "agent.execution.completed", "invoke_agent ",
              "llm.call.completed", "chat ",
              "tool.call.completed", "execute_tool ",
              "memory.read", "memory.read",
              "memory.write", "memory.write");
      Map<String, Integer> told = new HashMap<>();
      Stream.concat(records(gateway), records(worker))
          .filter(record -> record.path("trace_id").asString("").equals(TRACE))
          .filter(record -> spanOf.containsKey(record.path("event").asString("")))
          .forEach(record -> {
            String event = record.path("event").asString();
            Received span = byId.get(record.path("span_id").asString());
            assertThat(span).as(record::toString).isNotNull();
            assertThat(span.name()).startsWith(spanOf.get(event));
            assertThat(span.parentSpanId()).isEqualTo(record.path("parent_span_id").asString());
            told.merge(event, 1, Integer::sum);
          });
      spanOf.forEach((event, name) ->
          assertThat(named(trace, name)).as(event).hasSize(told.getOrDefault(event, 0)));
    }
  }

  @Test
  void onQueueUpdatesLedgerInputAndModelCallsCarryTheTrace() throws IOException {
    try (OtlpReceiver receiver = OtlpReceiver.start();
        ModelEndpoint model = new ModelEndpoint()) {
      Map<String, String> on = Map.of("OTEL_ENABLED", "true", "OTEL_ENDPOINT", receiver.endpoint());
      ChildProcess gateway = app(GatewayApplication.class, "gateway", port, on);
      ChildProcess worker =
          app(
              WorkerApplication.class,
              "worker",
              FreePorts.one(),
              with(on, "OPENAI_BASE_URL", model.url()));
      awaitFlows();
      SystemApi.Answer accepted =
          api.post("/v1/jobs", STORY, "traceparent", "00-" + TRACE + "-" + CALLER + "-01");
      api.awaitEnd(accepted.body().path("job_id").asString(), LIMIT);
      stop(worker);
      stop(gateway);
      List<Received> trace =
          receiver.spans().stream().filter(span -> span.traceId().equals(TRACE)).toList();
      String request = "00-" + TRACE + "-" + only(trace, "POST /v1/jobs").spanId() + "-01";

      // A provider sees the span of the call that it is.
      assertThat(model.traceparents())
          .isNotEmpty()
          .containsExactlyInAnyOrderElementsOf(
              named(trace, "chat ").stream()
                  .map(chat -> "00-" + TRACE + "-" + chat.spanId() + "-01")
                  .toList());

      // The ledger's records are below the request; a claim is handed on from the queue.
      Topics topics = new Topics(prefix);
      assertThat(traceparents(topics.jobs(Priority.NORMAL), "")).containsOnly(request);
      assertThat(traceparents(topics.jobUpdates(), "")).hasSizeGreaterThan(2).containsOnly(request);
      assertThat(traceparents(topics.ledgerIn(), "\"claim\"")).containsOnly(request);
      // What the worker says of a step or of the end is below its own span of the job.
      String run = "00-" + TRACE + "-" + only(trace, "job review-story").spanId() + "-01";
      assertThat(traceparents(topics.ledgerIn(), "\"step_completed\"")).containsOnly(run);
    }
  }

  /** Header {@code traceparent} of the records of a topic with this text in them. */
  private static List<String> traceparents(String topic, String text) {
    List<String> found = new ArrayList<>();
    Map<String, Object> settings =
        new HashMap<>(broker.connection().with(Map.of("isolation.level", "read_committed")));
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream()
          .anyMatch(each -> consumer.position(each) < Objects.requireNonNull(ends.get(each)))) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          if (new String(record.value(), StandardCharsets.UTF_8).contains(text)) {
            Header header = record.headers().lastHeader("traceparent");
            found.add(header == null ? "none" : new String(header.value(), StandardCharsets.UTF_8));
          }
        }
      }
    }
    return found;
  }

  /** An OpenAI-compatible endpoint that keeps what trace it was called in. */
  private static final class ModelEndpoint implements AutoCloseable {
    private static final String ANSWER =
        """
        {"id": "c-1", "object": "chat.completion", "created": 1790000000, "model": "m",
         "choices": [{"index": 0, "finish_reason": "stop", "logprobs": null,
           "message": {"role": "assistant", "content": "hello", "refusal": null}}],
         "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}
        """;

    private final HttpServer server;
    private final List<String> traceparents = new CopyOnWriteArrayList<>();

    ModelEndpoint() throws IOException {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
      server.createContext(
          "/",
          exchange -> {
            try (exchange) {
              exchange.getRequestBody().readAllBytes();
              traceparents.addAll(
                  exchange.getRequestHeaders().getOrDefault("traceparent", List.of("none")));
              byte[] answer = ANSWER.getBytes(StandardCharsets.UTF_8);
              exchange.getResponseHeaders().set("Content-Type", "application/json");
              exchange.sendResponseHeaders(200, answer.length);
              exchange.getResponseBody().write(answer);
            }
          });
      server.start();
    }

    String url() {
      return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
    }

    List<String> traceparents() {
      return traceparents;
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }

  @Test
  void onAFailedAttemptIsAnErrorWithoutItsSecrets() {
    try (OtlpReceiver receiver = OtlpReceiver.start()) {
      Map<String, String> on = Map.of("OTEL_ENABLED", "true", "OTEL_ENDPOINT", receiver.endpoint());
      ChildProcess gateway = app(GatewayApplication.class, "gateway", port, on);
      ChildProcess worker = app(WorkerApplication.class, "worker", FreePorts.one(), on);
      awaitFlows();
      String jobId =
          api.submit(
              "{\"flow\":\"fail\",\"input\":{\"message\":\"password=hunter2Zq9\",\"times\":1,\"category\":\"provider\"}}");
      assertThat(api.awaitEnd(jobId, LIMIT).path("status").asString()).isEqualTo("succeeded");
      stop(worker);
      stop(gateway);
      List<Received> attempts =
          receiver.spans().stream()
              .filter(span -> span.name().equals("job fail"))
              .filter(span -> jobId.equals(span.attributes().get("spoor.job_id")))
              .toList();
      assertThat(attempts.stream().map(Received::isError)).containsExactlyInAnyOrder(true, false);
      assertThat(attempts.stream().map(Received::traceId).distinct()).hasSize(1);
      Received failed = attempts.stream().filter(Received::isError).findFirst().orElseThrow();
      assertThat(failed.attributes()).containsEntry("spoor.attempt", "1");
      assertThat(failed.statusMessage()).contains("[REDACTED:");
      assertThat(receiver.spans().toString()).doesNotContain("hunter2Zq9");
    }
  }

  @Test
  void onWithoutACollectorJobsRunAndOneWarningSaysSo() {
    Map<String, String> on =
        Map.of(
            "OTEL_ENABLED", "true",
            "OTEL_ENDPOINT", "http://127.0.0.1:" + FreePorts.one(),
            "OTEL_BSP_SCHEDULE_DELAY", "200",
            "OTEL_EXPORTER_OTLP_TIMEOUT", "500");
    ChildProcess gateway = app(GatewayApplication.class, "gateway", port, on);
    ChildProcess worker = app(WorkerApplication.class, "worker", FreePorts.one(), on);
    awaitFlows();
    for (int i = 0; i < 3; i++) {
      assertThat(api.awaitEnd(api.submit(STORY), LIMIT).path("status").asString())
          .isEqualTo("succeeded");
    }
    Awaitility.await()
        .atMost(LIMIT)
        .until(() -> !warningsOf(worker, "spans cannot be sent").isEmpty());
    assertThat(api.awaitEnd(api.submit(STORY), LIMIT).path("status").asString())
        .isEqualTo("succeeded");
    stop(worker);
    stop(gateway);
    for (ChildProcess app : List.of(gateway, worker)) {
      assertThat(warningsOf(app, "span")).hasSize(1);
      assertThat(app.output()).allMatch(line -> line.startsWith("{"));
    }
  }

  private static Map<String, String> with(Map<String, String> map, String name, String value) {
    Map<String, String> more = new HashMap<>(map);
    more.put(name, value);
    return more;
  }

  private static List<Received> named(List<Received> spans, String beginning) {
    return spans.stream().filter(span -> span.name().startsWith(beginning)).toList();
  }

  private static Received only(List<Received> spans, String name) {
    List<Received> found = spans.stream().filter(span -> span.name().equals(name)).toList();
    assertThat(found).as(name).hasSize(1);
    return found.getFirst();
  }
}
