package dev.spoor.system.whole;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.spoor.alert.evaluation.Alert;
import dev.spoor.alert.evaluation.Evaluator;
import dev.spoor.alert.rule.PrometheusRules;
import dev.spoor.alert.rule.RuleFile;
import dev.spoor.alert.rule.Rules;
import dev.spoor.contract.wire.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.Container;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.DockerImageName;
import tools.jackson.databind.JsonNode;

/** The shipped rules, as they are exported, in a real Prometheus. */
@Timeout(240)
class PrometheusRulesIT {
  private static final Instant START = Instant.parse("2026-01-02T03:00:00Z");
  private static final int SECONDS = 3300;
  private static final int SCRAPE = 15;
  private static final int EVALUATION = 15;
  private static final int OWN_EVALUATION = 5;
  private static final double[] BUCKETS = {0.05, 0.25, 1, 2.5, 5, 10, 30};

  private static GenericContainer<?> prometheus;

  @BeforeAll
  static void startContainer() {
    assumeTrue(
        DockerClientFactory.instance().isDockerAvailable(),
        "skipped: no Docker engine answers, and this test runs Prometheus in a container");
    prometheus =
        new GenericContainer<>(DockerImageName.parse("prom/prometheus:v2.53.3"))
            .withCreateContainerCmdModifier(command -> command.withEntrypoint("sleep", "600"));
    prometheus.start();
  }

  @AfterAll
  static void stopContainer() {
    if (prometheus != null) {
      prometheus.stop();
    }
  }

  private static Container.ExecResult promtool(String... arguments) throws Exception {
    String[] command = new String[arguments.length + 1];
    command[0] = "promtool";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return prometheus.execInContainer(command);
  }

  private static void write(String path, String text) {
    prometheus.copyFileToContainer(Transferable.of(text, 0644), path);
  }

  @Test
  void prometheusTakesTheExport() throws Exception {
    write("/tmp/rules.yml", PrometheusRules.of(RuleFile.shipped()));
    Container.ExecResult checked = promtool("check", "rules", "/tmp/rules.yml");
    assertThat(checked.getExitCode()).as(checked.toString()).isZero();
    assertThat(checked.getStdout()).contains("SUCCESS: 10 rules found");
  }

  /** One thing that happened, as a record. */
  private record Happened(int atMillis, JsonNode fields) {
    Happened(int atMillis, Map<String, Object> fields) {
      this(atMillis, Json.tree(Json.write(fields)));
    }
  }

  /** From when to when a rule fired for some labels, in seconds. */
  private record Fired(String rule, Map<String, String> labels, int from, int to) {}

  @Test
  void theSameAlertsFireAndResolveInBoth() throws Exception {
    List<Happened> story = story(new Random(1));
    Rules rules = RuleFile.shipped();
    List<Fired> fired = ours(story, rules);
    assertThat(fired)
        .extracting(Fired::rule)
        .containsExactlyInAnyOrder(
            "HighErrorRate",
            "HighP95Latency",
            "HighMemoryUsage",
            "HighMemoryUsage",
            "HighAgentFailureRate",
            "DeadLettersGrowing");
    write("/tmp/rules.yml", PrometheusRules.of(rules));
    // Not one second more than a scrape and an evaluation, either way; both look in steps.
    int tolerance = SCRAPE + EVALUATION;
    write("/tmp/test.yml", test(story, fired, tolerance));
    Container.ExecResult compared = promtool("test", "rules", "/tmp/test.yml");
    assertThat(compared.getExitCode())
        .as("%s%n%s%n%s", fired, compared.getStdout(), compared.getStderr())
        .isZero();
    // The same comparison does find a difference: a minute is not within the tolerance.
    List<Fired> shifted =
        fired.stream()
            .map(each -> new Fired(each.rule, each.labels, each.from + 60, each.to + 60))
            .toList();
    write("/tmp/shifted.yml", test(story, shifted, tolerance));
    assertThat(promtool("test", "rules", "/tmp/shifted.yml").getExitCode()).isNotZero();
  }

  private static List<Happened> story(Random random) {
    List<Happened> story = new ArrayList<>();
    for (int second = 0; second < SECONDS; second++) {
      for (int n = 0; n < 4; n++) {
        int at = second * 1000 + random.nextInt(1000);
        boolean failed = second >= 300 && second < 500 && random.nextInt(4) == 0;
        boolean slow = second >= 1500 && second < 1800 && random.nextInt(4) == 0;
        story.add(
            new Happened(
                at,
                Map.of(
                    "event",
                    "http.request.completed",
                    "status_code",
                    failed ? 503 : 200,
                    "duration_ms",
                    slow ? 8000 : 5 + random.nextInt(40))));
      }
      for (String agent : List.of("analyst", "writer")) {
        boolean failed = agent.equals("writer") && second >= 1100 && second < 1250;
        story.add(
            new Happened(
                second * 1000 + random.nextInt(1000),
                Map.of(
                    "event",
                    failed ? "agent.execution.failed" : "agent.execution.completed",
                    "agent_id",
                    agent)));
      }
      if (second % 10 == 0) {
        story.add(sample(second, "w-1", second >= 700 && second < 900 ? 0.9 : 0.4));
        if (second < 1000) {
          // Dies with its memory full.
          story.add(sample(second, "w-2", second >= 850 ? 0.95 : 0.3));
        }
      }
    }
    story.add(new Happened(2_000_000, Map.of("event", "job.dead")));
    story.sort(Comparator.comparingInt(Happened::atMillis));
    return story;
  }

  private static Happened sample(int second, String instance, double ratio) {
    return new Happened(
        second * 1000,
        Map.of(
            "event",
            "runtime.sample",
            "instance",
            instance,
            "memory_ratio",
            ratio,
            "jobs_in_flight",
            1));
  }

  private static List<Fired> ours(List<Happened> story, Rules rules) {
    Evaluator evaluator = new Evaluator(rules, START, 1000);
    Map<String, Alert> open = new LinkedHashMap<>();
    List<Fired> fired = new ArrayList<>();
    int next = 0;
    for (int second = OWN_EVALUATION; second <= SECONDS; second += OWN_EVALUATION) {
      while (next < story.size() && story.get(next).atMillis <= second * 1000) {
        Happened each = story.get(next++);
        evaluator.add(each.fields, START.plusMillis(each.atMillis));
      }
      for (Alert alert : evaluator.evaluate(START.plusSeconds(second))) {
        if (alert.status() == Alert.Status.RESOLVED) {
          open.remove(alert.series());
          Instant began = Objects.requireNonNull(alert.startsAt());
          fired.add(new Fired(alert.rule(), alert.labels(), seconds(began), second));
        } else {
          open.put(alert.series(), alert);
        }
      }
    }
    assertThat(open).as("the story ends well").isEmpty();
    return fired;
  }

  private static int seconds(Instant at) {
    return (int) Duration.between(START, at).toSeconds();
  }

  /** A unit test of promtool: the recording as metrics, and what is to fire when. */
  private static String test(List<Happened> story, List<Fired> fired, int tolerance) {
    StringBuilder text =
        new StringBuilder(
            "rule_files: [/tmp/rules.yml]\nevaluation_interval: %ds\ntests:\n  - interval: %ds\n"
                .formatted(EVALUATION, SCRAPE));
    text.append("    input_series:\n");
    series(story)
        .forEach((name, values) ->
            text.append("      - series: '")
                .append(name)
                .append("'\n        values: '")
                .append(String.join(" ", values))
                .append("'\n"));
    text.append("    promql_expr_test:\n");
    for (Fired each : fired) {
      expect(text, each, each.from - tolerance, false);
      expect(text, each, each.from + tolerance, true);
      expect(text, each, each.to - tolerance, true);
      expect(text, each, each.to + tolerance, false);
    }
    // And nothing else, at any time.
    for (int second = 0; second < SECONDS; second += EVALUATION) {
      long expected = 0;
      boolean near = false;
      for (Fired each : fired) {
        near |=
            Math.abs(second - each.from) <= tolerance || Math.abs(second - each.to) <= tolerance;
        expected += second > each.from && second < each.to ? 1 : 0;
      }
      if (!near) {
        expect(text, "count(ALERTS{alertstate=\"firing\"})", second, expected);
      }
    }
    return text.toString();
  }

  private static void expect(StringBuilder text, Fired fired, int second, boolean firing) {
    StringBuilder selector =
        new StringBuilder("ALERTS{alertstate=\"firing\",alertname=\"" + fired.rule + '"');
    fired.labels.forEach((label, value) ->
        selector.append(',').append(label).append("=\"").append(value).append('"'));
    expect(text, "count(" + selector + "})", second, firing ? 1 : 0);
  }

  private static void expect(StringBuilder text, String query, int second, long value) {
    text.append("      - expr: '").append(query).append("'\n");
    text.append("        eval_time: ").append(second).append("s\n");
    text.append(
        value == 0
            ? "        exp_samples: []\n"
            : "        exp_samples: [{labels: '{}', value: " + value + "}]\n");
  }

  /** What a scrape would have seen, every {@link #SCRAPE} seconds. */
  private static Map<String, List<String>> series(List<Happened> story) {
    Map<String, Double> counters = new TreeMap<>();
    Map<String, Double> gauges = new TreeMap<>();
    Map<String, List<String>> values = new LinkedHashMap<>();
    counters.put("http_server_requests_seconds_count{outcome=\"SUCCESS\"}", 0.0);
    counters.put("http_server_requests_seconds_count{outcome=\"SERVER_ERROR\"}", 0.0);
    for (double bucket : BUCKETS) {
      counters.put(bucket(Double.toString(bucket)), 0.0);
    }
    counters.put(bucket("+Inf"), 0.0);
    for (String agent : List.of("analyst", "writer")) {
      counters.put(execution(agent, "success"), 0.0);
      counters.put(execution(agent, "failure"), 0.0);
    }
    counters.put("spoor_jobs_total{status=\"dead\"}", 0.0);
    gauges.put(memory("w-1"), 0.4);
    gauges.put(memory("w-2"), 0.3);
    int next = 0;
    for (int second = 0; second <= SECONDS; second += SCRAPE) {
      while (next < story.size() && story.get(next).atMillis <= second * 1000) {
        count(story.get(next++).fields, counters, gauges);
      }
      counters.forEach((name, value) -> add(values, name, Double.toString(value)));
      int now = second;
      gauges.forEach((name, value) ->
          add(
              values,
              name,
              // A target that is gone is scraped in vain, and its series ends.
              name.contains("w-2") && now >= 1000 ? "stale" : Double.toString(value)));
    }
    return values;
  }

  private static void add(Map<String, List<String>> values, String name, String value) {
    values.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
  }

  private static String bucket(String le) {
    return "http_server_requests_seconds_bucket{le=\"" + le + "\"}";
  }

  private static String execution(String agent, String status) {
    return "spoor_agent_execution_seconds_count{agent=\"%s\",status=\"%s\"}"
        .formatted(agent, status);
  }

  private static String memory(String instance) {
    return "spoor_process_memory_ratio{instance=\"" + instance + "\"}";
  }

  private static void count(
      JsonNode fields, Map<String, Double> counters, Map<String, Double> gauges) {
    String agent = fields.path("agent_id").asString("");
    switch (fields.path("event").asString()) {
      case "http.request.completed" -> {
        boolean failed = fields.path("status_code").asInt() >= 500;
        plusOne(
            counters,
            "http_server_requests_seconds_count{outcome=\"%s\"}"
                .formatted(failed ? "SERVER_ERROR" : "SUCCESS"));
        double seconds = fields.path("duration_ms").asInt() / 1000.0;
        for (double bucket : BUCKETS) {
          if (seconds <= bucket) {
            plusOne(counters, bucket(Double.toString(bucket)));
          }
        }
        plusOne(counters, bucket("+Inf"));
      }
      case "agent.execution.completed" -> plusOne(counters, execution(agent, "success"));
      case "agent.execution.failed" -> plusOne(counters, execution(agent, "failure"));
      case "job.dead" -> plusOne(counters, "spoor_jobs_total{status=\"dead\"}");
      default ->
          gauges.put(
              memory(fields.path("instance").asString()), fields.path("memory_ratio").asDouble());
    }
  }

  private static void plusOne(Map<String, Double> counters, String name) {
    counters.merge(name, 1.0, Double::sum);
  }
}
