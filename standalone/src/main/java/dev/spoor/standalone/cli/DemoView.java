package dev.spoor.standalone.cli;

import static dev.spoor.standalone.cli.Api.text;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * What a demo looks like while it runs: a few lines that are drawn anew, or a line now and then.
 */
final class DemoView {
  private static final int BAR = 30;
  private static final long TERMINAL_EVERY_MS = 1_000;
  private static final long LINE_EVERY_MS = 10_000;

  private final Api api;
  private final Output output;
  private final Demo.Plan plan;
  private final TreeSet<String> fired = new TreeSet<>();
  private int drawn;
  private long next = Long.MIN_VALUE;

  DemoView(Api api, Output output, Demo.Plan plan) {
    this.api = api;
    this.output = output;
    this.plan = plan;
  }

  /** Alerts that were seen firing. */
  Set<String> fired() {
    return fired;
  }

  boolean isDue() {
    return next == Long.MIN_VALUE || System.nanoTime() - next >= 0;
  }

  void show(Duration elapsed, int submitted, int ended) {
    if (isDue()) {
      draw(elapsed, submitted, ended);
      next =
          System.nanoTime() + (output.terminal() ? TERMINAL_EVERY_MS : LINE_EVERY_MS) * 1_000_000;
    }
  }

  void last(Duration elapsed, int submitted, int ended) {
    draw(elapsed, submitted, ended);
  }

  private void draw(Duration elapsed, int submitted, int ended) {
    List<String> lines =
        List.of(
            "%s  %d submitted, %d ended".formatted(bar(elapsed, plan.length()), submitted, ended),
            "queue   " + queue(),
            "jobs    " + rates(),
            "alerts  " + alerts());
    if (output.terminal()) {
      output.redraw(lines, drawn);
      drawn = lines.size();
    } else {
      output.remark(String.join("; ", lines).replaceAll(" {2,}", " "));
    }
  }

  static String bar(Duration elapsed, Duration length) {
    long ms = Math.min(elapsed.toMillis(), length.toMillis());
    int filled = (int) (BAR * ms / length.toMillis());
    return "█".repeat(filled)
        + "░".repeat(BAR - filled)
        + " "
        + Figures.duration(ms / 1_000 * 1_000)
        + " of "
        + Figures.duration(length.toMillis());
  }

  private String queue() {
    try {
      JsonNode queue = api.get("/v1/queue").body();
      StringJoiner states = new StringJoiner(", ");
      queue
          .path("depth")
          .properties()
          .forEach(state -> {
            if (state.getValue().asLong(0) > 0) {
              states.add(state.getValue().asString() + " " + output.state(state.getKey()));
            }
          });
      double oldest = queue.path("oldest_waiting_seconds").asDouble(0);
      return (states.length() == 0 ? "empty" : states)
          + (oldest > 0 ? ", oldest waits " + Figures.duration(Math.round(oldest * 1_000)) : "");
    } catch (Api.Refused | Api.Unreachable away) {
      return String.valueOf(away.getMessage());
    }
  }

  private String rates() {
    try {
      JsonNode series =
          api.getTelemetry("/v1/stats?metric=jobs&from=now-1m&step=1m").body().path("series");
      if (series.isEmpty()) {
        return "none has ended in the last minute";
      }
      JsonNode total = series.get(0).path("total");
      List<String> parts = new ArrayList<>();
      parts.add("%.1f/s".formatted(total.path("per_second").asDouble(0)));
      for (String percentile : List.of("p50_ms", "p95_ms", "p99_ms")) {
        if (total.path(percentile).isNumber()) {
          parts.add(
              percentile.substring(0, 3)
                  + " "
                  + Figures.duration(Math.round(total.path(percentile).asDouble(0))));
        }
      }
      parts.add("%.1f %% failed".formatted(100 * total.path("failure_ratio").asDouble(0)));
      if (total.path("cost_usd").isNumber()) {
        parts.add(Figures.dollars(total.path("cost_usd").decimalValue()));
      }
      return String.join(", ", parts) + ", in the last minute or two";
    } catch (Api.Refused | Api.Unreachable away) {
      return String.valueOf(away.getMessage());
    }
  }

  private String alerts() {
    try {
      StringJoiner shown = new StringJoiner(", ");
      for (JsonNode alert : api.getTelemetry("/v1/alerts").body().path("alerts")) {
        String name = text(alert, "rule", "?") + AlertPrinter.labels(alert.path("labels"));
        String status = text(alert, "status", "?");
        if (status.equals("firing")) {
          fired.add(name);
        }
        if (!status.equals("resolved")) {
          shown.add(output.state(status) + " " + name);
        }
      }
      return shown.length() == 0 ? "none" : shown.toString();
    } catch (Api.Refused | Api.Unreachable away) {
      return String.valueOf(away.getMessage());
    }
  }
}
