package dev.spoor.standalone.cli;

import static dev.spoor.standalone.cli.Api.text;

import dev.spoor.alert.evaluation.Alert;
import dev.spoor.alert.rule.Rules;
import dev.spoor.alert.trial.Replay;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Json;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads from a server's store what rules look at, in the order of time, and replays it. */
final class RulesReplay {
  /** Of all rules together, as many as a shipper may be told to keep. */
  private static final int MAX_SERIES = 100_000;

  private static final int PAGE = 1_000;

  private final Api api;
  private final Output output;

  RulesReplay(Api api, Output output) {
    this.api = api;
    this.output = output;
  }

  /** Whether a rule would have fired. */
  boolean run(Rules rules, Instant from, Instant to, boolean json) {
    Replay replay = new Replay(rules, from, to, MAX_SERIES);
    long records = feed(replay, Replay.events(rules), to);
    List<Alert> alerts = replay.alerts();
    if (json) {
      ObjectNode answer = Json.mapper().createObjectNode();
      answer.put("from", from.toString());
      answer.put("to", to.toString());
      answer.put("records", records);
      answer.set("alerts", Json.mapper().valueToTree(alerts));
      output.json(answer);
    } else {
      Table table = new Table("fired", "resolved", "severity", "rule", "summary");
      for (Alert alert : alerts) {
        table.row(
            Figures.dateTime(Objects.toString(alert.startsAt(), "")),
            alert.endsAt() == null ? "-" : Figures.dateTime(alert.endsAt().toString()),
            alert.severity(),
            alert.rule() + AlertPrinter.labels(Json.mapper().valueToTree(alert.labels())),
            alert.summary());
      }
      if (!table.isEmpty()) {
        table.print(output);
      }
      output.remark(
          "%d rules over %d records: %s"
              .formatted(
                  rules.all().size(),
                  records,
                  alerts.isEmpty() ? "nothing would have fired" : alerts.size() + " alerts"));
    }
    if (replay.overflowed() > 0) {
      output.remark(
          replay.overflowed() + " records had too many different labels and are left out");
    }
    return !alerts.isEmpty();
  }

  private long feed(Replay replay, Set<String> events, Instant to) {
    if (events.isEmpty()) {
      return 0;
    }
    String query =
        events.stream()
            .map(event -> "\"" + event + "\"")
            .collect(Collectors.joining(" OR ", Fields.EVENT + ":(", ")"));
    String path =
        "/v1/logs?order=asc&limit=%d&%s&%s&%s"
            .formatted(
                PAGE,
                Api.query("q", query),
                Api.query("from", replay.begin().toString()),
                Api.query("to", to.toString()));
    long records = 0;
    String cursor = "";
    do {
      JsonNode page =
          api.getTelemetry(cursor.isEmpty() ? path : path + "&" + Api.query("cursor", cursor))
              .body();
      for (JsonNode record : page.path("records")) {
        try {
          replay.add(record, Instant.parse(text(record, Fields.TIMESTAMP, "")));
          records++;
        } catch (DateTimeParseException withoutTime) {
          // Nothing that is stored is without; what is cannot be put in order.
        }
      }
      cursor = text(page, "next_cursor", "");
    } while (!cursor.isEmpty());
    return records;
  }
}
