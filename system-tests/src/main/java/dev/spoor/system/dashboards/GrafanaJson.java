package dev.spoor.system.dashboards;

import static dev.spoor.system.dashboards.Ordered.ordered;

import dev.spoor.system.dashboards.Dashboard.Panel;
import dev.spoor.system.dashboards.Dashboard.Query;
import dev.spoor.system.dashboards.Dashboard.Row;
import dev.spoor.system.dashboards.Dashboard.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.json.JsonMapper;

/** A dashboard as Grafana 12 reads it from a file: schema version 41, the classic one. */
public final class GrafanaJson {
  /** The uid of the data source in deploy/grafana/provisioning. */
  public static final String DATA_SOURCE = "spoor-prometheus";

  private static final int SCHEMA_VERSION = 41;
  private static final int COLUMNS = 24;
  private static final int FIGURE_HEIGHT = 4;
  private static final int HEIGHT = 8;
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private GrafanaJson() {}

  public static String of(Dashboard dashboard) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("uid", dashboard.uid());
    json.put("title", dashboard.title());
    json.put("description", dashboard.description());
    json.put("tags", List.of("spoor"));
    json.put("schemaVersion", SCHEMA_VERSION);
    json.put("version", 1);
    json.put("editable", true);
    // The cross of one panel is shown in all.
    json.put("graphTooltip", 1);
    json.put("timezone", "browser");
    json.put("refresh", "30s");
    json.put("time", ordered("from", "now-1h", "to", "now"));
    json.put(
        "links",
        List.of(
            ordered(
                "type",
                "dashboards",
                "title",
                "Spoor",
                "tags",
                List.of("spoor"),
                "asDropdown",
                true,
                "keepTime",
                true)));
    json.put("templating", Map.of("list", List.of()));
    json.put("annotations", Map.of("list", List.of()));
    json.put("panels", panels(dashboard.rows()));
    DefaultIndenter lines = new DefaultIndenter("  ", "\n");
    return MAPPER
            .writer()
            .with(new DefaultPrettyPrinter().withObjectIndenter(lines).withArrayIndenter(lines))
            .writeValueAsString(json)
        + "\n";
  }

  private static List<Object> panels(List<Row> rows) {
    List<Object> panels = new ArrayList<>();
    int y = 0;
    for (Row row : rows) {
      panels.add(
          ordered(
              "id",
              panels.size() + 1,
              "type",
              "row",
              "title",
              row.title(),
              "collapsed",
              false,
              "gridPos",
              ordered("h", 1, "w", COLUMNS, "x", 0, "y", y),
              "panels",
              List.of()));
      y++;
      int width = COLUMNS / row.panels().size();
      int height =
          row.panels().stream().allMatch(panel -> panel.shape() == Shape.FIGURE)
              ? FIGURE_HEIGHT
              : HEIGHT;
      int x = 0;
      for (Panel panel : row.panels()) {
        panels.add(
            panel(panels.size() + 1, panel, ordered("h", height, "w", width, "x", x, "y", y)));
        x += width;
      }
      y += height;
    }
    return panels;
  }

  private static Map<String, Object> panel(int id, Panel panel, Map<String, Object> position) {
    Map<String, Object> source = ordered("type", "prometheus", "uid", DATA_SOURCE);
    List<Object> targets = new ArrayList<>();
    for (Query query : panel.queries()) {
      targets.add(
          ordered(
              "refId",
              String.valueOf((char) ('A' + targets.size())),
              "datasource",
              source,
              "editorMode",
              "code",
              "expr",
              query.expression(),
              "legendFormat",
              query.legend(),
              "range",
              true));
    }
    Map<String, Object> json =
        ordered(
            "id",
            id,
            "type",
            panel.shape() == Shape.FIGURE ? "stat" : "timeseries",
            "title",
            panel.title(),
            "description",
            panel.description(),
            "datasource",
            source,
            "gridPos",
            position,
            "targets",
            targets);
    Map<String, Object> defaults = ordered("unit", panel.unit());
    if (panel.shape() == Shape.FIGURE) {
      json.put(
          "options",
          ordered(
              "reduceOptions",
              ordered("calcs", List.of("lastNotNull"), "fields", "", "values", false),
              "colorMode",
              "none",
              "graphMode",
              "area",
              "textMode",
              "value"));
    } else {
      boolean stacked = panel.shape() == Shape.STACK;
      defaults.put(
          "custom",
          ordered(
              "drawStyle",
              "line",
              "lineWidth",
              1,
              "fillOpacity",
              stacked ? 40 : 0,
              "showPoints",
              "never",
              "spanNulls",
              false,
              "stacking",
              ordered("mode", stacked ? "normal" : "none", "group", "A")));
      json.put(
          "options",
          ordered(
              "legend",
              ordered("displayMode", "list", "placement", "bottom", "showLegend", true),
              "tooltip",
              ordered("mode", "multi", "sort", "desc")));
    }
    json.put("fieldConfig", ordered("defaults", defaults, "overrides", List.of()));
    return json;
  }
}
