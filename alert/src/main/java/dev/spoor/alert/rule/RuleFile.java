package dev.spoor.alert.rule;

import dev.spoor.contract.telemetry.Fields;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads rules from YAML. Nothing is guessed: an unknown name, a field that a summary shows and the
 * rule does not group by, a window where there can be none are faults, and all of them are told at
 * once.
 */
public final class RuleFile {
  /** The name in a file that takes a shipped rule out. */
  private static final String DISABLED = "disabled";

  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,79}");
  private static final Pattern FIELD = Pattern.compile("[A-Za-z_][A-Za-z0-9_.]{0,99}");
  private static final Pattern PLACE = Pattern.compile("\\{\\{([^}]*)}}");
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration DAY = Duration.ofDays(1);
  private static final int MAX_RULES = 200;
  private static final int MAX_GROUPS = 4;
  private static final int MAX_TEXT = 500;

  private final List<RuleFault> faults = new ArrayList<>();
  private final Set<String> names = new HashSet<>();

  private RuleFile() {}

  /**
   * What a file says.
   *
   * @param rules those without faults
   * @param disabled names of shipped rules that it takes out
   * @param faults all of them; a file with any is not to be used
   */
  public record Reading(List<Rule> rules, List<String> disabled, List<RuleFault> faults) {
    public Reading {
      rules = List.copyOf(rules);
      disabled = List.copyOf(disabled);
      faults = List.copyOf(faults);
    }

    /** The shipped rules as the file changes them. */
    public Rules over(Rules shipped) {
      return shipped.with(rules).without(disabled);
    }
  }

  public static Reading read(String text) {
    return new RuleFile().file(text);
  }

  /** The rules that are there when nobody says anything. */
  public static Rules shipped() {
    Reading reading = read(shippedText());
    if (!reading.faults().isEmpty()) {
      throw new IllegalStateException("alerts.yaml: " + reading.faults());
    }
    return new Rules(reading.rules());
  }

  /** The file of the shipped rules, with its comments. */
  public static String shippedText() {
    try (InputStream in = RuleFile.class.getResourceAsStream("alerts.yaml")) {
      if (in == null) {
        throw new IllegalStateException("alerts.yaml is missing from the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private Reading file(String text) {
    YamlMap root = YamlMap.read(text, faults);
    List<Rule> rules = new ArrayList<>();
    List<YamlMap> maps = root.maps("rules", false);
    for (YamlMap map : maps) {
      Rule rule = rule(map);
      if (rule != null) {
        rules.add(rule);
      }
    }
    if (maps.size() > MAX_RULES) {
      root.fault("rules", "has " + maps.size() + " rules, expected at most " + MAX_RULES);
    }
    List<String> disabled = root.texts(DISABLED);
    if (!disabled.isEmpty()) {
      List<String> there = shipped().all().stream().map(Rule::name).toList();
      for (String name : disabled) {
        if (!there.contains(name)) {
          root.fault(DISABLED, "names " + name + ", which does not ship; there are " + there);
        }
      }
    }
    if (!root.has("rules") && !root.has(DISABLED) && faults.isEmpty()) {
      root.fault("rules", "is missing");
    }
    root.refuseOthers();
    faults.sort(java.util.Comparator.comparingInt(RuleFault::line));
    return new Reading(rules, disabled, faults);
  }

  private @Nullable Rule rule(YamlMap map) {
    int before = faults.size();
    String name = map.text("name", true);
    if (name != null) {
      if (!NAME.matcher(name).matches()) {
        map.fault("name", "is '" + name + "', expected letters, digits and _, 80 at most");
      } else if (!names.add(name)) {
        map.fault("name", "'" + name + "' is there twice");
      }
    }
    Metric metric = metric(map.map("metric", true));
    List<Duration> windows = new ArrayList<>();
    for (String text : map.texts("window")) {
      map.duration("window", text, SECOND.multipliedBy(10), DAY).ifPresent(windows::add);
    }
    if (metric != null) {
      if (metric instanceof Metric.Latest && map.has("window")) {
        map.fault("window", "is not for latest, which looks at the newest value only");
      } else if (!(metric instanceof Metric.Latest) && !map.has("window")) {
        map.fault("window", "is missing");
      }
    }
    String limit = map.text("threshold", true);
    Threshold threshold = limit == null ? null : Threshold.parse(limit).orElse(null);
    if (limit != null && threshold == null) {
      map.fault("threshold", "is '" + limit + "', expected " + Threshold.EXPECTED);
    }
    Duration hold = map.duration("for", Duration.ZERO, Duration.ZERO, DAY);
    Duration keep = map.duration("keep_firing_for", Duration.ZERO, Duration.ZERO, DAY);
    int minSamples = map.count("min_samples", 1, 1, 1_000_000);
    List<String> groupBy = map.texts("group_by");
    if (groupBy.size() > MAX_GROUPS || new HashSet<>(groupBy).size() != groupBy.size()) {
      map.fault("group_by", "expected " + MAX_GROUPS + " different fields at most");
    }
    for (String field : groupBy) {
      if (!FIELD.matcher(field).matches()) {
        map.fault("group_by", "'" + field + "' is no name of a field");
      }
    }
    Severity severity = null;
    String how = map.text("severity", true);
    if (how != null) {
      severity = Severity.of(how).orElse(null);
      if (severity == null) {
        map.fault("severity", "is '" + how + "', expected info, warning or critical");
      }
    }
    String shownAs = map.text("unit", Unit.NUMBER.wireName());
    Unit unit = Unit.of(shownAs).orElse(null);
    if (unit == null) {
      map.fault("unit", "is '" + shownAs + "', expected number, percent, milliseconds or usd");
    }
    String summary = map.text("summary", true);
    if (summary != null) {
      checkSummary(map, summary, groupBy);
    }
    String runbook = map.text("runbook", "");
    String prometheus = map.text("prometheus", false);
    String prometheusSamples = map.text("prometheus_samples", false);
    map.refuseOthers();
    if (faults.size() > before
        || name == null
        || metric == null
        || threshold == null
        || severity == null
        || unit == null
        || summary == null) {
      return null;
    }
    return new Rule(
        name,
        metric,
        windows,
        threshold,
        hold,
        keep,
        minSamples,
        groupBy,
        severity,
        unit,
        summary,
        runbook,
        prometheus,
        prometheusSamples);
  }

  private static void checkSummary(YamlMap map, String summary, List<String> groupBy) {
    Set<String> known = new LinkedHashSet<>(groupBy);
    known.add("value");
    if (summary.length() > MAX_TEXT) {
      map.fault("summary", "is longer than " + MAX_TEXT + " characters");
    }
    Matcher place = PLACE.matcher(summary);
    while (place.find()) {
      if (!known.contains(place.group(1))) {
        map.fault("summary", "shows {{" + place.group(1) + "}}; it can show " + known);
      }
    }
  }

  private @Nullable Metric metric(@Nullable YamlMap map) {
    if (map == null) {
      return null;
    }
    Set<String> forms = Set.of("ratio", "quantile", "latest", "sum", "count");
    List<String> given = map.keys().stream().filter(forms::contains).toList();
    if (given.size() != 1) {
      map.fault("", "expected one of count, latest, quantile, ratio, sum");
      return null;
    }
    String form = given.getFirst();
    YamlMap inner = map.map(form, true);
    if (inner == null) {
      return null;
    }
    Metric metric = metric(form, inner);
    inner.refuseOthers();
    map.refuseOthers();
    return metric;
  }

  private @Nullable Metric metric(String form, YamlMap map) {
    if (form.equals("ratio")) {
      Filter part = filter(map, "part");
      Filter of = filter(map, "of");
      return part == null || of == null ? null : new Metric.Ratio(part, of);
    }
    Filter where = filter(map, "where");
    if (form.equals("count")) {
      return where == null ? null : new Metric.Count(where);
    }
    String field = map.text("field", true);
    Double quantile = form.equals("quantile") ? map.number("quantile", true) : null;
    if (quantile != null && (quantile <= 0 || quantile >= 1)) {
      map.fault("quantile", "is " + quantile + ", expected more than 0 and less than 1");
      return null;
    }
    Duration every =
        form.equals("latest")
            ? map.duration("every", Duration.ofSeconds(10), SECOND, Duration.ofHours(1))
            : SECOND;
    if (where == null || field == null) {
      return null;
    }
    return switch (form) {
      case "quantile" -> quantile == null ? null : new Metric.Quantile(where, field, quantile);
      case "latest" -> new Metric.Latest(where, field, every);
      default -> new Metric.Sum(where, field);
    };
  }

  private @Nullable Filter filter(YamlMap map, String key) {
    int before = faults.size();
    List<Map<String, Condition>> anyOf = new ArrayList<>();
    for (YamlMap clause : map.maps(key, true)) {
      Map<String, Condition> all = new LinkedHashMap<>();
      for (String field : List.copyOf(clause.keys())) {
        Condition condition = condition(clause, field);
        if (condition != null) {
          all.put(field, condition);
        }
      }
      if (!(all.get(Fields.EVENT) instanceof Condition.OneOf events) || events.values().isEmpty()) {
        clause.fault(Fields.EVENT, "must name one or more events");
      }
      anyOf.add(all);
    }
    return faults.size() > before || anyOf.isEmpty() ? null : new Filter(anyOf);
  }

  private static @Nullable Condition condition(YamlMap clause, String field) {
    if (!clause.isMap(field)) {
      List<String> values = clause.texts(field);
      return new Condition.OneOf(Set.copyOf(values));
    }
    YamlMap limits = clause.map(field, true);
    if (limits == null) {
      return null;
    }
    boolean present = limits.flag("present", false);
    Double min = limits.number("min", false);
    Double max = limits.number("max", false);
    limits.refuseOthers();
    if (present) {
      return new Condition.Present();
    }
    if (min == null && max == null) {
      clause.fault(
          field, "expected a value, a list of values, {min: …, max: …} or {present: true}");
      return null;
    }
    return new Condition.Between(min, max);
  }
}
