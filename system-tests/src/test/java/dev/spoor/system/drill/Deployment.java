package dev.spoor.system.drill;

import dev.spoor.contract.wire.Json;
import dev.spoor.testkit.ChildProcess;
import dev.spoor.testkit.FreePorts;
import dev.spoor.testkit.TestBroker;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/**
 * Gateway, shipper and any number of workers, each a process of its own, around one broker in this
 * JVM. Everything listens on loopback and is killed by {@link #close}.
 */
final class Deployment implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  private final TestBroker broker = TestBroker.ofItsOwn();
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private final Path directory;
  private final Map<String, String> settings;
  private final List<ChildProcess> processes = new ArrayList<>();
  private final int gatewayPort = FreePorts.one();
  private final int shipperPort = FreePorts.one();
  private final Map<String, ChildProcess> workers = new HashMap<>();

  /**
   * @param settings environment variables for all processes
   */
  Deployment(Path directory, Map<String, String> settings) {
    this.directory = directory;
    this.settings = Map.copyOf(settings);
  }

  void start() {
    broker.start();
    start("gateway", "dev.spoor.gateway.GatewayApplication", gatewayPort);
    start("shipper", "dev.spoor.shipper.ShipperApplication", shipperPort);
    awaitReady(gatewayPort);
    awaitReady(shipperPort);
  }

  ChildProcess startWorker(String name) {
    int port = FreePorts.one();
    ChildProcess worker = start(name, "dev.spoor.worker.WorkerApplication", port);
    workers.put(name, worker);
    awaitReady(port);
    return worker;
  }

  private ChildProcess start(String name, String mainClass, int port) {
    ChildProcess process =
        ChildProcess.running(mainClass)
            .jvmOptions("-Xmx256m", "-XX:+UseSerialGC")
            .environment("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers())
            .environment("SERVER_PORT", Integer.toString(port))
            .environment("SPOOR_INSTANCE", name)
            .environment("SPOOR_DATA_DIR", directory.resolve(name).toString())
            .environment("LOG_FORMAT", "json")
            .environment(settings)
            .start();
    processes.add(process);
    return process;
  }

  private void awaitReady(int port) {
    Awaitility.await("ready on port " + port)
        .atMost(START_LIMIT)
        .pollInterval(Duration.ofMillis(100))
        .ignoreExceptions()
        .until(() ->
            send(HttpRequest.newBuilder(uri(port, "/actuator/health/readiness")).build())
                    .statusCode()
                == 200);
  }

  /** Submits and returns the job's id; an answer other than 202 is an error. */
  String submit(String body) {
    HttpResponse<String> answer =
        send(
            HttpRequest.newBuilder(uri(gatewayPort, "/v1/jobs"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    if (answer.statusCode() != 202) {
      throw new AssertionError(answer.statusCode() + ": " + answer.body());
    }
    return Json.mapper().readTree(answer.body()).path("job_id").asString();
  }

  JsonNode job(String id) {
    return get(gatewayPort, "/v1/jobs/" + id);
  }

  JsonNode awaitJob(String id, Duration limit, Predicate<JsonNode> wanted) {
    return Awaitility.await("job " + id)
        .atMost(limit)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> job(id), wanted);
  }

  JsonNode awaitEnd(String id, Duration limit) {
    return awaitJob(
        id,
        limit,
        job ->
            switch (job.path("status").asString()) {
              case "succeeded", "failed", "dead", "cancelled", "expired" -> true;
              default -> false;
            });
  }

  /** All records that match, up to 1,000. */
  List<JsonNode> logs(String query) {
    JsonNode page =
        get(
            shipperPort,
            "/v1/logs?limit=1000&order=asc&q=" + URLEncoder.encode(query, StandardCharsets.UTF_8));
    List<JsonNode> records = new ArrayList<>();
    page.path("records").forEach(records::add);
    return records;
  }

  JsonNode audit() {
    return get(shipperPort, "/v1/audit");
  }

  JsonNode queue() {
    return get(gatewayPort, "/v1/queue");
  }

  private JsonNode get(int port, String path) {
    HttpResponse<String> answer = send(HttpRequest.newBuilder(uri(port, path)).build());
    if (answer.statusCode() != 200) {
      throw new AssertionError(path + ": " + answer.statusCode() + ": " + answer.body());
    }
    return Json.mapper().readTree(answer.body());
  }

  private static URI uri(int port, String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  private HttpResponse<String> send(HttpRequest request) {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(request.uri() + " does not answer: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    for (ChildProcess process : processes.reversed()) {
      process.close();
    }
    http.close();
    broker.close();
  }
}
