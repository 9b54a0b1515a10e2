package dev.spoor.system.whole;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.wire.Json;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/** The HTTP API of a system under test, one server for jobs and one for the trail. */
final class SystemApi implements AutoCloseable {
  private static final Set<String> ENDED =
      Set.of("succeeded", "failed", "dead", "cancelled", "expired");

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();
  private final URI jobs;
  private final URI trail;

  SystemApi(URI jobs, URI trail) {
    this.jobs = jobs;
    this.trail = trail;
  }

  static SystemApi at(URI both) {
    return new SystemApi(both, both);
  }

  /** What came back; status 0 when nothing did. */
  record Answer(int status, JsonNode body, Optional<String> requestId) {}

  Answer post(String path, String json, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(jobs.resolve(path))
            .timeout(Duration.ofSeconds(15))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return call(request.build());
  }

  Answer get(String path) {
    return call(
        HttpRequest.newBuilder(jobs.resolve(path)).timeout(Duration.ofSeconds(45)).GET().build());
  }

  Answer getTrail(String path) {
    return call(
        HttpRequest.newBuilder(trail.resolve(path)).timeout(Duration.ofSeconds(15)).GET().build());
  }

  /**
   * The sum of a meter's samples whose labels contain all of these, as Prometheus would read it.
   */
  double metric(String name, String... labels) {
    return scrape()
        .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
        .filter(line -> Arrays.stream(labels).allMatch(line::contains))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  /** Of all series of a scrape. */
  Set<String> metricNames() {
    return scrape()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.split("[ {]", 2)[0])
        .collect(Collectors.toSet());
  }

  private Stream<String> scrape() {
    HttpRequest request =
        HttpRequest.newBuilder(jobs.resolve("/actuator/prometheus"))
            .timeout(Duration.ofSeconds(15))
            .build();
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString()).body().lines();
    } catch (IOException away) {
      throw new AssertionError(away);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new AssertionError(interrupted);
    }
  }

  private Answer call(HttpRequest request) {
    try {
      HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      JsonNode body =
          response.body().length == 0
              ? Json.mapper().createObjectNode()
              : Json.tree(response.body());
      return new Answer(response.statusCode(), body, response.headers().firstValue("X-Request-ID"));
    } catch (IOException away) {
      return new Answer(0, Json.mapper().createObjectNode(), Optional.empty());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new AssertionError(interrupted);
    }
  }

  /** Submits and expects a 202. */
  String submit(String body) {
    Answer answer = post("/v1/jobs", body);
    assertThat(answer.status()).as(() -> answer.body().toString()).isEqualTo(202);
    return answer.body().path("job_id").asString();
  }

  JsonNode awaitEnd(String jobId, Duration limit) {
    return Awaitility.await("the end of job " + jobId)
        .atMost(limit)
        .pollInterval(Duration.ofMillis(100))
        .ignoreExceptions()
        .until(
            () -> get("/v1/jobs/" + jobId).body(),
            job -> ENDED.contains(job.path("status").asString("")));
  }

  /** Every record that matches, page by page. */
  List<JsonNode> records(String query) {
    List<JsonNode> all = new ArrayList<>();
    String cursor = "";
    do {
      Answer page =
          getTrail(
              "/v1/logs?limit=1000&q="
                  + URLEncoder.encode(query, StandardCharsets.UTF_8)
                  + (cursor.isEmpty()
                      ? ""
                      : "&cursor=" + URLEncoder.encode(cursor, StandardCharsets.UTF_8)));
      assertThat(page.status()).as(() -> page.body().toString()).isEqualTo(200);
      page.body().path("records").forEach(all::add);
      cursor = page.body().path("next_cursor").asString("");
    } while (!cursor.isEmpty());
    return all;
  }

  static List<String> events(List<JsonNode> records) {
    return records.stream().map(record -> record.path("event").asString("")).toList();
  }

  static List<String> identities(List<JsonNode> records) {
    return records.stream()
        .map(record -> record.path("source").asString("") + "-" + record.path("seq").asString(""))
        .toList();
  }

  void awaitReady(Duration limit) {
    Awaitility.await("a healthy system at " + jobs)
        .atMost(limit)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> get("/health").status() == 200);
  }

  JsonNode awaitCompleteAudit(Duration limit) {
    JsonNode[] last = {Json.mapper().createObjectNode()};
    try {
      Awaitility.await()
          .atMost(limit)
          .pollInterval(Duration.ofMillis(250))
          .until(() -> {
            last[0] = getTrail("/v1/audit").body();
            return last[0].path("complete").asBoolean(false);
          });
    } catch (org.awaitility.core.ConditionTimeoutException incomplete) {
      throw new AssertionError("The audit does not become complete: " + last[0].toPrettyString());
    }
    return last[0];
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
