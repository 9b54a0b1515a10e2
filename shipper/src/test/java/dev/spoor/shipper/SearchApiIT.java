package dev.spoor.shipper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.spoor.contract.wire.Json;
import dev.spoor.testkit.TestBroker;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

@Timeout(120)
class SearchApiIT {
  private static final TestBroker BROKER = TestBroker.shared();
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private static Path data;
  private static TestShipper shipper;

  @BeforeAll
  static void start() throws Exception {
    shipper =
        new TestShipper(
                BROKER.connection(),
                BROKER.freshTopics(),
                data,
                Map.of("spoor.shipper.max-tails", "2"))
            .start();
  }

  @AfterAll
  static void stop() {
    shipper.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /v1/logs?q=level:                | q       | character 7
          /v1/logs?q=*abc                  | q       | wildcard at the beginning
          /v1/logs?q=duration_ms:fast      | q       | is a number
          /v1/logs?q=/a.*b/                | q       | regular expressions
          /v1/logs?limit=0                 | limit   | 1 to 1000
          /v1/logs?limit=1001              | limit   | 1 to 1000
          /v1/logs?limit=ten               | limit   | 1 to 1000
          /v1/logs?from=yesterday          | from    | now-15m
          /v1/logs?to=24.11.2026           | to      | now-15m
          /v1/logs?order=up                | order   | asc
          /v1/logs?cursor=nonsense         | cursor  | next_cursor
          /v1/logs?query=x                 | query   | known are
          /v1/logs?q=a&q=b                 | q       | 2 times
          /v1/logs/tail?q=(                | q       | character
          /v1/logs/tail?from=now           | from    | known are
          """)
  void badParametersAreNamed(String path, String parameter, String detail) throws Exception {
    HttpResponse<String> answer = shipper.get(path);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    JsonNode error =
        Json.tree(answer.body().getBytes(StandardCharsets.UTF_8)).path("errors").path(0);
    assertThat(error.path("pointer").asString()).isEqualTo(parameter);
    assertThat(error.path("detail").asString()).contains(detail);
  }

  @Test
  void allFaultsAreToldAtOnce() throws Exception {
    assertThat(shipper.json("/v1/logs?q=a:&limit=x&from=y&order=z&nope=1").path("errors").size())
        .isEqualTo(5);
  }

  @Test
  void pagesFollowEachOtherWhileRecordsCome() throws Exception {
    for (long seq = 1; seq <= 40; seq++) {
      shipper.emit("pages", seq, Map.of());
    }
    await().atMost(SOON).until(() -> shipper.logs("source:pages").size() == 40);
    String search = "/v1/logs?q=source:pages&limit=9&from=now-1h&to=now%2B1h";
    List<Long> seen = new ArrayList<>();
    JsonNode page = shipper.json(search);
    long next = 41;
    while (true) {
      page.path("records").forEach(record -> seen.add(record.path("seq").asLong()));
      if (!page.has("next_cursor")) {
        break;
      }
      shipper.emit("pages", next++, Map.of());
      page = shipper.json(search + "&cursor=" + page.path("next_cursor").asString());
    }
    assertThat(seen).startsWith(40L).endsWith(1L).doesNotHaveDuplicates().hasSize(40);
    String cursor = shipper.json(search).path("next_cursor").asString();
    assertThat(shipper.get("/v1/logs?q=other&cursor=" + cursor).statusCode()).isEqualTo(400);
  }

  @Test
  void aTailShowsWhatMatchesAsItComes() throws Exception {
    List<String> lines = new CopyOnWriteArrayList<>();
    HttpResponse<java.io.InputStream> stream =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(shipper.uri("/v1/logs/tail?q=source:tailed+AND+level:ERROR"))
                    .build(),
                HttpResponse.BodyHandlers.ofInputStream());
    assertThat(stream.headers().firstValue("Content-Type").orElse(""))
        .startsWith("text/event-stream");
    Thread reader =
        Thread.ofVirtual()
            .start(() -> {
              try (BufferedReader text =
                  new BufferedReader(
                      new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
                text.lines().forEach(lines::add);
              } catch (java.io.IOException | java.io.UncheckedIOException ended) {
                lines.add("ended");
              }
            });
    shipper.emit("tailed", 1, Map.of("level", "ERROR"));
    shipper.emit("tailed", 2, Map.of("level", "INFO"));
    shipper.send(
        shipper.topics().telemetry(),
        "tailed",
        3L,
        "{\"source\":\"tailed\",\n\"seq\":3,\r\n\"level\":\"ERROR\"}"
            .getBytes(StandardCharsets.UTF_8));
    await()
        .atMost(SOON)
        .until(() -> lines.stream().filter(line -> line.startsWith("data: ")).count() == 2);
    assertThat(
            lines.stream()
                .filter(line -> line.startsWith("data: "))
                .map(line ->
                    Json.tree(line.substring(6).getBytes(StandardCharsets.UTF_8))
                        .path("seq")
                        .asLong()))
        .containsExactly(1L, 3L);
    stream.body().close();
    reader.join(Duration.ofSeconds(5));
  }

  @Test
  void aTimelineIsMadeOfAJobsRecords() throws Exception {
    String job = "0190f2f0-0000-8000-8000-000000000001";
    shipper.emit(
        shipper.topics().telemetryLedger(),
        "ledger-1",
        1,
        Map.of(
            "event", "job.submitted", "job_id", job, "flow_id", "echo", "run_no", 1, "attempt", 0));
    shipper.emit(
        "w",
        1,
        Map.of(
            "event", "agent.execution.completed",
            "job_id", job,
            "run_no", "1",
            "attempt", "1",
            "step_id", "say",
            "iteration", "1",
            "agent_id", "echo",
            "duration_ms", 1.5,
            "status", "success"));
    shipper.emit("w", 2, Map.of("event", "log", "job_id", job));
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(
                    shipper
                        .json("/v1/timeline/" + job)
                        .path("spans")
                        .path(0)
                        .path("children")
                        .size())
                .isEqualTo(1));
    JsonNode timeline = shipper.json("/v1/timeline/" + job);
    assertThat(timeline.path("flow_id").asString()).isEqualTo("echo");
    assertThat(timeline.path("complete").asBoolean(true)).isFalse();
    assertThat(shipper.get("/v1/timeline/none").statusCode()).isEqualTo(404);
  }
}
