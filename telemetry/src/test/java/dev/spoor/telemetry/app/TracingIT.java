package dev.spoor.telemetry.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.spoor.contract.wire.Json;
import dev.spoor.testkit.ChildProcess;
import dev.spoor.testkit.FaultProxy;
import dev.spoor.testkit.FreePorts;
import dev.spoor.testkit.OtlpReceiver;
import dev.spoor.testkit.OtlpReceiver.Received;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A service as a process, with and without OpenTelemetry and a collector. */
@Timeout(120)
@DisplayName("otel_optional_initialization: a service")
class TracingIT {
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final Duration SHORT = Duration.ofSeconds(20);
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  /** So that a test need not wait for the SDK's own. */
  private static final Map<String, String> QUICK =
      Map.of(
          "OTEL_ENABLED", "true",
          "OTEL_BSP_SCHEDULE_DELAY", "100",
          "OTEL_EXPORTER_OTLP_TIMEOUT", "1000");

  private final int port = FreePorts.one();

  @TempDir Path data;

  private ChildProcess.Builder service(Map<String, String> environment) {
    return ChildProcess.running(TestApplication.class)
        .environment(environment)
        .arguments(
            "spoor.data-dir=" + data,
            "server.port=" + port,
            "KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:1",
            "management.endpoints.web.exposure.include=metrics",
            "spoor.telemetry.shipping.stop-timeout=100ms");
  }

  private static void awaitRunning(ChildProcess child) {
    child.awaitLine(line -> line.contains("\"Running\""), LIMIT);
  }

  private HttpResponse<String> get(String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(10));
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private double meter(String name) {
    return Json.tree(get("/actuator/metrics/" + name).body().getBytes(StandardCharsets.UTF_8))
        .path("measurements")
        .path(0)
        .path("value")
        .asDouble(0);
  }

  private static Stream<JsonNode> records(ChildProcess child) {
    return child.output().stream()
        .filter(line -> line.startsWith("{"))
        .map(line -> Json.tree(line.getBytes(StandardCharsets.UTF_8)));
  }

  /** What was said above INFO, Kafka's own troubles aside: there is none in these tests. */
  private static List<String> warnings(ChildProcess child) {
    assertThat(child.output()).allMatch(line -> line.startsWith("{"));
    return records(child)
        .filter(record -> List.of("WARNING", "ERROR").contains(record.path("level").asString("")))
        .filter(record -> !record.path("logger").asString("").startsWith("org.apache.kafka"))
        .filter(record -> !record.path("logger").asString("").contains(".shipping."))
        .map(record -> record.path("message").asString(""))
        .toList();
  }

  /** SIGTERM; returns how long it took. */
  private static Duration stop(ChildProcess child) {
    long begin = System.nanoTime();
    child.terminate();
    child.awaitExit(LIMIT);
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  @Test
  void loadsNoClassOfTheLibraryUnlessAskedFor() throws IOException {
    Path classes = data.resolve("classes");
    try (ChildProcess child =
        service(Map.of("OTEL_ENDPOINT", "http://127.0.0.1:1"))
            .jvmOptions("-Xlog:class+load:file=" + classes)
            .start()) {
      awaitRunning(child);
      assertThat(get("/orders/1").statusCode()).isEqualTo(200);
      stop(child);
      assertThat(warnings(child)).isEmpty();
    }
    assertThat(Files.readAllLines(classes))
        .hasSizeGreaterThan(1_000)
        .anyMatch(line -> line.contains("dev.spoor.telemetry.app.TracingLifecycle"))
        .noneMatch(line -> line.contains("io.opentelemetry"))
        .noneMatch(line -> line.contains("io.grpc"))
        .noneMatch(line -> line.contains("dev.spoor.telemetry.otel"));
  }

  @Test
  void aRequestIsASpanWithTheIdsOfItsRecord() {
    try (OtlpReceiver receiver = OtlpReceiver.start();
        ChildProcess child =
            service(QUICK)
                .environment("OTEL_ENDPOINT", receiver.endpoint())
                .environment("OTEL_SERVICE_NAME", "my-service")
                .environment("OTEL_RESOURCE_ATTRIBUTES", "team=night")
                .start()) {
      awaitRunning(child);
      String traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
      get("/orders/7?password=hunter2Zq9", "traceparent", traceparent(traceId, "01"));
      get("/orders/8", "traceparent", traceparent("5bf92f3577b34da6a3ce929d0e0e4736", "00"));
      get("/health");
      get("/broken");
      await().atMost(SHORT).until(() -> receiver.spans().size() >= 2);
      stop(child);

      assertThat(receiver.spans().stream().map(Received::name))
          .containsExactlyInAnyOrder("GET /orders/{id}", "GET /broken");
      Received good = only(receiver, "GET /orders/{id}");
      JsonNode record = record(child, "http.request.completed", "/orders/7");
      assertThat(good.traceId()).isEqualTo(traceId).isEqualTo(record.path("trace_id").asString());
      assertThat(good.spanId()).isEqualTo(record.path("span_id").asString());
      assertThat(good.parentSpanId()).isEqualTo("00f067aa0ba902b7");
      assertThat(good.kind()).isEqualTo("SPAN_KIND_SERVER");
      assertThat(good.attributes())
          .containsEntry("http.request.method", "GET")
          .containsEntry("http.route", "/orders/{id}")
          .containsEntry("url.path", "/orders/7")
          .containsEntry("http.response.status_code", "200")
          .containsEntry("spoor.request_id", record.path("request_id").asString());
      assertThat(good.resource())
          .containsEntry("service.name", "my-service")
          .containsEntry("team", "night");

      Received bad = only(receiver, "GET /broken");
      JsonNode failed = record(child, "http.request.failed", "/broken");
      assertThat(bad.traceId()).isEqualTo(failed.path("trace_id").asString());
      assertThat(bad.spanId()).isEqualTo(failed.path("span_id").asString());
      assertThat(bad.parentSpanId()).isEmpty();
      assertThat(bad.isError()).isTrue();
      assertThat(bad.attributes()).containsEntry("error.type", "java.lang.IllegalStateException");
      assertThat(receiver.spans().toString()).doesNotContain("hunter2Zq9");

      // Its caller samples nothing, and so do we; the record is there all the same.
      assertThat(flags(child, "/orders/8")).isEqualTo("00");
    }
  }

  private static String traceparent(String traceId, String flags) {
    return "00-" + traceId + "-00f067aa0ba902b7-" + flags;
  }

  private static Received only(OtlpReceiver receiver, String name) {
    List<Received> found =
        receiver.spans().stream().filter(span -> span.name().equals(name)).toList();
    assertThat(found).as(name).hasSize(1);
    return found.getFirst();
  }

  private static JsonNode record(ChildProcess child, String event, String path) {
    return records(child)
        .filter(record -> record.path("event").asString("").equals(event))
        .filter(record -> record.path("path").asString("").equals(path))
        .findFirst()
        .orElseThrow();
  }

  private static String flags(ChildProcess child, String path) {
    return record(child, "http.request.completed", path).path("trace_flags").asString("");
  }

  @Test
  void theSdksOwnVariablesWork() {
    try (OtlpReceiver receiver = OtlpReceiver.start();
        ChildProcess child =
            service(QUICK)
                .environment("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint())
                .environment("OTEL_TRACES_SAMPLER", "parentbased_always_off")
                .start()) {
      awaitRunning(child);
      get("/orders/1");
      get("/orders/2", "traceparent", traceparent("4bf92f3577b34da6a3ce929d0e0e4736", "01"));
      await().atMost(SHORT).until(() -> !receiver.spans().isEmpty());
      stop(child);
      // A trace that begins here is not sampled, and whoever is called next is told so.
      assertThat(receiver.spans().stream().map(span -> span.attributes().get("url.path")))
          .containsExactly("/orders/2");
      assertThat(flags(child, "/orders/1")).isEqualTo("00");
      assertThat(receiver.spans().getFirst().resource()).containsEntry("service.name", "test-app");
    }
  }

  @Test
  void anExportOverHttpNeedsNoOtherLibrary() throws IOException {
    Queue<String> asked = new ConcurrentLinkedQueue<>();
    HttpServer collector =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext(
        "/",
        exchange -> {
          asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    collector.start();
    try (ChildProcess child =
        service(QUICK)
            .environment("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
            .environment(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "http://127.0.0.1:" + collector.getAddress().getPort())
            .start()) {
      awaitRunning(child);
      get("/orders/1");
      await().atMost(SHORT).until(() -> !asked.isEmpty());
      stop(child);
      assertThat(asked).contains("POST /v1/traces");
      assertThat(warnings(child)).isEmpty();
    } finally {
      collector.stop(0);
    }
  }

  @Test
  void aCollectorThatIsAwayIsOneWarningAndNothingElse() {
    try (ChildProcess child =
        service(QUICK).environment("OTEL_ENDPOINT", "http://127.0.0.1:1").start()) {
      theServiceGoesOnWith(child);
    }
  }

  @Test
  void aCollectorThatDoesNotAnswerIsOneWarningAndNothingElse() {
    try (FaultProxy network = FaultProxy.listen();
        OtlpReceiver receiver = OtlpReceiver.start()) {
      network.forwardTo(receiver.port());
      network.blackHole();
      try (ChildProcess child =
          service(QUICK)
              .environment("OTEL_ENDPOINT", "http://127.0.0.1:" + network.port())
              .start()) {
        theServiceGoesOnWith(child);
      }
    }
  }

  @Test
  void aCollectorThatTalksNonsenseIsOneWarningAndNothingElse() throws IOException {
    try (ServerSocket nonsense = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> talkNonsense(nonsense));
      try (ChildProcess child =
          service(QUICK)
              .environment("OTEL_ENDPOINT", "http://127.0.0.1:" + nonsense.getLocalPort())
              .start()) {
        theServiceGoesOnWith(child);
      }
    }
  }

  private static void talkNonsense(ServerSocket server) {
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        byte[] first = new byte[64];
        if (socket.getInputStream().read(first) > 0) {
          socket
              .getOutputStream()
              .write("HTTP/1.1 200 OK\r\n\r\n<html>".getBytes(StandardCharsets.US_ASCII));
        }
      } catch (IOException closed) {
        // The test is over, or this connection is.
      }
    }
  }

  private void theServiceGoesOnWith(ChildProcess child) {
    awaitRunning(child);
    for (int i = 0; i < 20; i++) {
      assertThat(get("/orders/" + i).statusCode()).isEqualTo(200);
    }
    await().atMost(SHORT).until(() -> meter("spoor.tracing.dropped") >= 20);
    // More of the same is counted, not told.
    for (int i = 0; i < 20; i++) {
      assertThat(get("/orders/" + i).statusCode()).isEqualTo(200);
    }
    await().atMost(SHORT).until(() -> meter("spoor.tracing.dropped") >= 40);
    assertThat(meter("spoor.tracing.ended")).isEqualTo(40);
    assertThat(get("/health").statusCode()).isEqualTo(200);
    get("/orders/last");
    assertThat(stop(child)).isLessThan(Duration.ofSeconds(10));
    assertThat(warnings(child)).hasSize(1);
    assertThat(warnings(child).getFirst())
        .startsWith("spans cannot be sent to http://127.0.0.1:")
        .contains("Failed to export spans");
  }

  @Test
  void aMissingLibraryIsNamedAndNotMissed() {
    try (ChildProcess child =
        service(QUICK).without(entry -> entry.contains("opentelemetry-")).start()) {
      awaitRunning(child);
      assertThat(get("/orders/1").statusCode()).isEqualTo(200);
      stop(child);
      assertThat(warnings(child)).hasSize(1);
      assertThat(warnings(child).getFirst())
          .startsWith("OTEL_ENABLED is true, but the class path lacks ")
          .contains("io.opentelemetry:opentelemetry-sdk-extension-autoconfigure")
          .contains("io.opentelemetry:opentelemetry-exporter-otlp");
    }
  }

  @Test
  void aMissingPartIsNamedToo() {
    try (ChildProcess child =
        service(QUICK).without(entry -> entry.contains("sender-grpc")).start()) {
      awaitRunning(child);
      assertThat(get("/orders/1").statusCode()).isEqualTo(200);
      stop(child);
      assertThat(warnings(child)).hasSize(1);
      assertThat(warnings(child).getFirst())
          .startsWith("OTEL_ENABLED is true, but OpenTelemetry does not work here: ")
          .contains("opentelemetry-exporter-sender-");
    }
  }

  @Test
  void wrongSettingsAreRefused() {
    refused(
        Map.of("OTEL_ENABLED", "true", "OTEL_ENDPOINT", "collector:4317"),
        "OTEL_ENDPOINT is 'collector:4317', expected the address of an OTLP gRPC receiver");
    refused(Map.of("OTEL_ENABLED", "maybe"), "OTEL_ENABLED is 'maybe', expected true or false");
    // The SDK's own, in its words.
    refused(
        Map.of("OTEL_ENABLED", "true", "OTEL_BSP_SCHEDULE_DELAY", "soon"),
        "otel.bsp.schedule.delay");
  }

  private void refused(Map<String, String> environment, String sentence) {
    try (ChildProcess child = service(environment).start()) {
      assertThat(child.awaitExit(LIMIT))
          .as(() -> String.join("\n", child.output()))
          .isEqualTo(RefusedSettings.EXIT_CODE);
      assertThat(warnings(child)).anyMatch(line -> line.contains(sentence));
    }
  }
}
