package dev.spoor.alert.trial;

import dev.spoor.alert.evaluation.AlertStatus;
import dev.spoor.alert.rule.Rule;
import dev.spoor.alert.rule.RuleFault;
import dev.spoor.alert.rule.Rules;
import dev.spoor.alert.rule.YamlMap;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads trials from YAML. All faults are told at once. */
public final class TrialFile {
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration TICK = Duration.ofMillis(1);

  private final List<RuleFault> faults = new ArrayList<>();

  private TrialFile() {}

  /**
   * What a file says.
   *
   * @param rules path of the rules that are tried, as the file has it; null for the shipped ones
   */
  public record Reading(@Nullable String rules, List<Trial> trials, List<RuleFault> faults) {
    public Reading {
      trials = List.copyOf(trials);
      faults = List.copyOf(faults);
    }

    /** Faults of expectations that name a rule, or labels, that are not among these. */
    public List<RuleFault> faultsWith(Rules tried) {
      Map<String, Rule> byName = new HashMap<>();
      tried.all().forEach(rule -> byName.put(rule.name(), rule));
      List<RuleFault> faults = new ArrayList<>();
      for (Trial trial : trials) {
        for (Trial.Expectation each : trial.expectations()) {
          Rule rule = byName.get(each.rule());
          if (rule == null) {
            faults.add(
                new RuleFault(
                    each.line(),
                    "/tests",
                    "names the rule "
                        + each.rule()
                        + "; there are "
                        + byName.keySet().stream().sorted().toList()));
          } else if (!Set.copyOf(rule.groupBy()).equals(each.labels().keySet())) {
            faults.add(
                new RuleFault(
                    each.line(),
                    "/tests",
                    each.rule()
                        + " has the labels "
                        + rule.groupBy()
                        + ", not "
                        + each.labels().keySet()));
          }
        }
      }
      return faults;
    }
  }

  public static Reading read(String text) {
    return new TrialFile().file(text);
  }

  private Reading file(String text) {
    YamlMap root = YamlMap.read(text, faults);
    String rules = root.text("rules", false);
    List<Trial> trials = root.maps("tests", true).stream().map(this::trial).toList();
    root.refuseOthers();
    faults.sort(Comparator.comparingInt(RuleFault::line));
    return new Reading(rules, trials, faults);
  }

  private Trial trial(YamlMap map) {
    String name = map.text("name", "a test without a name");
    List<Trial.RecordSeries> series = new ArrayList<>();
    for (YamlMap each : map.maps("records", true)) {
      Duration from = each.duration("from", Duration.ZERO, Duration.ZERO, DAY);
      Duration every = each.duration("every", Duration.ofSeconds(1), TICK, DAY);
      Duration to = each.duration("to", from.plus(TICK), Duration.ZERO, DAY);
      YamlMap fields = each.map("record", true);
      each.refuseOthers();
      if (fields != null) {
        series.add(new Trial.RecordSeries(record(fields), from, to, every));
      }
    }
    List<Trial.Expectation> expectations = new ArrayList<>();
    for (YamlMap each : map.maps("expect", true)) {
      expectation(each, expectations);
    }
    map.refuseOthers();
    return new Trial(name, series, expectations);
  }

  private static JsonNode record(YamlMap map) {
    ObjectNode fields = Json.mapper().createObjectNode();
    for (String field : List.copyOf(map.keys())) {
      fields.set(field, Json.mapper().valueToTree(map.scalar(field)));
    }
    if (!fields.has(Fields.EVENT)) {
      map.fault(Fields.EVENT, "is missing");
    }
    return fields;
  }

  private static void expectation(YamlMap map, List<Trial.Expectation> all) {
    Duration at = map.duration("at", Duration.ZERO, TICK, DAY);
    if (!map.has("at")) {
      map.fault("at", "is missing");
    }
    String rule = map.text("rule", true);
    String wanted = map.text("status", true);
    YamlMap labels = map.map("labels", false);
    Map<String, String> values = new TreeMap<>();
    if (labels != null) {
      for (String label : List.copyOf(labels.keys())) {
        String value = labels.text(label, true);
        if (value != null) {
          values.put(label, value);
        }
      }
    }
    map.refuseOthers();
    if (rule == null || wanted == null) {
      return;
    }
    AlertStatus status =
        Arrays.stream(AlertStatus.values())
            .filter(each -> each.wireName().equals(wanted))
            .findFirst()
            .orElse(null);
    if (status == null) {
      map.fault(
          "status",
          "is '"
              + wanted
              + "', expected one of "
              + Arrays.stream(AlertStatus.values())
                  .map(AlertStatus::wireName)
                  .collect(Collectors.joining(", ")));
      return;
    }
    all.add(new Trial.Expectation(at, rule, values, status, map.line()));
  }
}
