package dev.spoor.system.whole;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.spoor.alert.rule.Rule;
import dev.spoor.alert.rule.RuleFile;
import dev.spoor.contract.wire.Json;
import dev.spoor.gateway.GatewayApplication;
import dev.spoor.shipper.ShipperApplication;
import dev.spoor.system.dashboards.Dashboard;
import dev.spoor.system.dashboards.Dashboards;
import dev.spoor.testkit.ChildProcess;
import dev.spoor.testkit.FreePorts;
import dev.spoor.testkit.TestBroker;
import dev.spoor.worker.WorkerApplication;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.DockerImageName;
import tools.jackson.databind.JsonNode;

/**
 * The three apps, each a process, run jobs and are scraped by a real Prometheus with the rules that
 * compose gives it; then everything that dashboards and rules ask is asked.
 */
@Timeout(240)
class PrometheusQueriesIT {
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final Path RULES = Path.of("..", "deploy", "prometheus", "rules");
  private static final TestBroker broker = TestBroker.shared();
  private static final String prefix = broker.freshTopics().prefix();
  private static final List<ChildProcess> processes = new ArrayList<>();
  private static final HttpClient http = HttpClient.newHttpClient();

  @TempDir private static Path dir;
  private static GenericContainer<?> prometheus;
  private static URI base;

  @BeforeAll
  static void runJobsAndScrape() throws IOException {
    assumeTrue(
        DockerClientFactory.instance().isDockerAvailable(),
        "skipped: no Docker engine answers, and this test runs Prometheus in a container");
    assumeTrue(
        System.getProperty("os.name").equals("Linux"),
        "skipped: Prometheus scrapes loopback here, and only Linux lets a container do that");
    int gatewayPort = FreePorts.one();
    int workerPort = FreePorts.one();
    int shipperPort = FreePorts.one();
    app(GatewayApplication.class, "gateway", gatewayPort);
    app(WorkerApplication.class, "worker", workerPort);
    app(ShipperApplication.class, "shipper", shipperPort);
    int port = FreePorts.one();
    base = URI.create("http://127.0.0.1:" + port);
    prometheus =
        prometheus(
            port, Map.of("gateway", gatewayPort, "worker", workerPort, "shipper", shipperPort));
    prometheus.start();
    try (SystemApi api = SystemApi.at(URI.create("http://127.0.0.1:" + gatewayPort))) {
      Awaitility.await("flows to be announced")
          .atMost(LIMIT)
          .ignoreExceptions()
          .until(() -> api.get("/v1/flows").body().toString().contains("review-story"));
      // Twice: a counter has to be scraped before it can be seen to increase.
      runJobs(api);
      awaitData("spoor_jobs_total{status=\"dead\"}");
      awaitData("spoor_agent_execution_seconds_count{status=\"failure\"}");
      runJobs(api);
    }
  }

  private static void runJobs(SystemApi api) {
    List<String> jobs = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      jobs.add(api.submit("{\"flow\":\"echo\",\"input\":{\"text\":\"x\"}}"));
      jobs.add(
          api.submit(
              "{\"flow\":\"review-story\",\"session_id\":\"s\",\"input\":{\"text\":\"As an operator I want to see depth.\"}}"));
    }
    jobs.add(
        api.submit("{\"flow\":\"fail\",\"max_attempts\":1,\"input\":{\"message\":\"no luck\"}}"));
    jobs.forEach(job -> api.awaitEnd(job, LIMIT));
  }

  private static void app(Class<?> main, String name, int port) {
    processes.add(
        ChildProcess.running(main)
            .jvmOptions("-Xmx256m", "-XX:+UseSerialGC")
            .environment("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers())
            .environment("SPOOR_TOPICS_PREFIX", prefix)
            .environment("SPOOR_INSTANCE", name)
            .environment("SPOOR_DATA_DIR", dir.resolve(name).toString())
            .environment("SPOOR_WORKER_DRAIN_TIMEOUT", "5s")
            .environment("SERVER_PORT", Integer.toString(port))
            .start());
  }

  private static GenericContainer<?> prometheus(int port, Map<String, Integer> ports)
      throws IOException {
    StringBuilder config =
        new StringBuilder(
            """
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            rule_files: [/tmp/*.rules.yml]
            scrape_configs:
            """);
    ports.forEach((job, target) ->
        config.append(
            """
              - job_name: %s
                metrics_path: /actuator/prometheus
                static_configs: [{targets: ['127.0.0.1:%d']}]
            """
                .formatted(job, target)));
    GenericContainer<?> container =
        new GenericContainer<>(DockerImageName.parse("prom/prometheus:v2.53.3"))
            .withNetworkMode("host")
            .withCopyToContainer(Transferable.of(config.toString(), 0644), "/tmp/prometheus.yml")
            .withCommand(
                "--config.file=/tmp/prometheus.yml",
                "--storage.tsdb.path=/prometheus",
                "--web.listen-address=127.0.0.1:" + port);
    for (String file : List.of("spoor", "watch")) {
      container.withCopyToContainer(
          Transferable.of(Files.readString(RULES.resolve(file + ".yml")), 0644),
          "/tmp/" + file + ".rules.yml");
    }
    return container;
  }

  @AfterAll
  static void stopAll() {
    if (prometheus != null) {
      prometheus.stop();
    }
    processes.reversed().forEach(ChildProcess::close);
    http.shutdownNow();
  }

  @Test
  void everyExpressionOfADashboardReturnsData() {
    Map<String, String> expressions = new LinkedHashMap<>();
    for (Dashboard dashboard : Dashboards.all()) {
      for (Dashboard.Row row : dashboard.rows()) {
        for (Dashboard.Panel panel : row.panels()) {
          for (Dashboard.Query query : panel.queries()) {
            expressions.put(
                dashboard.title()
                    + " / "
                    + row.title()
                    + " / "
                    + panel.title()
                    + " / "
                    + query.legend(),
                asGrafanaWould(query.expression()));
          }
        }
      }
    }
    assertThat(expressions).hasSizeGreaterThan(70);
    assertAllReturnData(expressions);
  }

  /** The metric of each rule and the number of its samples; whether it is breached is not asked. */
  @Test
  void everyShippedRuleMeasuresSomething() {
    Map<String, String> expressions = new LinkedHashMap<>();
    for (Rule rule : RuleFile.shipped().all()) {
      String expression = rule.prometheus();
      // Nobody has answered a 5xx here; that its labels exist is the business of the next test.
      if (expression != null && !expression.contains("SERVER_ERROR")) {
        expressions.put(rule.name(), expression.replace("{{window}}", "1m"));
        String samples = rule.prometheusSamples();
        if (samples != null) {
          expressions.put(rule.name() + ", samples", samples.replace("{{window}}", "1m"));
        }
      }
    }
    assertThat(expressions).hasSizeGreaterThan(10);
    assertAllReturnData(expressions);
  }

  /** Rules are evaluated without error, and there are series with every label that they match. */
  @Test
  void everyRuleOfTheFilesRunsOverMetersAndLabelsThatExist() {
    List<JsonNode> rules = new ArrayList<>();
    Awaitility.await("an evaluation of all rules")
        .atMost(LIMIT)
        .until(() -> {
          rules.clear();
          get("/api/v1/rules")
              .path("data")
              .path("groups")
              .forEach(group -> group.path("rules").forEach(rules::add));
          return !rules.isEmpty()
              && rules.stream().noneMatch(rule -> rule.path("health").asString().equals("unknown"));
        });
    assertThat(rules).hasSizeGreaterThan(14);
    Map<String, String> selectors = new LinkedHashMap<>();
    for (JsonNode rule : rules) {
      assertThat(rule.path("health").asString()).as(rule.toString()).isEqualTo("ok");
      for (MatchResult selector :
          matches(
              "\\b(up|(?:http|spoor)_[a-z_]+)(?:\\{([^}]*)})?", rule.path("query").asString())) {
        String labels =
            selector.group(2) == null
                ? ""
                : String.join(
                    ",",
                    matches("(\\w+)\\s*=~?\"", selector.group(2)).stream()
                        .map(label -> label.group(1) + "!=\"\"")
                        .toList());
        String asked = selector.group(1) + "{" + labels + "}";
        selectors.put(rule.path("name").asString() + " " + asked, asked);
      }
    }
    assertThat(selectors).hasSizeGreaterThan(14);
    assertAllReturnData(selectors);
    assertThat(get("/api/v1/alerts").toString()).doesNotContain("ShipperDown", "GatewayDown");
  }

  private static List<MatchResult> matches(String regex, String text) {
    return Pattern.compile(regex).matcher(text).results().toList();
  }

  private static String asGrafanaWould(String expression) {
    return expression.replace("$__rate_interval", "1m").replace("$__range", "5m");
  }

  /** All of them, so that one run names every fault. */
  private static void assertAllReturnData(Map<String, String> expressions) {
    Map<String, String> wanting = new LinkedHashMap<>(expressions);
    try {
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> {
            wanting.values().removeIf(PrometheusQueriesIT::hasData);
            return wanting.isEmpty();
          });
    } catch (org.awaitility.core.ConditionTimeoutException noData) {
      throw new AssertionError(
          "Without data:\n"
              + String.join(
                  "\n",
                  wanting.entrySet().stream()
                      .map(each ->
                          each.getKey() + "\n  " + each.getValue() + "\n  " + ask(each.getValue()))
                      .toList()));
    }
  }

  private static void awaitData(String expression) {
    Awaitility.await(expression).atMost(LIMIT).until(() -> hasData(expression));
  }

  /** At least one series with a number. */
  private static boolean hasData(String expression) {
    JsonNode answer = ask(expression);
    for (JsonNode series : answer.path("data").path("result")) {
      if (!series.path("value").get(1).asString().equals("NaN")) {
        return true;
      }
    }
    return false;
  }

  private static JsonNode ask(String expression) {
    return get("/api/v1/query?query=" + URLEncoder.encode(expression, UTF_8));
  }

  private static JsonNode get(String path) {
    try {
      return Json.tree(
          http.send(
                  HttpRequest.newBuilder(base.resolve(path))
                      .timeout(Duration.ofSeconds(10))
                      .build(),
                  HttpResponse.BodyHandlers.ofByteArray())
              .body());
    } catch (IOException notYet) {
      return Json.mapper().createObjectNode();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new AssertionError(interrupted);
    }
  }
}
