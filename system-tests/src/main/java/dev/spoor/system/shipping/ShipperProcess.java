package dev.spoor.system.shipping;

import dev.spoor.contract.wire.Json;
import dev.spoor.shipper.ShipperApplication;
import dev.spoor.testkit.ChildProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A shipper in a process of its own, that is watched: its memory, and what it counts. */
final class ShipperProcess implements AutoCloseable {
  private static final Duration WATCH = Duration.ofMillis(500);

  private final HttpClient http;
  private final int port;
  private final ChildProcess process;
  private final Thread watcher;
  private volatile boolean over;
  private volatile long maxRss;
  private final AtomicLong equations = new AtomicLong();
  private volatile @Nullable String wrong;

  /** What the shipper counts: records received, and what became of them. */
  record Counts(long received, long stored, long duplicate, long deadLettered, long inFlight) {
    boolean areEqual() {
      return received == stored + duplicate + deadLettered + inFlight;
    }
  }

  ShipperProcess(
      HttpClient http,
      int port,
      List<String> jvmOptions,
      Map<String, String> environment,
      Path data) {
    this.http = http;
    this.port = port;
    this.process =
        ChildProcess.running(ShipperApplication.class)
            .jvmOptions(jvmOptions.toArray(String[]::new))
            .environment("SERVER_PORT", Integer.toString(port))
            .environment("SPOOR_DATA_DIR", data.toString())
            .environment(environment)
            // Of this module's tests; Spring would look into it at every start.
            .without(entry -> entry.contains("kotlin"))
            .start();
    this.watcher = Thread.ofPlatform().name("drill-watcher").daemon().start(this::watch);
  }

  private void watch() {
    Counts last = null;
    while (!over) {
      maxRss = Math.max(maxRss, rss());
      Counts counts = counts();
      // Counters are read one after the other, so only figures that stand still can be compared.
      if (counts != null && counts.equals(last)) {
        equations.incrementAndGet();
        if (!counts.areEqual()) {
          wrong = counts.toString();
        }
      }
      last = counts;
      try {
        Thread.sleep(WATCH);
      } catch (InterruptedException stop) {
        return;
      }
    }
  }

  /** Resident now, in bytes; 0 if the process is gone. */
  long rss() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
      }
    } catch (IOException gone) {
      return 0;
    }
    return 0;
  }

  /** Most that was resident, in bytes, looked at twice a second. */
  long maxRss() {
    return maxRss;
  }

  /** How often figures stood still and were compared. */
  long equations() {
    return equations.get();
  }

  /** Figures that stood still and were not equal. */
  @Nullable String wrong() {
    return wrong;
  }

  /** Null if it does not answer. */
  @Nullable Counts counts() {
    byte[] page = get("/actuator/prometheus");
    if (page == null) {
      return null;
    }
    Map<String, Double> sums = new HashMap<>();
    for (String line : new String(page, StandardCharsets.UTF_8).lines().toList()) {
      if (line.startsWith("spoor_telemetry_")) {
        String name = line.split("[{ ]", 2)[0];
        sums.merge(
            name, Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)), Double::sum);
      }
    }
    return new Counts(
        sum(sums, "received_total"),
        sum(sums, "stored_total"),
        sum(sums, "duplicate_total"),
        sum(sums, "dead_lettered_total"),
        sum(sums, "in_flight"));
  }

  private static long sum(Map<String, Double> sums, String name) {
    return Math.round(sums.getOrDefault("spoor_telemetry_" + name, 0.0));
  }

  /** Null if it does not answer. */
  @Nullable JsonNode json(String path) {
    byte[] body = get(path);
    return body == null ? null : Json.tree(body);
  }

  private byte @Nullable [] get(String path) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(20))
            .build();
    try {
      HttpResponse<byte[]> answer = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      return answer.statusCode() == 200 ? answer.body() : null;
    } catch (IOException away) {
      return null;
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  List<String> output() {
    return process.output();
  }

  /** SIGKILL. */
  void kill() {
    over = true;
    watcher.interrupt();
    process.kill();
  }

  @Override
  public void close() {
    kill();
  }
}
