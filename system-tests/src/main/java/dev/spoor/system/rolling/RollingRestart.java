package dev.spoor.system.rolling;

import dev.spoor.broker.BrokerSettings;
import dev.spoor.broker.EmbeddedBroker;
import dev.spoor.contract.wire.Json;
import dev.spoor.gateway.GatewayApplication;
import dev.spoor.shipper.ShipperApplication;
import dev.spoor.testkit.ChildProcess;
import dev.spoor.testkit.FreePorts;
import dev.spoor.worker.WorkerApplication;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Two gateways, two workers and two shippers, each a process, around a broker in this JVM and an
 * Elasticsearch in a container. Under load each process is asked to stop (SIGTERM) and started anew
 * with its data, in the order of docs/upgrades.md. At the end every accepted job has to have ended
 * once and well, the audit to be complete, and no call to have met anything but good answers, 503
 * with Retry-After, or a process that was not there.
 *
 * <p>Options: {@code --elasticsearch} address of a real one; {@code --rate} jobs a second (10),
 * {@code --pause} seconds between restarts (5), {@code --kill true} to kill instead. Exit code 1 if
 * anything is not so.
 */
public final class RollingRestart {
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final List<String> ENDS =
      List.of("job.succeeded", "job.failed", "job.dead", "job.cancelled", "job.expired");

  private final Path dir;
  private final EmbeddedBroker broker;
  private final URI elasticsearch;
  private final String prefix = "rolling-";
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();
  private final Map<String, App> apps = new LinkedHashMap<>();
  private final List<String> problems = new ArrayList<>();

  private static final class App {
    private final Class<?> main;
    private final String name;
    private final int port;
    private ChildProcess process;

    private App(Class<?> main, String name, int port, ChildProcess process) {
      this.main = main;
      this.name = name;
      this.port = port;
      this.process = process;
    }

    private URI uri() {
      return URI.create("http://127.0.0.1:" + port);
    }
  }

  private RollingRestart(Path dir, EmbeddedBroker broker, URI elasticsearch) {
    this.dir = dir;
    this.broker = broker;
    this.elasticsearch = elasticsearch;
  }

  public static void main(String[] args) throws Exception {
    Map<String, String> options =
        new HashMap<>(
            Map.of("--elasticsearch", "", "--rate", "10", "--pause", "5", "--kill", "false"));
    boolean known = true;
    for (int i = 0; i < args.length; i += 2) {
      known &= i + 1 < args.length && options.replace(args[i], args[i + 1]) != null;
    }
    if (!known || options.getOrDefault("--elasticsearch", "").isEmpty()) {
      System.err.println(
          "usage: RollingRestart --elasticsearch URL [--rate JOBS] [--pause SECONDS] [--kill"
              + " true]");
      System.exit(2);
    }
    Path dir = Files.createTempDirectory("spoor-rolling");
    int exit;
    try (EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.in(dir.resolve("kafka")))) {
      RollingRestart drill =
          new RollingRestart(dir, broker, URI.create(options.get("--elasticsearch")));
      exit =
          drill.run(
                  Integer.parseInt(options.get("--rate")),
                  Duration.ofSeconds(Integer.parseInt(options.get("--pause"))),
                  Boolean.parseBoolean(options.get("--kill")))
              ? 0
              : 1;
    } finally {
      try (var files = Files.walk(dir)) {
        files.sorted(java.util.Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      }
    }
    System.exit(exit);
  }

  private boolean run(int rate, Duration pause, boolean kill) throws Exception {
    for (int i = 1; i <= 2; i++) {
      add(GatewayApplication.class, "gateway-" + i);
      add(WorkerApplication.class, "worker-" + i);
      add(ShipperApplication.class, "shipper-" + i);
    }
    List<URI> gateways = List.of(app("gateway-1").uri(), app("gateway-2").uri());
    List<URI> shippers = List.of(app("shipper-1").uri(), app("shipper-2").uri());
    try (Load load = new Load(gateways, shippers)) {
      apps.values().forEach(this::awaitReady);
      until("all are there", this::isWhole);
      long start = System.nanoTime();
      load.start(rate);
      TimeUnit.NANOSECONDS.sleep(pause.toNanos());
      for (String name :
          List.of("shipper-1", "shipper-2", "gateway-1", "gateway-2", "worker-1", "worker-2")) {
        restart(app(name), kill);
        TimeUnit.NANOSECONDS.sleep(pause.toNanos());
      }
      load.stop();
      long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
      say(
          "load for %d s; submits: %s; the slowest took %d ms with all its tries"
              .formatted(seconds, load.submits.told(), load.slowestSubmitMillis()));
      say("reads of jobs: %s".formatted(load.reads.told()));
      say("searches: %s".formatted(load.searches.told()));
      say("answers: %s".formatted(load.answers()));
      problems.addAll(load.faults);
      check(load.accepted);
    } finally {
      apps.values().forEach(app -> app.process.close());
      http.shutdownNow();
    }
    problems.stream().limit(20).forEach(problem -> say("WRONG %s".formatted(problem)));
    say(problems.isEmpty() ? "PASS" : "FAIL: " + problems.size() + " problems");
    return problems.isEmpty();
  }

  private void check(Set<String> accepted) throws InterruptedException {
    Map<String, String> states = new TreeMap<>();
    until(
        "all jobs to have ended",
        () -> {
          states.clear();
          for (String id : accepted) {
            String status = get(app("gateway-1"), "/v1/jobs/" + id).path("status").asString("?");
            if (!Set.of("succeeded", "failed", "dead", "cancelled", "expired").contains(status)) {
              return false;
            }
            states.merge(status, id, (a, _) -> a);
          }
          return true;
        });
    states.remove("succeeded");
    states.forEach((status, id) -> problems.add("job " + id + " is " + status));
    until("a complete audit", this::isComplete);
    Map<String, List<String>> ends = new HashMap<>();
    Set<String> identities = new HashSet<>();
    int records = 0;
    for (String event : ENDS) {
      for (JsonNode record : records("event:" + event)) {
        records++;
        identities.add(record.path("source").asString("") + "-" + record.path("seq").asString(""));
        ends.computeIfAbsent(record.path("job_id").asString(""), _ -> new ArrayList<>()).add(event);
      }
    }
    if (identities.size() != records) {
      problems.add((records - identities.size()) + " records are stored twice");
    }
    for (String id : accepted) {
      List<String> all = ends.getOrDefault(id, List.of());
      if (!all.equals(List.of("job.succeeded"))) {
        problems.add("job " + id + " has ended: " + all);
      }
    }
    if (ends.size() != accepted.size()) {
      problems.add(ends.size() + " jobs have ended, " + accepted.size() + " were accepted");
    }
    say(
        "%d jobs accepted, %d ended once; leases lost: %d; jobs handed back: %d"
            .formatted(
                accepted.size(),
                ends.size(),
                records("event:job.lease_lost").size(),
                records("event:job.released").size()));
  }

  private void restart(App app, boolean kill) throws InterruptedException {
    long start = System.nanoTime();
    if (kill) {
      app.process.kill();
    } else {
      app.process.terminate();
      try {
        app.process.awaitExit(Duration.ofSeconds(60));
      } catch (AssertionError stays) {
        problems.add(app.name + " does not stop: " + stays.getMessage());
        app.process.kill();
      }
    }
    long stopped = System.nanoTime();
    app.process = start(app.main, app.name, app.port);
    awaitReady(app);
    long ready = System.nanoTime();
    until("all are there after " + app.name, this::isWhole);
    say(
        "%s: stopped in %d ms, ready again after %d ms, whole after %d ms"
            .formatted(
                app.name,
                (stopped - start) / 1_000_000,
                (ready - stopped) / 1_000_000,
                (System.nanoTime() - ready) / 1_000_000));
  }

  /** Every gateway has all jobs, both workers are counted, every shipper answers. */
  private boolean isWhole() {
    return get(app("gateway-1"), "/v1/jobs").has("jobs")
        && get(app("gateway-2"), "/v1/jobs").has("jobs")
        && get(app("gateway-1"), "/v1/queue").path("workers").asInt(0) >= 2
        && get(app("gateway-1"), "/v1/flows").path("flows").size() > 3
        && get(app("shipper-1"), "/v1/audit").has("sources")
        && get(app("shipper-2"), "/v1/audit").has("sources");
  }

  private boolean isComplete() {
    return get(app("shipper-1"), "/v1/audit").path("complete").asBoolean(false)
        && get(app("shipper-2"), "/v1/audit").path("complete").asBoolean(false);
  }

  private Collection<JsonNode> records(String query) {
    List<JsonNode> all = new ArrayList<>();
    String cursor = "";
    do {
      JsonNode page =
          get(
              app("shipper-1"),
              "/v1/logs?limit=1000&q="
                  + URLEncoder.encode(query, StandardCharsets.UTF_8)
                  + (cursor.isEmpty()
                      ? ""
                      : "&cursor=" + URLEncoder.encode(cursor, StandardCharsets.UTF_8)));
      if (!page.has("records")) {
        problems.add("a search fails: " + page);
        return all;
      }
      page.path("records").forEach(all::add);
      cursor = page.path("next_cursor").asString("");
    } while (!cursor.isEmpty());
    return all;
  }

  private void add(Class<?> main, String name) {
    int port = FreePorts.one();
    apps.put(name, new App(main, name, port, start(main, name, port)));
  }

  private App app(String name) {
    App app = apps.get(name);
    if (app == null) {
      throw new IllegalStateException(name);
    }
    return app;
  }

  private ChildProcess start(Class<?> main, String name, int port) {
    return ChildProcess.running(main)
        .jvmOptions("-Xmx256m", "-XX:+UseSerialGC")
        .environment("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:" + broker.port())
        .environment("ELASTICSEARCH_URIS", elasticsearch.toString())
        .environment("SPOOR_ELASTICSEARCH_PREFIX", prefix)
        .environment("LOG_LEVEL", "INFO")
        .environment("SPOOR_INSTANCE", name)
        .environment("SPOOR_DATA_DIR", dir.resolve(name).toString())
        .environment("SERVER_PORT", Integer.toString(port))
        .start();
  }

  private void awaitReady(App app) {
    until(
        app.name + " to be ready",
        () -> get(app, "/actuator/health/readiness").path("status").asString("").equals("UP"));
  }

  /** Empty when there is no good answer. */
  private JsonNode get(App app, String path) {
    try {
      HttpResponse<byte[]> response =
          http.send(
              HttpRequest.newBuilder(app.uri().resolve(path))
                  .timeout(Duration.ofSeconds(20))
                  .build(),
              HttpResponse.BodyHandlers.ofByteArray());
      return response.statusCode() == 200
          ? Json.tree(response.body())
          : Json.mapper().createObjectNode();
    } catch (IOException | JacksonException none) {
      return Json.mapper().createObjectNode();
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(stop);
    }
  }

  private void until(String what, BooleanSupplier fact) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!fact.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException("not within " + LIMIT + ": " + what);
      }
      try {
        TimeUnit.MILLISECONDS.sleep(100);
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(stop);
      }
    }
  }

  private static void say(String text) {
    System.out.println(text);
  }
}
