package dev.spoor.system.dashboards;

import java.util.List;

/**
 * A dashboard of rows of panels.
 *
 * @param uid also the name of its file
 */
public record Dashboard(String uid, String title, String description, List<Row> rows) {
  public Dashboard {
    rows = List.copyOf(rows);
  }

  /** Panels below one heading, from left to right, all of one height. */
  public record Row(String title, List<Panel> panels) {
    public Row {
      panels = List.copyOf(panels);
      if (panels.isEmpty() || 24 % panels.size() != 0) {
        throw new IllegalArgumentException(
            title + " has " + panels.size() + " panels: expected a divisor of the 24 columns");
      }
    }
  }

  /** How the values of a panel are shown. */
  public enum Shape {
    /** Lines over time. */
    LINES,
    /** Areas on each other: their sum means something. */
    STACK,
    /** The newest value as a figure. */
    FIGURE
  }

  /**
   * @param unit one of Grafana's ids of units
   * @param description what it means and when to worry
   */
  public record Panel(
      String title, Shape shape, String unit, String description, List<Query> queries) {
    public Panel {
      queries = List.copyOf(queries);
    }
  }

  /**
   * @param expression PromQL; {@code $__rate_interval} and {@code $__range} are Grafana's
   * @param legend with {@code {{label}}}
   */
  public record Query(String expression, String legend) {}

  static Panel lines(String title, String unit, String description, Query... queries) {
    return new Panel(title, Shape.LINES, unit, description, List.of(queries));
  }

  static Panel stack(String title, String unit, String description, Query... queries) {
    return new Panel(title, Shape.STACK, unit, description, List.of(queries));
  }

  static Panel figure(String title, String unit, String description, String expression) {
    return new Panel(title, Shape.FIGURE, unit, description, List.of(new Query(expression, title)));
  }

  static Query query(String legend, String expression) {
    return new Query(expression, legend);
  }

  static Row row(String title, Panel... panels) {
    return new Row(title, List.of(panels));
  }
}
