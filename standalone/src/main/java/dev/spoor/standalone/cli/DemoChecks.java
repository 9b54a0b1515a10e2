package dev.spoor.standalone.cli;

import static dev.spoor.standalone.cli.Api.text;

import dev.spoor.contract.telemetry.Events;
import dev.spoor.contract.telemetry.Fields;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Whether the trail of a demo tells the same as its jobs. */
final class DemoChecks {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Api api;
  private final String id;
  private final Instant begin;

  /**
   * @param what in words and figures
   */
  record Finding(String name, boolean isFine, String what) {}

  /** Figures from before the demo, of what a server may have done for others. */
  record Before(long jobs, BigDecimal cost, @Nullable BigDecimal metrics) {}

  DemoChecks(Api api, String id, Instant begin) {
    this.api = api;
    this.id = id;
    this.begin = begin;
  }

  Before before() {
    JsonNode figures = figures();
    return new Before(figures.path("count").asLong(0), usd(figures), costMetric());
  }

  /**
   * @param jobs that have ended
   * @param cost of them, as the jobs say
   * @param marker a word in each message with secrets
   */
  List<Finding> findings(
      Before before, int jobs, BigDecimal cost, String marker, int messages, List<String> secrets) {
    List<Finding> findings = new ArrayList<>();
    findings.add(
        settled(() -> {
          BigDecimal stored = costOf(Events.LLM_CALL_COMPLETED);
          return new Finding(
              "cost in records", same(stored, cost), figure(stored) + ", in jobs " + figure(cost));
        }));
    findings.add(settled(() -> ofFigures(before, jobs, cost)));
    findings.add(settled(() -> ofMetrics(before, jobs, cost)));
    findings.add(
        settled(() -> {
          Set<String> found = new HashSet<>();
          records("message:" + marker, record -> found.add(text(record, Fields.JOB_ID, "")));
          return new Finding(
              "messages with secrets",
              found.size() == messages,
              found.size() + " of " + messages + " are in the trail");
        }));
    long seen = secrets.stream().filter(this::isInTheTrail).count();
    findings.add(
        new Finding("secrets", seen == 0, seen + " of " + secrets.size() + " are in the trail"));
    findings.add(
        settled(() -> {
          JsonNode audit = api.getTelemetry("/v1/audit").body();
          boolean complete = audit.path("complete").asBoolean(false);
          long stored = 0;
          for (JsonNode source : audit.path("sources")) {
            stored += source.path("stored").asLong(0);
          }
          return new Finding(
              "audit",
              complete,
              "%d sources, %d records, %s"
                  .formatted(
                      audit.path("sources").size(),
                      stored,
                      complete ? "none is missing" : "some are missing: spoor audit --explain"));
        }));
    return findings;
  }

  private Finding ofFigures(Before before, int jobs, BigDecimal cost) {
    JsonNode after = figures();
    long counted = after.path("count").asLong(0) - before.jobs;
    BigDecimal difference = usd(after).subtract(before.cost);
    if (counted > jobs) {
      return new Finding(
          "cost in figures",
          true,
          "not compared: %d jobs of others ended meanwhile".formatted(counted - jobs));
    }
    return new Finding(
        "cost in figures",
        counted == jobs && same(difference, cost),
        "%s for %d jobs".formatted(figure(difference), counted));
  }

  private Finding ofMetrics(Before before, int jobs, BigDecimal cost) {
    BigDecimal after = costMetric();
    if (after == null) {
      return new Finding(
          "cost in metrics", true, "not looked at: this address has no metrics of a worker");
    }
    BigDecimal difference =
        after.subtract(before.metrics == null ? BigDecimal.ZERO : before.metrics);
    long others = figures().path("count").asLong(0) - before.jobs - jobs;
    if (others > 0) {
      return new Finding("cost in metrics", true, "not compared: others had jobs meanwhile");
    }
    return new Finding("cost in metrics", same(difference, cost), figure(difference));
  }

  /** Records are searchable a moment after what they tell. */
  private static Finding settled(Supplier<Finding> look) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      Finding found;
      try {
        found = look.get();
      } catch (Api.Refused | Api.Unreachable no) {
        found = new Finding("answer", false, String.valueOf(no.getMessage()));
      }
      if (found.isFine() || System.nanoTime() - end > 0) {
        return found;
      }
      JobFollower.sleep(500);
    }
  }

  private boolean isInTheTrail(String secret) {
    return !api.getTelemetry("/v1/logs?limit=1&" + Api.query("q", '"' + secret + '"'))
        .body()
        .path("records")
        .isEmpty();
  }

  private BigDecimal costOf(String event) {
    BigDecimal[] sum = {BigDecimal.ZERO};
    records(
        "session_id:" + id + "-* AND event:" + event, record -> sum[0] = sum[0].add(usd(record)));
    return sum[0];
  }

  private void records(String query, java.util.function.Consumer<JsonNode> each) {
    String cursor = "";
    do {
      JsonNode page =
          api.getTelemetry(
                  "/v1/logs?limit=1000&"
                      + Api.query("q", query)
                      + (cursor.isEmpty() ? "" : "&" + Api.query("cursor", cursor)))
              .body();
      page.path("records").forEach(each);
      cursor = text(page, "next_cursor", "");
    } while (!cursor.isEmpty());
  }

  private JsonNode figures() {
    JsonNode series =
        api.getTelemetry(
                "/v1/stats?metric=jobs&step=1m&" + Api.query("from", begin.toString()) + "&to=now")
            .body()
            .path("series");
    return series.isEmpty() ? JobFollower.nothing() : series.get(0).path("total");
  }

  /** The sum of all series of the counter; null where there is none. */
  private @Nullable BigDecimal costMetric() {
    BigDecimal sum = null;
    try {
      for (String line : api.lines("/actuator/prometheus")) {
        if (line.startsWith("spoor_llm_cost_usd_total")) {
          BigDecimal value = new BigDecimal(line.substring(line.lastIndexOf(' ') + 1));
          sum = sum == null ? value : sum.add(value);
        }
      }
    } catch (Api.Refused | Api.Unreachable | NumberFormatException none) {
      return null;
    }
    return sum;
  }

  private static BigDecimal usd(JsonNode node) {
    JsonNode cost = node.path(Fields.COST_USD);
    return cost.isNumber() ? cost.decimalValue() : BigDecimal.ZERO;
  }

  /** To a millionth of a dollar: metrics are binary. */
  private static boolean same(BigDecimal one, BigDecimal other) {
    return micros(one).compareTo(micros(other)) == 0;
  }

  private static BigDecimal micros(BigDecimal amount) {
    return amount.setScale(6, RoundingMode.HALF_UP);
  }

  private static String figure(BigDecimal amount) {
    return "$" + micros(amount).toPlainString();
  }
}
