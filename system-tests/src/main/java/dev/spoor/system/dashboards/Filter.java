package dev.spoor.system.dashboards;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What records are looked at, in the two languages that ask for them: KQL for Kibana, and the query
 * DSL into which Kibana translates it.
 *
 * @param fields that it names
 */
public record Filter(String kql, Map<String, Object> dsl, List<String> fields) {
  public Filter {
    dsl = Map.copyOf(dsl);
    fields = List.copyOf(fields);
  }

  /**
   * The field has one of these values. Kibana understands {@code field : ("a" or "b")} too, and
   * Elasticsearch's own parser of KQL does not.
   */
  static Filter is(String field, String... values) {
    String any =
        Arrays.stream(values)
            .map(value -> field + " : \"" + value + '"')
            .collect(Collectors.joining(" or "));
    return new Filter(
        values.length == 1 ? any : "(" + any + ")",
        Map.of("terms", Map.of(field, List.of(values))),
        List.of(field));
  }

  /** The field is there. */
  static Filter has(String field) {
    return new Filter(field + " : *", Map.of("exists", Map.of("field", field)), List.of(field));
  }

  static Filter atLeast(String field, long least) {
    return new Filter(
        field + " >= " + least,
        Map.of("range", Map.of(field, Map.of("gte", least))),
        List.of(field));
  }

  Filter and(Filter other) {
    return new Filter(
        kql + " and " + other.kql,
        Map.of("bool", Map.of("filter", List.of(dsl, other.dsl))),
        Stream.concat(fields.stream(), other.fields.stream()).distinct().toList());
  }
}
