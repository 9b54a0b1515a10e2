package dev.spoor.standalone.cli;

import static dev.spoor.standalone.cli.Api.text;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.StringJoiner;
import tools.jackson.databind.JsonNode;

/** Shows alerts and rules to a person. */
final class AlertPrinter {
  private final Output output;

  AlertPrinter(Output output) {
    this.output = output;
  }

  /** Of alerts or of rules. */
  static boolean isAnyFiring(JsonNode answer) {
    for (String list : new String[] {"alerts", "rules"}) {
      for (JsonNode each : answer.path(list)) {
        if (text(each, "status", "").equals("firing")) {
          return true;
        }
      }
    }
    return false;
  }

  void alerts(JsonNode answer) {
    Table table = new Table("status", "severity", "rule", "since", "summary");
    for (JsonNode alert : answer.path("alerts")) {
      String name = text(alert, "rule", "?") + labels(alert.path("labels"));
      table.row(
          output.state(text(alert, "status", "?")),
          text(alert, "severity", "?"),
          name,
          Figures.dateTime(text(alert, "starts_at", text(alert, "active_at", ""))),
          text(alert, "summary", ""));
    }
    if (!answer.has("evaluated_at")) {
      output.line("nothing has been evaluated yet");
    } else if (table.isEmpty()) {
      output.line("no alerts");
    } else {
      table.print(output);
    }
  }

  void rules(JsonNode answer) {
    Table table = new Table("status", "severity", "rule", ">value", "threshold", ">records");
    for (JsonNode rule : answer.path("rules")) {
      if (rule.path("series").isEmpty()) {
        row(table, rule, text(rule, "name", "?"), text(rule, "status", "?"), rule);
      }
      for (JsonNode series : rule.path("series")) {
        row(
            table,
            rule,
            text(rule, "name", "?") + labels(series.path("labels")),
            text(series, "status", "?"),
            series);
      }
    }
    table.print(output);
  }

  private void row(Table table, JsonNode rule, String name, String status, JsonNode series) {
    table.row(
        output.state(status),
        text(rule, "severity", "?"),
        name,
        value(series.path("value")),
        text(rule, "threshold", "?"),
        text(series, "samples", "0"));
  }

  private static String value(JsonNode value) {
    return value.isNumber()
        ? new BigDecimal(value.doubleValue(), new MathContext(4))
            .stripTrailingZeros()
            .toPlainString()
        : "-";
  }

  static String labels(JsonNode labels) {
    if (labels.isEmpty()) {
      return "";
    }
    StringJoiner all = new StringJoiner(", ", " {", "}");
    labels
        .properties()
        .forEach(label -> all.add(label.getKey() + "=" + label.getValue().asString()));
    return all.toString();
  }
}
