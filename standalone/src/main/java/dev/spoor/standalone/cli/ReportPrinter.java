package dev.spoor.standalone.cli;

import static dev.spoor.standalone.cli.Api.text;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import tools.jackson.databind.JsonNode;

/** Shows the queue, log records and the audit to a person. */
final class ReportPrinter {
  private final Output output;

  ReportPrinter(Output output) {
    this.output = output;
  }

  void queue(JsonNode queue) {
    Table depth = new Table("state", ">jobs");
    queue
        .path("depth")
        .properties()
        .forEach(state -> depth.row(output.state(state.getKey()), state.getValue().asString()));
    if (depth.isEmpty()) {
      output.line("no jobs waiting or running");
    } else {
      depth.print(output);
    }
    section("waiting, by priority", "priority", queue.path("by_priority"));
    section("waiting, by tenant", "tenant", queue.path("by_tenant"));
    output.line("");
    Table facts = new Table("", "");
    double oldest = queue.path("oldest_waiting_seconds").asDouble(0);
    facts.row("oldest waiting", oldest > 0 ? Figures.duration(Math.round(oldest * 1_000)) : "-");
    facts.row("workers", workers(queue.path("workers")));
    JsonNode drain = queue.path("drain_estimate_seconds");
    facts.row(
        "drained in",
        drain.isNumber() ? Figures.duration(Math.round(drain.asDouble() * 1_000)) : "-");
    facts.print(output);
    Table lag = new Table("topic", ">partition", ">lag");
    for (JsonNode partition : queue.path("lag")) {
      lag.row(
          text(partition, "topic", "?"),
          text(partition, "partition", "?"),
          text(partition, "records", "?"));
    }
    if (!lag.isEmpty()) {
      output.line("");
      lag.print(output);
    }
  }

  private static String workers(JsonNode workers) {
    if (!workers.isArray()) {
      return workers.isMissingNode() ? "-" : workers.asString();
    }
    StringJoiner names = new StringJoiner(", ");
    workers.forEach(worker ->
        names.add(worker.isString() ? worker.stringValue() : text(worker, "worker_id", "?")));
    return workers.isEmpty() ? "none" : workers.size() + " (" + names + ")";
  }

  private void section(String title, String column, JsonNode counts) {
    Table table = new Table(column, ">jobs");
    counts.properties().forEach(entry -> table.row(entry.getKey(), entry.getValue().asString()));
    if (!table.isEmpty()) {
      output.line("");
      output.line(output.dim(title));
      table.print(output);
    }
  }

  /** One record on one line; a stack trace below it. */
  void record(JsonNode record) {
    List<String> parts = new ArrayList<>();
    parts.add(output.dim(Figures.time(text(record, "timestamp", ""))));
    String level = text(record, "level", "?");
    parts.add(output.state(level) + " ".repeat(Math.max(0, 7 - level.length())));
    String event = text(record, "event", "log");
    String message = text(record, "message", "");
    parts.add(event.equals("log") ? message : message.isEmpty() ? event : event + "  " + message);
    for (String field :
        List.of("agent_id", "step_id", "duration_ms", "status_code", "cost_usd", "error")) {
      String value = text(record, field, "");
      if (!value.isEmpty() && !message.contains(value)) {
        parts.add(output.dim(field + "=") + value);
      }
    }
    String job = text(record, "job_id", "");
    if (!job.isEmpty()) {
      parts.add(output.dim("job_id=" + job));
    }
    output.line(String.join("  ", parts));
    String exception = text(record, "exception", "");
    if (!exception.isEmpty()) {
      output.line(output.dim(exception.indent(4).stripTrailing()));
    }
  }

  /**
   * @return whether every source is complete
   */
  boolean audit(JsonNode audit) {
    Table sources =
        new Table(
            "source", "state", ">first", ">last", ">stored", ">duplicates", ">dropped", "missing");
    for (JsonNode source : audit.path("sources")) {
      sources.row(
          text(source, "source", "?"),
          output.state(text(source, "state", "?")),
          text(source, "first_seq", "-"),
          text(source, "last_seq", "-"),
          text(source, "stored", "-"),
          text(source, "duplicates", "-"),
          sum(source.path("dropped")),
          ranges(source.path("missing")));
    }
    if (sources.isEmpty()) {
      output.line("no source has written yet");
    } else {
      sources.print(output);
    }
    boolean complete = audit.path("complete").asBoolean(false);
    output.line("");
    output.line(
        complete
            ? output.state("complete")
            : output.state("missing") + ": the trail has gaps, see above");
    return complete;
  }

  private static String sum(JsonNode dropped) {
    if (dropped.isObject()) {
      StringJoiner reasons = new StringJoiner(" ");
      dropped
          .properties()
          .forEach(reason -> reasons.add(reason.getKey() + "=" + reason.getValue().asString()));
      return dropped.isEmpty() ? "0" : reasons.toString();
    }
    return dropped.isValueNode() ? dropped.asString() : "-";
  }

  private static String ranges(JsonNode missing) {
    StringJoiner ranges = new StringJoiner(" ");
    for (JsonNode range : missing) {
      ranges.add(
          range.isObject()
              ? text(range, "from", "?") + "-" + text(range, "to", "?")
              : range.toString());
    }
    return missing.isEmpty() ? "-" : ranges.toString();
  }
}
