package dev.spoor.system.dashboards;

import static dev.spoor.system.dashboards.Ordered.ordered;

import dev.spoor.contract.telemetry.Fields;
import dev.spoor.store.query.FieldType;
import dev.spoor.store.query.Vocabulary;
import dev.spoor.system.dashboards.KibanaObject.Chart;
import dev.spoor.system.dashboards.KibanaObject.Measure;
import dev.spoor.system.dashboards.KibanaObject.SavedSearch;
import dev.spoor.system.dashboards.KibanaObject.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/**
 * The objects as Kibana imports them: one JSON object a line. The versions are those of the oldest
 * form that holds what we say; Kibana brings it up to its own.
 */
public final class KibanaNdjson {
  public static final String DATA_VIEW = "spoor-records";
  public static final String DASHBOARD = "spoor-overview";

  private static final String PREFIX = "spoor-";
  private static final String CORE_VERSION = "8.8.0";
  private static final String LAYER = "layer";
  private static final String TIME_COLUMN = "time";
  private static final String BY_COLUMN = "by";
  private static final int COLUMNS = 48;
  private static final int IN_A_ROW = 3;
  private static final int HEIGHT = 12;
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private KibanaNdjson() {}

  /** The data view first: the others refer to it. */
  public static String all() {
    List<Map<String, Object>> objects = new ArrayList<>();
    objects.add(dataView());
    Kibana.searches().forEach(search -> objects.add(search(search)));
    Kibana.charts().forEach(chart -> objects.add(lens(chart)));
    objects.add(dashboard());
    return objects.stream()
        .map(object -> MAPPER.writeValueAsString(object) + "\n")
        .collect(Collectors.joining());
  }

  public static String idOf(KibanaObject object) {
    return PREFIX + object.id();
  }

  private static Map<String, Object> dataView() {
    return object(
        "index-pattern",
        "8.0.0",
        DATA_VIEW,
        ordered(
            "title",
            Kibana.INDICES,
            "name",
            "Spoor: records",
            "timeFieldName",
            Fields.TIMESTAMP,
            "fields",
            "[]",
            "fieldAttrs",
            "{}",
            "sourceFilters",
            "[]",
            "runtimeFieldMap",
            "{}"),
        List.of());
  }

  private static Map<String, Object> search(SavedSearch search) {
    String index = "kibanaSavedObjectMeta.searchSourceJSON.index";
    return object(
        "search",
        "10.5.0",
        idOf(search),
        ordered(
            "title",
            search.title(),
            "description",
            search.description(),
            "columns",
            search.columns(),
            "sort",
            search.sort().stream().map(each -> List.of(each.split(" ", 2))).toList(),
            "grid",
            Map.of(),
            "hideChart",
            false,
            "isTextBasedQuery",
            false,
            "timeRestore",
            false,
            "kibanaSavedObjectMeta",
            ordered(
                "searchSourceJSON",
                MAPPER.writeValueAsString(
                    ordered(
                        "query",
                        query(search.filter().kql()),
                        "filter",
                        List.of(),
                        "indexRefName",
                        index)))),
        List.of(reference(index, "index-pattern", DATA_VIEW)));
  }

  private static Map<String, Object> lens(Chart chart) {
    Map<String, Object> columns = new LinkedHashMap<>();
    List<String> measures = new ArrayList<>();
    for (int i = 0; i < chart.measures().size(); i++) {
      measures.add("measure-" + i);
    }
    if (!chart.by().isEmpty()) {
      columns.put(BY_COLUMN, by(chart.by(), measures.getFirst()));
    }
    if (chart.shape() != Shape.TABLE) {
      columns.put(TIME_COLUMN, time());
    }
    for (int i = 0; i < measures.size(); i++) {
      columns.put(measures.get(i), measure(chart.measures().get(i)));
    }
    Map<String, Object> layer =
        ordered(
            "columnOrder",
            List.copyOf(columns.keySet()),
            "columns",
            columns,
            "incompleteColumns",
            Map.of(),
            "sampling",
            1,
            "ignoreGlobalFilters",
            false);
    return object(
        "lens",
        "8.9.0",
        idOf(chart),
        ordered(
            "title",
            "Spoor: " + chart.title(),
            "description",
            "",
            "visualizationType",
            chart.shape() == Shape.TABLE ? "lnsDatatable" : "lnsXY",
            "state",
            ordered(
                "visualization",
                chart.shape() == Shape.TABLE ? table(columns.keySet()) : plot(chart, measures),
                "query",
                query(chart.filter().kql()),
                "filters",
                List.of(),
                "datasourceStates",
                Map.of("formBased", Map.of("layers", Map.of(LAYER, layer))),
                "internalReferences",
                List.of(),
                "adHocDataViews",
                Map.of())),
        List.of(reference("indexpattern-datasource-layer-" + LAYER, "index-pattern", DATA_VIEW)));
  }

  private static Map<String, Object> table(Iterable<String> columns) {
    List<Object> shown = new ArrayList<>();
    columns.forEach(column -> shown.add(ordered("columnId", column)));
    return ordered("layerId", LAYER, "layerType", "data", "columns", shown);
  }

  private static Map<String, Object> plot(Chart chart, List<String> measures) {
    Map<String, Object> layer =
        ordered(
            "layerId",
            LAYER,
            "layerType",
            "data",
            "seriesType",
            chart.shape().series(),
            "xAccessor",
            TIME_COLUMN,
            "accessors",
            measures);
    if (!chart.by().isEmpty()) {
      layer.put("splitAccessor", BY_COLUMN);
    }
    return ordered(
        "legend",
        ordered("isVisible", true, "position", "bottom"),
        "valueLabels",
        "hide",
        // A sample that is late is no sample of nothing.
        "fittingFunction",
        chart.shape() == Shape.LINES ? "Linear" : "None",
        "preferredSeriesType",
        chart.shape().series(),
        "layers",
        List.of(layer));
  }

  private static Map<String, Object> time() {
    return ordered(
        "label",
        Fields.TIMESTAMP,
        "dataType",
        "date",
        "operationType",
        "date_histogram",
        "sourceField",
        Fields.TIMESTAMP,
        "isBucketed",
        true,
        "scale",
        "interval",
        "params",
        ordered("interval", "auto", "includeEmptyRows", true, "dropPartials", false));
  }

  private static Map<String, Object> by(String field, String measure) {
    return ordered(
        "label",
        field,
        "customLabel",
        true,
        "dataType",
        Vocabulary.typeOf(field) == FieldType.LONG ? "number" : "string",
        "operationType",
        "terms",
        "sourceField",
        field,
        "isBucketed",
        true,
        "scale",
        "ordinal",
        "params",
        ordered(
            "size",
            10,
            "orderBy",
            ordered("type", "column", "columnId", measure),
            "orderDirection",
            "desc",
            "otherBucket",
            true,
            "missingBucket",
            false,
            "parentFormat",
            ordered("id", "terms")));
  }

  private static Map<String, Object> measure(Measure measure) {
    boolean count = measure.field().isEmpty();
    return ordered(
        "label",
        measure.label(),
        "customLabel",
        true,
        "dataType",
        "number",
        "operationType",
        measure.operation(),
        "sourceField",
        count ? "___records___" : measure.field(),
        "isBucketed",
        false,
        "scale",
        "ratio",
        "params",
        measure.percentile() > 0
            ? ordered("percentile", measure.percentile())
            : ordered("emptyAsNull", true));
  }

  private static Map<String, Object> dashboard() {
    List<Object> panels = new ArrayList<>();
    List<Object> references = new ArrayList<>();
    int width = COLUMNS / IN_A_ROW;
    for (Chart chart : Kibana.charts()) {
      int n = panels.size();
      panels.add(
          ordered(
              "type",
              "lens",
              "panelIndex",
              chart.id(),
              "title",
              chart.title(),
              "gridData",
              ordered(
                  "i",
                  chart.id(),
                  "x",
                  n % IN_A_ROW * width,
                  "y",
                  n / IN_A_ROW * HEIGHT,
                  "w",
                  width,
                  "h",
                  HEIGHT),
              "embeddableConfig",
              ordered("enhancements", Map.of()),
              "panelRefName",
              "panel_" + chart.id()));
      references.add(reference(chart.id() + ":panel_" + chart.id(), "lens", idOf(chart)));
    }
    return object(
        "dashboard",
        "10.2.0",
        DASHBOARD,
        ordered(
            "title",
            "Spoor: overview",
            "description",
            "Requests, agents, models, memory, queue and errors, from the records.",
            "version",
            1,
            "timeRestore",
            true,
            "timeFrom",
            "now-1h",
            "timeTo",
            "now",
            "refreshInterval",
            ordered("pause", false, "value", 30_000),
            "optionsJSON",
            MAPPER.writeValueAsString(
                ordered(
                    "useMargins",
                    true,
                    "syncCursor",
                    true,
                    "syncColors",
                    false,
                    "syncTooltips",
                    false,
                    "hidePanelTitles",
                    false)),
            "panelsJSON",
            MAPPER.writeValueAsString(panels),
            "kibanaSavedObjectMeta",
            ordered(
                "searchSourceJSON",
                MAPPER.writeValueAsString(ordered("query", query(""), "filter", List.of())))),
        references);
  }

  private static Map<String, Object> object(
      String type,
      String typeVersion,
      String id,
      Map<String, Object> attributes,
      List<?> references) {
    return ordered(
        "type",
        type,
        "id",
        id,
        "coreMigrationVersion",
        CORE_VERSION,
        "typeMigrationVersion",
        typeVersion,
        "attributes",
        attributes,
        "references",
        references);
  }

  private static Map<String, Object> query(String kql) {
    return ordered("query", kql, "language", "kuery");
  }

  private static Map<String, Object> reference(String name, String type, String id) {
    return ordered("name", name, "type", type, "id", id);
  }
}
