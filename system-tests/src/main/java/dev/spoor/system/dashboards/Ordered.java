package dev.spoor.system.dashboards;

import java.util.LinkedHashMap;
import java.util.Map;

/** Maps whose files are the same each time they are written. */
final class Ordered {
  private Ordered() {}

  /** Names and values in turn. */
  static Map<String, Object> ordered(Object... namesAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return map;
  }
}
