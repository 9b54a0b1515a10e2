package dev.spoor.system.rolling;

import dev.spoor.contract.wire.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Clients of two gateways and two shippers, as a load balancer without health checks would have
 * them: each call goes to one and, when nobody answers there or it answers 503, to the other, with
 * the same Idempotency-Key. Any other error is noted as a fault.
 */
final class Load implements AutoCloseable {
  /** One call with all its tries. */
  private static final Duration MAX_CALL = Duration.ofSeconds(60);

  private static final String[] JOBS = {
    "{\"flow\":\"echo\",\"input\":{\"text\":\"x\"},\"max_attempts\":20}",
    "{\"flow\":\"echo\",\"input\":{\"text\":\"y\"},\"priority\":\"high\",\"max_attempts\":20}",
    "{\"flow\":\"sleep\",\"input\":{\"duration\":\"PT1S\"},\"max_attempts\":20}",
    "{\"flow\":\"fail\",\"input\":{\"message\":\"no luck\",\"times\":1,\"category\":\"provider\"},"
        + "\"max_attempts\":20}"
  };

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<URI> gateways;
  private final List<URI> shippers;
  private final AtomicLong number = new AtomicLong();
  private final AtomicLong turn = new AtomicLong();
  private final AtomicLong slowestNanos = new AtomicLong();
  private final Map<String, AtomicLong> answers = new ConcurrentHashMap<>();
  final Set<String> accepted = ConcurrentHashMap.newKeySet();
  final Set<String> faults = ConcurrentHashMap.newKeySet();
  final Gaps submits = new Gaps();
  final Gaps reads = new Gaps();
  final Gaps searches = new Gaps();
  private volatile boolean over;

  Load(List<URI> gateways, List<URI> shippers) {
    this.gateways = gateways;
    this.shippers = shippers;
  }

  /** Begins with so many jobs a second, and ten reads and two searches a second beside them. */
  void start(int jobsPerSecond) {
    every(1_000 / jobsPerSecond, this::submit);
    every(100, this::read);
    every(500, this::search);
  }

  /** At a pace that does not wait for answers: who waits would not see a gap. */
  private void every(long millis, Runnable call) {
    threads.execute(() -> {
      long next = System.nanoTime();
      while (!over) {
        threads.execute(call);
        next += TimeUnit.MILLISECONDS.toNanos(millis);
        try {
          TimeUnit.NANOSECONDS.sleep(Math.max(0, next - System.nanoTime()));
        } catch (InterruptedException stop) {
          return;
        }
      }
    });
  }

  private void submit() {
    long n = number.incrementAndGet();
    long start = System.nanoTime();
    JsonNode answer =
        call(
            "submit",
            gateways,
            "/v1/jobs",
            202,
            request ->
                request
                    .header("Content-Type", "application/json")
                    .header("Idempotency-Key", "rolling-" + n)
                    .POST(HttpRequest.BodyPublishers.ofString(JOBS[(int) (n % JOBS.length)])));
    if (answer != null) {
      accepted.add(answer.path("job_id").asString(""));
      submits.good();
      slowestNanos.accumulateAndGet(System.nanoTime() - start, Math::max);
    }
  }

  private void read() {
    String id = accepted.stream().findAny().orElse(null);
    if (id != null
        && call("read", gateways, "/v1/jobs/" + id, 200, request -> request.GET()) != null) {
      reads.good();
    }
  }

  private void search() {
    String path = "/v1/logs?limit=1&q=event:job.submitted";
    if (call("search", shippers, path, 200, request -> request.GET()) != null) {
      searches.good();
    }
  }

  private interface Shape {
    HttpRequest.Builder of(HttpRequest.Builder request);
  }

  private @org.jspecify.annotations.Nullable JsonNode call(
      String what, List<URI> servers, String path, int wanted, Shape shape) {
    long deadline = System.nanoTime() + MAX_CALL.toNanos();
    int server = (int) (turn.incrementAndGet() % servers.size());
    String last = "";
    while (System.nanoTime() - deadline < 0) {
      URI uri = servers.get(server).resolve(path);
      try {
        HttpResponse<byte[]> response =
            http.send(
                shape.of(HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(15))).build(),
                HttpResponse.BodyHandlers.ofByteArray());
        int status = response.statusCode();
        count(what + " " + status);
        if (status == wanted) {
          return Json.tree(response.body());
        }
        last = status + " " + new String(response.body(), java.nio.charset.StandardCharsets.UTF_8);
        if (status != 503 || response.headers().firstValue("Retry-After").isEmpty()) {
          faults.add(what + " " + path + ": " + last);
          return null;
        }
        TimeUnit.MILLISECONDS.sleep(100);
      } catch (IOException nobody) {
        count(what + " without an answer");
        last = nobody.toString();
        try {
          TimeUnit.MILLISECONDS.sleep(20);
        } catch (InterruptedException stop) {
          return null;
        }
      } catch (JacksonException noJson) {
        faults.add(what + " " + path + ": no JSON");
        return null;
      } catch (InterruptedException stop) {
        return null;
      }
      server = (server + 1) % servers.size();
    }
    faults.add(what + " " + path + " had no good answer for " + MAX_CALL + ", at last " + last);
    return null;
  }

  private void count(String answer) {
    answers.computeIfAbsent(answer, _ -> new AtomicLong()).incrementAndGet();
  }

  /** Ends the load, and waits for the calls that are on their way. */
  void stop() throws InterruptedException {
    over = true;
    threads.shutdown();
    if (!threads.awaitTermination(2 * MAX_CALL.toSeconds(), TimeUnit.SECONDS)) {
      faults.add("calls do not end");
    }
  }

  long slowestSubmitMillis() {
    return slowestNanos.get() / 1_000_000;
  }

  Map<String, AtomicLong> answers() {
    return new TreeMap<>(answers);
  }

  @Override
  public void close() {
    over = true;
    threads.shutdownNow();
    http.shutdownNow();
  }
}
