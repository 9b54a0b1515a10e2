package dev.spoor.alert.rule;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * Writes rules for Prometheus, over the meters that the apps export. A rule for which no meter has
 * the metric is named in a comment.
 */
public final class PrometheusRules {
  private static final String WINDOW = "{{window}}";

  private PrometheusRules() {}

  /** A file of one group. */
  public static String of(Rules rules) {
    StringBuilder text = new StringBuilder(4096);
    text.append(
        "# Written by ./spoor rules export --prometheus. Change the rules, not this file.\n");
    text.append("groups:\n  - name: spoor\n    rules:\n");
    for (Rule rule : rules.all()) {
      String expression = rule.prometheus();
      if (expression == null) {
        text.append("      # ")
            .append(rule.name())
            .append(" is not here: no meter has what it measures.\n");
      } else {
        append(text, rule, expression);
      }
    }
    return text.toString();
  }

  private static void append(StringBuilder text, Rule rule, String expression) {
    line(text, "- alert: " + rule.name());
    line(text, "  expr: " + quoted(expression(rule, expression)));
    if (!rule.hold().isZero()) {
      line(text, "  for: " + YamlMap.shown(rule.hold()));
    }
    if (!rule.keepFiringFor().isZero()) {
      line(text, "  keep_firing_for: " + YamlMap.shown(rule.keepFiringFor()));
    }
    line(text, "  labels:");
    line(text, "    severity: " + rule.severity().wireName());
    line(text, "  annotations:");
    line(text, "    summary: " + quoted(summary(rule)));
    if (!rule.runbook().isEmpty()) {
      line(text, "    runbook: " + quoted(rule.runbook()));
    }
  }

  private static void line(StringBuilder text, String line) {
    text.append("      ").append(line).append('\n');
  }

  /** In every window the breach, and enough samples where the rule wants more than one. */
  static String expression(Rule rule, String expression) {
    StringBuilder all = new StringBuilder();
    List<Duration> windows = rule.windows().isEmpty() ? List.of(Duration.ZERO) : rule.windows();
    for (Duration window : windows) {
      String shown = YamlMap.shown(window);
      if (!all.isEmpty()) {
        all.append(" and ");
      }
      all.append('(')
          .append(expression.replace(WINDOW, shown))
          .append(") ")
          .append(rule.threshold());
      String samples = rule.prometheusSamples();
      if (samples != null && rule.minSamples() > 1) {
        all.append(" and (")
            .append(samples.replace(WINDOW, shown))
            .append(") >= ")
            .append(rule.minSamples());
      }
    }
    return all.toString();
  }

  private static String summary(Rule rule) {
    String value =
        switch (rule.unit()) {
          case NUMBER -> "{{ $value }}";
          case PERCENT -> "{{ $value | humanizePercentage }}";
          case MILLISECONDS -> "{{ $value | printf \"%.0f\" }} ms";
          case USD -> "{{ $value | printf \"%.2f\" }} USD";
        };
    String summary = rule.summary().replace("{{value}}", value);
    for (String field : rule.groupBy()) {
      summary =
          summary.replace(
              "{{" + field + "}}",
              "{{ $labels." + field.toLowerCase(Locale.ROOT).replace('.', '_') + " }}");
    }
    return summary;
  }

  /** A YAML text in double quotes. */
  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }
}
