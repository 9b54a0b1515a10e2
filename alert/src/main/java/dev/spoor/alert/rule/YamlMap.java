package dev.spoor.alert.rule;

import java.io.StringReader;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * A map in a YAML file that knows where it stands, so that each fault is told with its line. All
 * faults are collected; a reading goes on after one. Not thread-safe.
 */
public final class YamlMap {
  private static final Pattern SIMPLE = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d)");
  private static final int MAX_FILE = 1 << 20;

  private final Map<String, Node> values = new LinkedHashMap<>();
  private final Map<String, Integer> lines = new LinkedHashMap<>();
  private final Set<String> read = new HashSet<>();
  private final int line;
  private final String pointer;
  private final List<RuleFault> faults;

  private YamlMap(@Nullable Node node, String pointer, List<RuleFault> faults) {
    this.pointer = pointer;
    this.faults = faults;
    this.line = node == null ? 1 : line(node);
    if (!(node instanceof MappingNode map)) {
      faults.add(new RuleFault(line, shown(pointer), "expected a map of names and values"));
      return;
    }
    for (NodeTuple entry : map.getValue()) {
      String key = entry.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "?";
      if (values.put(key, entry.getValueNode()) != null) {
        faults.add(new RuleFault(line(entry.getKeyNode()), pointer + "/" + key, "is there twice"));
      }
      lines.put(key, line(entry.getKeyNode()));
    }
  }

  /** The whole of a file; an empty map where it is no YAML. */
  public static YamlMap read(String text, List<RuleFault> faults) {
    LoaderOptions options = new LoaderOptions();
    options.setMaxAliasesForCollections(20);
    options.setNestingDepthLimit(30);
    options.setCodePointLimit(MAX_FILE);
    try {
      return new YamlMap(
          new Yaml(new SafeConstructor(options)).compose(new StringReader(text)), "", faults);
    } catch (MarkedYAMLException wrong) {
      int at = wrong.getProblemMark() == null ? 1 : wrong.getProblemMark().getLine() + 1;
      faults.add(new RuleFault(at, "/", "is no YAML: " + wrong.getProblem()));
    } catch (YAMLException wrong) {
      faults.add(new RuleFault(1, "/", "is no YAML: " + wrong.getMessage()));
    }
    return new YamlMap(
        new MappingNode(Tag.MAP, List.of(), org.yaml.snakeyaml.DumperOptions.FlowStyle.BLOCK),
        "",
        faults);
  }

  private static int line(Node node) {
    return node.getStartMark() == null ? 1 : node.getStartMark().getLine() + 1;
  }

  private static String shown(String pointer) {
    return pointer.isEmpty() ? "/" : pointer;
  }

  public void fault(String key, String detail) {
    int at = lines.getOrDefault(key, line);
    faults.add(new RuleFault(at, pointer + "/" + key, detail));
  }

  /** Where it begins, counted from 1. */
  public int line() {
    return line;
  }

  public boolean has(String key) {
    return values.containsKey(key);
  }

  /** Names of all values, in their order. */
  public Set<String> keys() {
    return values.keySet();
  }

  /** Names what is there and was never asked for: a misspelt name would change what is meant. */
  public void refuseOthers() {
    for (String key : values.keySet()) {
      if (!read.contains(key)) {
        fault(
            key,
            "is not known here; known are " + String.join(", ", new java.util.TreeSet<>(read)));
      }
    }
  }

  /** A text or what YAML writes like one; null and told if it is missing and must not be. */
  public @Nullable String text(String key, boolean required) {
    read.add(key);
    Node node = values.get(key);
    if (node instanceof ScalarNode scalar && !scalar.getTag().equals(Tag.NULL)) {
      return scalar.getValue();
    }
    if (node != null) {
      fault(key, "expected a single value");
    } else if (required) {
      fault(key, "is missing");
    }
    return null;
  }

  public String text(String key, String otherwise) {
    String text = text(key, false);
    return text == null ? otherwise : text;
  }

  /** Texts, from a list or from one value alone. */
  public List<String> texts(String key) {
    read.add(key);
    Node node = values.get(key);
    if (node == null) {
      return List.of();
    }
    List<Node> nodes = node instanceof SequenceNode list ? list.getValue() : List.of(node);
    List<String> texts = new ArrayList<>();
    for (Node each : nodes) {
      if (each instanceof ScalarNode scalar && !scalar.getTag().equals(Tag.NULL)) {
        texts.add(scalar.getValue());
      } else {
        fault(key, "expected a value or a list of values");
        return List.of();
      }
    }
    return texts;
  }

  public @Nullable Double number(String key, boolean required) {
    String text = text(key, required);
    if (text == null) {
      return null;
    }
    try {
      double number = Double.parseDouble(text);
      if (Double.isFinite(number)) {
        return number;
      }
    } catch (NumberFormatException notOne) {
      // Said below.
    }
    fault(key, "is '" + text + "', expected a number");
    return null;
  }

  public int count(String key, int otherwise, int min, int max) {
    String text = text(key, false);
    if (text == null) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(text);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException notOne) {
      // Said below.
    }
    fault(key, "is '" + text + "', expected a whole number from " + min + " to " + max);
    return otherwise;
  }

  public boolean flag(String key, boolean otherwise) {
    String text = text(key, Boolean.toString(otherwise));
    if (!Set.of("true", "false").contains(text)) {
      fault(key, "is '" + text + "', expected true or false");
      return otherwise;
    }
    return text.equals("true");
  }

  public Duration duration(String key, Duration otherwise, Duration min, Duration max) {
    String text = text(key, false);
    return text == null ? otherwise : duration(key, text, min, max).orElse(otherwise);
  }

  /** One of several durations, told under the key's name. */
  public Optional<Duration> duration(String key, String text, Duration min, Duration max) {
    Optional<Duration> duration = parse(text);
    if (duration.isEmpty()) {
      fault(key, "is '" + text + "', expected a duration such as 30s or 5m");
      return Optional.empty();
    }
    if (duration.get().compareTo(min) < 0 || duration.get().compareTo(max) > 0) {
      fault(key, "is " + text + ", expected " + shown(min) + " to " + shown(max));
      return Optional.empty();
    }
    return duration;
  }

  /** As {@code 30s}, {@code 5m}, {@code 1h} or ISO-8601. */
  private static Optional<Duration> parse(String text) {
    Matcher simple = SIMPLE.matcher(text.strip());
    if (simple.matches()) {
      long amount = Long.parseLong(simple.group(1));
      return Optional.of(
          switch (simple.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
          });
    }
    try {
      return Optional.of(Duration.parse(text.strip()));
    } catch (DateTimeException notOne) {
      return Optional.empty();
    }
  }

  /** As a rule file and Prometheus write it: the largest unit that fits. */
  public static String shown(Duration duration) {
    long millis = duration.toMillis();
    if (millis == 0) {
      return "0s";
    }
    if (millis % 86_400_000 == 0) {
      return millis / 86_400_000 + "d";
    }
    if (millis % 3_600_000 == 0) {
      return millis / 3_600_000 + "h";
    }
    if (millis % 60_000 == 0) {
      return millis / 60_000 + "m";
    }
    return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
  }

  /** A map within this one; null and told if it is missing and must not be. */
  public @Nullable YamlMap map(String key, boolean required) {
    read.add(key);
    Node node = values.get(key);
    if (node == null) {
      if (required) {
        fault(key, "is missing");
      }
      return null;
    }
    return new YamlMap(node, pointer + "/" + key, faults);
  }

  /** Maps, from a list or from one alone. */
  public List<YamlMap> maps(String key, boolean required) {
    read.add(key);
    Node node = values.get(key);
    if (node == null) {
      if (required) {
        fault(key, "is missing");
      }
      return List.of();
    }
    if (!(node instanceof SequenceNode list)) {
      return List.of(new YamlMap(node, pointer + "/" + key, faults));
    }
    List<YamlMap> maps = new ArrayList<>();
    for (Node each : list.getValue()) {
      maps.add(new YamlMap(each, pointer + "/" + key + "/" + maps.size(), faults));
    }
    return maps;
  }

  /** Whether the value is a map, and not a text or a list. */
  public boolean isMap(String key) {
    return values.get(key) instanceof MappingNode;
  }

  /** The value as YAML means it: a text, a number, a truth value. */
  public @Nullable Object scalar(String key) {
    String text = text(key, true);
    Node node = values.get(key);
    if (text == null || node == null) {
      return null;
    }
    if (node.getTag().equals(Tag.BOOL)) {
      return Boolean.valueOf(text);
    }
    if (node.getTag().equals(Tag.INT) || node.getTag().equals(Tag.FLOAT)) {
      try {
        return text.matches("-?[0-9]{1,18}") ? (Object) Long.valueOf(text) : Double.valueOf(text);
      } catch (NumberFormatException odd) {
        return text;
      }
    }
    return text;
  }
}
