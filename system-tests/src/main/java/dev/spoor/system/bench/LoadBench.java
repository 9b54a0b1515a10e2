package dev.spoor.system.bench;

import dev.spoor.contract.wire.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * An open-loop load on a running system: submits are due at fixed times, whether or not earlier
 * ones were answered, and an accept latency counts from the time a submit was due. So a system that
 * stalls cannot hide it (no coordinated omission).
 *
 * <p>Usage: {@code LoadBench --server http://127.0.0.1:8080 --rate 500 --seconds 30 [--flow echo]
 * [--warmup 5] [--sample 0.1]}. Prints what was offered, accepted, ended, how long it took from due
 * time to 202 and from due time to the start of the first step (the worker's clock: run it on one
 * machine), and whether all telemetry is stored. Exit code 1 if an accepted job did not end or
 * telemetry is missing.
 */
public final class LoadBench {
  private static final Duration DRAIN_LIMIT = Duration.ofMinutes(3);

  private final URI server;
  private final HttpClient http;
  private final String body;
  private final Map<String, Instant> sampled = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> lastAccepted = new ConcurrentLinkedQueue<>();
  private final Map<Integer, AtomicLong> answers = new ConcurrentHashMap<>();

  private LoadBench(URI server, String flow, ExecutorService threads) {
    this.server = server;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .executor(threads)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    this.body =
        flow.equals("sleep")
            ? "{\"flow\":\"sleep\",\"input\":{\"duration\":\"PT0.1S\"}}"
            : "{\"flow\":\"" + flow + "\",\"input\":{\"text\":\"hello\"}}";
  }

  public static void main(String[] args) throws Exception {
    Map<String, String> options = options(args);
    double rate = Double.parseDouble(options.getOrDefault("rate", "100"));
    int seconds = Integer.parseInt(options.getOrDefault("seconds", "30"));
    int warmup = Integer.parseInt(options.getOrDefault("warmup", "5"));
    double sample = Double.parseDouble(options.getOrDefault("sample", "0.1"));
    boolean ok;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      LoadBench bench =
          new LoadBench(
              URI.create(options.getOrDefault("server", "http://127.0.0.1:8080")),
              options.getOrDefault("flow", "echo"),
              threads);
      ok = bench.run(threads, rate, warmup, seconds, sample);
    }
    System.exit(ok ? 0 : 1);
  }

  private static Map<String, String> options(String[] args) {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      if (!args[i].startsWith("--")) {
        throw new IllegalArgumentException("expected --name value, not " + args[i]);
      }
      options.put(args[i].substring(2), args[i + 1]);
    }
    return options;
  }

  private boolean run(ExecutorService threads, double rate, int warmup, int seconds, double sample)
      throws Exception {
    double storedBefore = metric("spoor_telemetry_stored_total");
    double droppedBefore = metric("spoor_telemetry_dropped_total");
    Map<String, Double> endedBefore = endedByStatus();
    ConcurrentHistogram accept = new ConcurrentHistogram(3);
    if (warmup > 0) {
      offer(threads, rate, warmup, 0, new ConcurrentHistogram(3));
      answers.clear();
    }
    long startNanos = System.nanoTime();
    long offered = offer(threads, rate, seconds, sample, accept);
    double offerSeconds = (System.nanoTime() - startNanos) / 1e9;
    boolean drained = awaitDrain();
    double allSeconds = (System.nanoTime() - startNanos) / 1e9;
    boolean complete = awaitComplete();
    double storedSeconds = (System.nanoTime() - startNanos) / 1e9;

    long accepted = answers.getOrDefault(202, new AtomicLong()).get();
    Histogram dispatch = dispatchTimes();
    double stored = metric("spoor_telemetry_stored_total") - storedBefore;
    double dropped = metric("spoor_telemetry_dropped_total") - droppedBefore;
    Map<String, Double> ended = endedByStatus();
    endedBefore.forEach((status, count) -> ended.merge(status, -count, Double::sum));

    print("machine", Machine.describe());
    print("offered", offered + " at " + rate + "/s, after " + warmup + " s of warm-up");
    print("answers", answers.toString());
    print("accept, due to 202, ms", percentiles(accept));
    print(
        "dispatch, due to step start, ms",
        percentiles(dispatch) + " of " + dispatch.getTotalCount());
    print("ended, warm-up included", ended.toString());
    print(
        "whole jobs a second",
        String.format(
            Locale.ROOT,
            "%.0f (offered in %.1f s, drained after %.1f s)",
            accepted / allSeconds,
            offerSeconds,
            allSeconds));
    print(
        "all telemetry stored after",
        String.format(
            Locale.ROOT,
            "%.1f s: %.0f jobs/s; records stored %.0f, dropped %.0f, audit complete: %s",
            storedSeconds,
            accepted / storedSeconds,
            stored,
            dropped,
            complete));
    return drained && complete && dropped == 0 && dispatch.getTotalCount() == sampled.size();
  }

  private long offer(
      ExecutorService threads, double rate, int seconds, double sample, ConcurrentHistogram accept)
      throws InterruptedException {
    long count = Math.round(rate * seconds);
    long every = sample <= 0 ? Long.MAX_VALUE : Math.max(1, Math.round(1 / sample));
    long start = System.nanoTime();
    Instant startAt = Instant.now();
    AtomicLong open = new AtomicLong();
    for (long i = 0; i < count; i++) {
      long dueNanos = (long) (i * 1e9 / rate);
      long wait = dueNanos - (System.nanoTime() - start);
      if (wait > 0) {
        Thread.sleep(Duration.ofNanos(wait));
      }
      boolean sampledJob = i % every == 0;
      open.incrementAndGet();
      threads.execute(() -> {
        try {
          submit(start + dueNanos, startAt.plusNanos(dueNanos), sampledJob, accept);
        } finally {
          open.decrementAndGet();
        }
      });
    }
    while (open.get() > 0) {
      Thread.sleep(Duration.ofMillis(5));
    }
    return count;
  }

  private void submit(
      long dueNanos, Instant dueAt, boolean sampledJob, ConcurrentHistogram accept) {
    int status;
    try {
      HttpResponse<byte[]> answer =
          http.send(
              HttpRequest.newBuilder(server.resolve("/v1/jobs"))
                  .header("Content-Type", "application/json")
                  .timeout(Duration.ofSeconds(30))
                  .POST(HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              HttpResponse.BodyHandlers.ofByteArray());
      status = answer.statusCode();
      accept.recordValue((System.nanoTime() - dueNanos) / 1000);
      if (status == 202) {
        String id = Json.tree(answer.body()).path("job_id").asString();
        if (sampledJob) {
          sampled.put(id, dueAt);
        }
        lastAccepted.add(id);
        if (lastAccepted.size() > 100) {
          lastAccepted.poll();
        }
      }
    } catch (IOException e) {
      status = -1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      status = -2;
    }
    answers.computeIfAbsent(status, key -> new AtomicLong()).incrementAndGet();
  }

  /**
   * Waits until the ledger counts no job that has not ended; its figures are a second old, so
   * twice.
   */
  private boolean awaitDrain() throws Exception {
    Instant limit = Instant.now().plus(DRAIN_LIMIT);
    int empty = 0;
    while (Instant.now().isBefore(limit)) {
      long depth = 0;
      for (JsonNode count : get("/v1/queue").path("depth")) {
        depth += count.asLong();
      }
      boolean lastEnded = true;
      for (String id : lastAccepted) {
        if (!ended(get("/v1/jobs/" + id).path("status").asString())) {
          lastEnded = false;
          break;
        }
      }
      empty = depth == 0 && lastEnded ? empty + 1 : 0;
      if (empty == 2) {
        return true;
      }
      Thread.sleep(Duration.ofMillis(lastEnded ? 500 : 50));
    }
    return false;
  }

  private static boolean ended(String status) {
    return switch (status) {
      case "succeeded", "failed", "dead", "cancelled", "expired" -> true;
      default -> false;
    };
  }

  /**
   * The store has caught up when nothing is in a journal or in flight, and the audit names nothing
   * missing.
   */
  private boolean awaitComplete() throws Exception {
    Instant limit = Instant.now().plus(DRAIN_LIMIT);
    while (Instant.now().isBefore(limit)) {
      if (metric("spoor_telemetry_in_journal") < 50
          && metric("spoor_telemetry_in_flight") == 0
          && get("/v1/audit").path("complete").asBoolean()) {
        return true;
      }
      Thread.sleep(Duration.ofMillis(200));
    }
    return false;
  }

  private Histogram dispatchTimes() throws Exception {
    Histogram times = new Histogram(3);
    for (Map.Entry<String, Instant> job : sampled.entrySet()) {
      JsonNode started = get("/v1/jobs/" + job.getKey()).path("steps").path(0).path("started_at");
      if (started.isString()) {
        times.recordValue(
            Math.max(
                0, ChronoUnit.MICROS.between(job.getValue(), Instant.parse(started.asString()))));
      }
    }
    return times;
  }

  private Map<String, Double> endedByStatus() throws Exception {
    Map<String, Double> byStatus = new HashMap<>();
    for (String line : scrape()) {
      if (line.startsWith("spoor_jobs_total{")) {
        int at = line.indexOf("status=\"");
        String status = line.substring(at + 8, line.indexOf('"', at + 8));
        byStatus.merge(status, value(line), Double::sum);
      }
    }
    return byStatus;
  }

  private double metric(String name) throws Exception {
    double sum = 0;
    for (String line : scrape()) {
      if (line.startsWith(name + "{") || line.startsWith(name + " ")) {
        sum += value(line);
      }
    }
    return sum;
  }

  private static double value(String line) {
    return Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
  }

  private List<String> scrape() throws Exception {
    return new ArrayList<>(body("/actuator/prometheus").lines().toList());
  }

  private JsonNode get(String path) throws Exception {
    return Json.mapper().readTree(body(path));
  }

  private String body(String path) throws Exception {
    return http.send(
            HttpRequest.newBuilder(server.resolve(path)).timeout(Duration.ofSeconds(30)).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private static String percentiles(@Nullable Histogram micros) {
    if (micros == null || micros.getTotalCount() == 0) {
      return "nothing measured";
    }
    return String.format(
        Locale.ROOT,
        "p50 %.1f  p90 %.1f  p99 %.1f  p99.9 %.1f  max %.1f",
        micros.getValueAtPercentile(50) / 1000.0,
        micros.getValueAtPercentile(90) / 1000.0,
        micros.getValueAtPercentile(99) / 1000.0,
        micros.getValueAtPercentile(99.9) / 1000.0,
        micros.getMaxValue() / 1000.0);
  }

  private static void print(String what, String value) {
    System.out.printf("%-34s %s%n", what, value);
  }
}
