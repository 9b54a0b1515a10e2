package dev.spoor.standalone.cli;

import static dev.spoor.standalone.cli.Api.text;

import java.math.BigDecimal;
import java.time.Clock;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Shows jobs to a person. */
final class JobPrinter {
  private static final int BAR_CELLS = 24;

  private final Output output;
  private final Clock clock;

  JobPrinter(Output output, Clock clock) {
    this.output = output;
    this.clock = clock;
  }

  /** One line for one thing that happened. */
  void change(JobFollower.Change change) {
    String now = output.dim(Figures.time(clock.instant()));
    output.line(
        switch (change) {
          case JobFollower.Change.State(JsonNode job) ->
              "%s  %s%s".formatted(now, output.state(text(job, "status", "?")), about(job));
          case JobFollower.Change.StepDone(JsonNode step) ->
              "%s    %s  %s%s"
                  .formatted(
                      now,
                      stepName(step),
                      Figures.duration(step.path("duration_ms").asLong(0)),
                      outcome(step));
        });
  }

  private static String about(JsonNode job) {
    return switch (text(job, "status", "")) {
      case "running" ->
          "  attempt " + text(job, "attempt", "1") + " on " + text(job, "worker_id", "a worker");
      case "retrying" ->
          "  after attempt "
              + text(job, "attempt", "?")
              + ": "
              + text(job.path("error"), "message", "no reason given");
      case "scheduled" ->
          "  for " + Figures.dateTime(text(job, "retry_at", text(job, "not_before", "")));
      default -> "";
    };
  }

  private static String outcome(JsonNode step) {
    JsonNode usage = step.path("usage");
    String tokens = Figures.tokens(usage);
    String action = text(step, "action", "default");
    return (action.equals("default") ? "" : "  → " + action)
        + (tokens.equals("-") ? "" : "  " + tokens + ", " + Figures.cost(usage));
  }

  private static String stepName(JsonNode step) {
    int iteration = step.path("iteration").asInt(1);
    String name = text(step, "step_id", "?");
    return iteration > 1 ? name + " #" + iteration : name;
  }

  /** Everything about a job. */
  void job(JsonNode job) {
    Table facts = new Table("", "");
    facts.row("job", text(job, "job_id", "?"));
    facts.row("flow", text(job, "flow", "?"));
    facts.row("status", output.state(text(job, "status", "?")) + endedAfter(job));
    facts.row(
        "attempt",
        text(job, "attempt", "0")
            + " of "
            + text(job, "max_attempts", "?")
            + (job.path("run_no").asInt(1) > 1 ? ", run " + text(job, "run_no", "") : ""));
    optional(facts, job, "priority", "priority");
    optional(facts, job, "session_id", "session");
    if (!job.path("labels").isEmpty()) {
      facts.row(
          "labels",
          job.path("labels").properties().stream()
              .map(label -> label.getKey() + "=" + label.getValue().asString())
              .reduce((a, b) -> a + " " + b)
              .orElse(""));
    }
    facts.row("created", Figures.dateTime(text(job, "created_at", "")));
    if (!text(job, "started_at", "").isEmpty()) {
      facts.row("started", Figures.dateTime(text(job, "started_at", "")));
    }
    if (!text(job, "ended_at", "").isEmpty()) {
      facts.row("ended", Figures.dateTime(text(job, "ended_at", "")));
    }
    if (!text(job, "retry_at", "").isEmpty() && !JobFollower.ended(job)) {
      facts.row("next try", Figures.dateTime(text(job, "retry_at", "")));
    }
    optional(facts, job, "worker_id", "worker");
    facts.row("tokens", Figures.tokens(job.path("usage")));
    facts.row("cost", Figures.cost(job.path("usage")));
    optional(facts, job, "request_id", "request");
    optional(facts, job, "trace_id", "trace");
    facts.print(output);
    steps(job);
    error(job);
    result(job);
  }

  private static void optional(Table facts, JsonNode job, String field, String name) {
    String value = text(job, field, "");
    if (!value.isEmpty()) {
      facts.row(name, value);
    }
  }

  private static String endedAfter(JsonNode job) {
    Long ms = Figures.between(Api.textOrNull(job, "created_at"), Api.textOrNull(job, "ended_at"));
    return ms == null ? "" : " in " + Figures.duration(ms);
  }

  void steps(JsonNode job) {
    if (job.path("steps").isEmpty()) {
      return;
    }
    Table steps = new Table("step", "agent", ">took", ">tokens", ">cost", "next");
    for (JsonNode step : job.path("steps")) {
      steps.row(
          stepName(step),
          text(step, "agent_id", "?"),
          Figures.duration(step.path("duration_ms").asLong(0)),
          Figures.tokens(step.path("usage")),
          Figures.cost(step.path("usage")),
          text(step, "action", "default"));
    }
    output.line("");
    steps.print(output);
  }

  void error(JsonNode job) {
    JsonNode error = job.path("error");
    if (error.isObject()) {
      output.line("");
      output.line(
          "%s  %s (%s%s)"
              .formatted(
                  output.bold("error"),
                  text(error, "message", "?"),
                  text(error, "category", "?"),
                  Optional.of(text(error, "step_id", ""))
                      .filter(step -> !step.isEmpty())
                      .map(step -> ", in step " + step)
                      .orElse("")));
    }
  }

  void result(JsonNode job) {
    JsonNode result = job.path("result");
    if (!result.isMissingNode() && !result.isNull()) {
      output.line("");
      output.line(output.bold("result"));
      output.line(Output.readable(result).indent(2).stripTrailing());
    }
  }

  /**
   * The tree of what happened in a job, as the telemetry API tells it, with bars on a time axis.
   */
  void timeline(JsonNode timeline) {
    // The bars begin where work begins: a long wait in the queue would leave no room for it.
    long first = Long.MAX_VALUE;
    for (JsonNode span : timeline.path("spans")) {
      first = Math.min(first, ms(span, "offset_ms"));
    }
    Axis axis = new Axis(first, Math.max(1, extent(timeline.path("spans")) - first));
    Table table = new Table("", ">at", "", ">took", ">tokens", ">cost");
    for (JsonNode span : timeline.path("spans")) {
      span(table, span, 0, axis);
    }
    if (table.isEmpty()) {
      return;
    }
    output.line("");
    output.line(output.bold("timeline"));
    table.print(output);
  }

  /**
   * @param from milliseconds from the first record
   * @param length milliseconds
   */
  private record Axis(long from, long length) {}

  private void span(Table table, JsonNode span, int depth, Axis axis) {
    long offset = Math.max(0, ms(span, "offset_ms"));
    long took = Math.max(0, ms(span, "duration_ms"));
    String error = text(span, "error", "");
    String name = "  ".repeat(depth + 1) + text(span, "name", "?");
    table.row(
        error.isEmpty() ? name : name + "  " + output.state("failed") + ": " + shortened(error),
        "+" + Figures.duration(offset),
        bar(offset - axis.from(), took, axis.length()),
        Figures.duration(took),
        Figures.tokens(span),
        cost(span));
    for (JsonNode child : span.path("children")) {
      // What an agent reads and writes in its memory takes no time worth a line each.
      if (!"memory".equals(text(child, "kind", ""))) {
        span(table, child, depth + 1, axis);
      }
    }
  }

  private static long ms(JsonNode span, String field) {
    return Math.round(span.path(field).asDouble(0));
  }

  private static String cost(JsonNode span) {
    JsonNode cost = span.path("cost_usd");
    return cost.isNumber() ? Figures.dollars(cost.decimalValue()) : "-";
  }

  private static String shortened(String text) {
    String line = text.lines().findFirst().orElse("");
    return line.length() > 60 ? line.substring(0, 59) + "…" : line;
  }

  private String bar(long offset, long took, long total) {
    int from = (int) Math.clamp(offset * BAR_CELLS / total, 0L, BAR_CELLS - 1L);
    int cells = (int) Math.max(1, Math.min(BAR_CELLS - (long) from, took * BAR_CELLS / total));
    return output.dim("·".repeat(from) + "━".repeat(cells) + "·".repeat(BAR_CELLS - from - cells));
  }

  private static long extent(JsonNode spans) {
    long end = 0;
    for (JsonNode span : spans) {
      end =
          Math.max(
              end,
              Math.max(
                  ms(span, "offset_ms") + ms(span, "duration_ms"), extent(span.path("children"))));
    }
    return end;
  }

  /** One line with what the job took and cost. */
  void summary(JsonNode job) {
    JsonNode usage = job.path("usage");
    output.line("");
    output.line(
        "%s%s, %s, %s"
            .formatted(
                output.state(text(job, "status", "?")),
                endedAfter(job),
                usage.path("input_tokens").asLong(0) + usage.path("output_tokens").asLong(0) == 0
                    ? "no tokens"
                    : Figures.tokens(usage) + " tokens",
                usage.path("cost_usd").isNumber()
                        && usage.path("cost_usd").decimalValue().compareTo(BigDecimal.ZERO) >= 0
                    ? Figures.cost(usage)
                    : usage.path("unpriced_calls").asLong(0) > 0 ? "cost unknown" : "no cost"));
  }

  /** Newest first, one line each. */
  void list(JsonNode page) {
    Table jobs = new Table("job", "flow", "status", "created", ">took", ">cost");
    for (JsonNode job : page.path("jobs")) {
      Long took =
          Figures.between(Api.textOrNull(job, "started_at"), Api.textOrNull(job, "ended_at"));
      jobs.row(
          text(job, "job_id", "?"),
          text(job, "flow", "?"),
          output.state(text(job, "status", "?")),
          Figures.dateTime(text(job, "created_at", "")),
          took == null ? "-" : Figures.duration(took),
          Figures.cost(job.path("usage")));
    }
    if (jobs.isEmpty()) {
      output.line("no jobs");
    } else {
      jobs.print(output);
    }
    if (page.path("truncated").asBoolean(false)) {
      output.remark("older jobs were not looked at");
    }
  }
}
