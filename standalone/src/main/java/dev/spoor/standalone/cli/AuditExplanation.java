package dev.spoor.standalone.cli;

import static dev.spoor.standalone.cli.Api.text;

import dev.spoor.contract.telemetry.Fields;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Says of each source that is not whole which process it was, between which of its records the
 * missing ones were written, and what became known of them since.
 */
final class AuditExplanation {
  private static final int MAX_RANGES = 20;

  /** A neighbour that was dropped or is missing itself is passed over, so far. */
  private static final long NEAR = 200;

  private final Api api;
  private final Output output;

  AuditExplanation(Api api, Output output) {
    this.api = api;
    this.output = output;
  }

  void explain(JsonNode audit) {
    for (JsonNode source : audit.path("sources")) {
      String state = text(source, "state", "");
      if (state.equals("missing") || state.equals("tail_unknown")) {
        output.line("");
        explainSource(source, state);
      }
    }
  }

  private void explainSource(JsonNode source, String state) {
    String name = text(source, "source", "?");
    JsonNode any = first(name, null, "desc");
    output.line(
        "%s: %s %s, version %s"
            .formatted(
                name,
                text(source, "service", text(any, Fields.SERVICE, "service unknown")),
                text(source, "instance", text(any, Fields.INSTANCE, "instance unknown")),
                text(any, Fields.VERSION, "unknown")));
    int shown = 0;
    for (JsonNode range : source.path("missing")) {
      if (shown == MAX_RANGES) {
        break;
      }
      shown++;
      output.line("  " + range(name, range.path("from").asLong(), range.path("to").asLong()));
    }
    if (source.path("missing").size() > shown) {
      output.line("  … " + (source.path("missing").size() - shown) + " more ranges");
    }
    source
        .path("dropped")
        .properties()
        .forEach(reason ->
            output.line(
                "  its process said that it dropped %s: %s"
                    .formatted(reason.getValue().asString(), reason.getKey())));
    output.line(
        "  last heard of at "
            + Figures.dateTime(text(source, "last_heard_at", ""))
            + "; "
            + (state.equals("tail_unknown")
                ? "it said no goodbye, so its journal may hold more: start a process on the same"
                    + " volume, and it is shipped"
                : "what was written and is not here was lost between its disk and the store"));
  }

  private String range(String source, long from, long to) {
    JsonNode before =
        first(source, "[%d TO %d]".formatted(Math.max(0, from - NEAR), from - 1), "desc");
    JsonNode after = first(source, "[%d TO %d]".formatted(to + 1, to + NEAR), "asc");
    return (from == to ? "record %d".formatted(from) : "records %d to %d".formatted(from, to))
        + ": written "
        + neighbour("after", before, "at its beginning")
        + ", "
        + neighbour("before", after, "and nothing of it after that is stored");
  }

  private static String neighbour(String word, JsonNode record, String otherwise) {
    return record.isEmpty()
        ? otherwise
        : "%s %s (%s of %s)"
            .formatted(
                word,
                text(record, Fields.SEQ, "?"),
                text(record, Fields.EVENT, "?"),
                Figures.dateTime(text(record, Fields.TIMESTAMP, "")));
  }

  /** The oldest or newest record of a source, or an empty object. */
  private JsonNode first(String source, @Nullable String seqs, String order) {
    String query = "%s:\"%s\"".formatted(Fields.SOURCE, source);
    if (seqs != null) {
      query += " AND %s:%s".formatted(Fields.SEQ, seqs);
    }
    JsonNode records =
        api.getTelemetry("/v1/logs?limit=1&order=" + order + "&" + Api.query("q", query))
            .body()
            .path("records");
    return records.isEmpty() ? JobFollower.nothing() : records.get(0);
  }
}
