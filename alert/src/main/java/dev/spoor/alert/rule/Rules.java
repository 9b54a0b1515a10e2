package dev.spoor.alert.rule;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Rules in their order, each name once. */
public record Rules(List<Rule> all) {
  public Rules {
    all = List.copyOf(all);
    if (all.stream().map(Rule::name).distinct().count() != all.size()) {
      throw new IllegalArgumentException("a name twice");
    }
  }

  /** These and others; one of the same name replaces the one that is here. */
  public Rules with(Collection<Rule> others) {
    Map<String, Rule> byName = new LinkedHashMap<>();
    all.forEach(rule -> byName.put(rule.name(), rule));
    others.forEach(rule -> byName.put(rule.name(), rule));
    return new Rules(List.copyOf(byName.values()));
  }

  /** Without those of these names. */
  public Rules without(Collection<String> names) {
    return new Rules(all.stream().filter(rule -> !names.contains(rule.name())).toList());
  }

  /** How far back the rule looks that looks back farthest. */
  public Duration longestWindow() {
    return all.stream()
        .flatMap(rule -> rule.reach().stream())
        .max(Duration::compareTo)
        .orElse(Duration.ZERO);
  }
}
