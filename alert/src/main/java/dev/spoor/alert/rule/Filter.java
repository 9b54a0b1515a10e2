package dev.spoor.alert.rule;

import dev.spoor.contract.telemetry.Fields;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * Which records.
 *
 * @param anyOf a record matches if all conditions of one of these hold; each names its events, so
 *     that all other records can be skipped unread
 */
public record Filter(List<Map<String, Condition>> anyOf) {
  public Filter {
    anyOf = anyOf.stream().map(Filter::copy).toList();
    if (anyOf.isEmpty()) {
      throw new IllegalArgumentException("a filter without conditions");
    }
    for (Map<String, Condition> all : anyOf) {
      if (!(all.get(Fields.EVENT) instanceof Condition.OneOf)) {
        throw new IllegalArgumentException("a filter must name its events: " + all);
      }
    }
  }

  private static Map<String, Condition> copy(Map<String, Condition> all) {
    return Collections.unmodifiableMap(new LinkedHashMap<>(all));
  }

  public boolean matches(JsonNode record) {
    for (Map<String, Condition> all : anyOf) {
      if (holds(all, record)) {
        return true;
      }
    }
    return false;
  }

  private static boolean holds(Map<String, Condition> all, JsonNode record) {
    for (Map.Entry<String, Condition> each : all.entrySet()) {
      if (!each.getValue().holds(record.path(each.getKey()))) {
        return false;
      }
    }
    return true;
  }

  /** Values of {@code event} that can match. */
  public Set<String> events() {
    Set<String> events = new TreeSet<>();
    for (Map<String, Condition> all : anyOf) {
      if (all.get(Fields.EVENT) instanceof Condition.OneOf(Set<String> values)) {
        events.addAll(values);
      }
    }
    return events;
  }
}
