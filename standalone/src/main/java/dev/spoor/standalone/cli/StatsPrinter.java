package dev.spoor.standalone.cli;

import static dev.spoor.standalone.cli.Api.text;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Shows figures to a person: one row a series, over all of the time that was asked for. */
final class StatsPrinter {
  private static final MathContext THREE_DIGITS = new MathContext(3);
  private static final Set<String> UNSAID = Set.of("mean_ms");

  private final Output output;

  StatsPrinter(Output output) {
    this.output = output;
  }

  void print(JsonNode stats) {
    String time =
        Figures.dateTime(text(stats, "from", ""))
            + " to "
            + Figures.dateTime(text(stats, "to", ""));
    if (stats.path("series").isEmpty()) {
      output.line("no " + text(stats, "metric", "?") + " from " + time);
      return;
    }
    List<String> labels = new ArrayList<>();
    stats.path("by").forEach(label -> labels.add(label.asString()));
    List<String> figures = new ArrayList<>();
    for (JsonNode series : stats.path("series")) {
      for (String name : series.path("total").propertyNames()) {
        if (!figures.contains(name) && !UNSAID.contains(name)) {
          figures.add(name);
        }
      }
    }
    List<String> header = new ArrayList<>(labels);
    figures.forEach(figure -> header.add(">" + title(figure)));
    Table table = new Table(header.toArray(String[]::new));
    for (JsonNode series : stats.path("series")) {
      List<String> row = new ArrayList<>();
      labels.forEach(label -> row.add(label(series.path("labels").path(label).asString(""))));
      figures.forEach(figure -> row.add(value(figure, series.path("total").path(figure))));
      table.row(row.toArray(String[]::new));
    }
    output.line(output.dim(text(stats, "metric", "?") + ", " + time));
    table.print(output);
    if (stats.path("truncated").asBoolean(false)) {
      output.remark("more: --limit");
    }
  }

  private static String label(String value) {
    return value.isEmpty() ? "-" : value;
  }

  private static String title(String figure) {
    return switch (figure) {
      case "per_second" -> "/s";
      case "failure_ratio" -> "failed";
      case "cost_usd" -> "cost";
      default -> figure.replace("_ms", "").replace('_', ' ');
    };
  }

  private static String value(String figure, JsonNode value) {
    if (!value.isNumber()) {
      return "-";
    }
    BigDecimal number = value.decimalValue();
    if (figure.equals("cost_usd")) {
      return Figures.dollars(number);
    }
    if (figure.equals("failure_ratio")) {
      return number.movePointRight(2).setScale(1, RoundingMode.HALF_UP) + " %";
    }
    if (figure.endsWith("_ms")) {
      return rounded(number) + " ms";
    }
    return value.isIntegralNumber() ? value.asString() : rounded(number);
  }

  private static String rounded(BigDecimal number) {
    // Digits that were not measured help nobody; large numbers keep those before the point.
    BigDecimal round =
        number.abs().compareTo(BigDecimal.valueOf(1000)) >= 0
            ? number.setScale(0, RoundingMode.HALF_UP)
            : number.round(THREE_DIGITS);
    return round.stripTrailingZeros().toPlainString();
  }
}
