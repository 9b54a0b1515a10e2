package dev.spoor.system.dashboards;

import java.util.List;
import java.util.stream.Stream;

/** What is kept in Kibana. */
public sealed interface KibanaObject {
  /** Of it among objects of its type; also a part of what others are named. */
  String id();

  String title();

  Filter filter();

  /** All that it names, the time left out. */
  List<String> fields();

  /**
   * Records in rows, to be read in Discover.
   *
   * @param sort names of fields with {@code asc} or {@code desc}
   */
  record SavedSearch(
      String id,
      String title,
      String description,
      Filter filter,
      List<String> columns,
      List<String> sort)
      implements KibanaObject {
    public SavedSearch {
      columns = List.copyOf(columns);
      sort = List.copyOf(sort);
    }

    @Override
    public List<String> fields() {
      return Stream.of(
              filter.fields().stream(),
              columns.stream(),
              sort.stream().map(each -> each.substring(0, each.indexOf(' '))))
          .flatMap(each -> each)
          .distinct()
          .toList();
    }
  }

  /**
   * A panel of the dashboard: measures over time, or in a table.
   *
   * @param by the field whose values each get a line, bar or row; empty for none
   */
  record Chart(
      String id, String title, Shape shape, Filter filter, String by, List<Measure> measures)
      implements KibanaObject {
    public Chart {
      measures = List.copyOf(measures);
    }

    @Override
    public List<String> fields() {
      return Stream.of(
              filter.fields().stream(), Stream.of(by), measures.stream().map(Measure::field))
          .flatMap(each -> each)
          .filter(field -> !field.isEmpty())
          .distinct()
          .toList();
    }
  }

  /** How a chart looks. */
  enum Shape {
    LINES("line"),
    BARS("bar_stacked"),
    /** Bars of equal height. */
    SHARES("bar_percentage_stacked"),
    /** No time: one row for each value. */
    TABLE("");

    private final String series;

    Shape(String series) {
      this.series = series;
    }

    String series() {
      return series;
    }
  }

  /**
   * A figure over some records.
   *
   * @param operation as Lens names it; Elasticsearch has an aggregation for each
   * @param field empty for a count
   * @param percentile for {@code percentile} alone
   */
  record Measure(String label, String operation, String field, int percentile) {
    static Measure count(String label) {
      return new Measure(label, "count", "", 0);
    }

    static Measure of(String label, String operation, String field) {
      return new Measure(label, operation, field, 0);
    }

    static Measure percentile(String label, String field, int percentile) {
      return new Measure(label, "percentile", field, percentile);
    }
  }
}
