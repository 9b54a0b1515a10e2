package dev.spoor.telemetry.rules;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
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
 * A YAML file with {@code rules:}, a list of flat mappings, and nothing else. Its reader judges the
 * values and says what is wrong with them by {@link Rule#wrong}. For one thread.
 */
public final class RuleFile {
  private static final int MAX_FILE = 256 << 10;
  private static final int MAX_RULES = 100;
  private static final int MAX_SHOWN = 60;

  private final String where;
  private final List<String> needed;
  private final List<String> optional;
  private final List<String> problems;

  private RuleFile(
      String where, List<String> needed, List<String> optional, List<String> problems) {
    this.where = where;
    this.needed = needed;
    this.optional = optional;
    this.problems = problems;
  }

  /**
   * A value and where it stands.
   *
   * @param text null if it is no plain value
   * @param line from 1
   */
  public record Value(@Nullable String text, int line) {
    /** The text for a sentence: short and without control characters. */
    public String shown() {
      return RuleFile.shown(text);
    }
  }

  /** One entry of the list. */
  public final class Rule {
    private final int number;
    private final Map<String, Value> values;

    private Rule(int number, Map<String, Value> values) {
      this.number = number;
      this.values = values;
    }

    /** What the rule has under a name; null if it has not. */
    public @Nullable Value value(String name) {
      return values.get(name);
    }

    /** Adds a problem. The sentence goes on behind {@code rule <number>}. */
    public void wrong(Value at, String sentence) {
      problems.add(sentenceAt(at.line(), number, sentence));
    }
  }

  /**
   * Reads a file of at most 256 KB with at most 100 rules.
   *
   * @param called what named the file, for the sentences: a setting or an option
   * @param needed names that each rule must have
   * @param optional names that a rule may have
   * @param problems gets one sentence for each fault, with file, line, value and expectation
   * @param parse makes a rule of an entry, or empty and a problem; is asked in the order of the
   *     file
   * @return the rules that are right
   */
  public static <T> List<T> read(
      Path file,
      String called,
      List<String> needed,
      List<String> optional,
      List<String> problems,
      Function<Rule, Optional<T>> parse) {
    String text;
    try {
      if (Files.size(file) > MAX_FILE) {
        problems.add(called + " is '" + file + "', expected a file of at most 256 KB");
        return List.of();
      }
      text = Files.readString(file);
    } catch (NoSuchFileException e) {
      problems.add(called + " is '" + file + "', expected a file; there is none of that name");
      return List.of();
    } catch (CharacterCodingException e) {
      problems.add(called + " is '" + file + "', expected a file in UTF-8");
      return List.of();
    } catch (IOException e) {
      problems.add(
          called + " is '" + file + "', expected a file that can be read: " + e.getMessage());
      return List.of();
    }
    return new RuleFile(called + " " + file, needed, optional, problems).rules(text, parse);
  }

  private <T> List<T> rules(String text, Function<Rule, Optional<T>> parse) {
    Node root;
    try {
      root = new Yaml(new SafeConstructor(new LoaderOptions())).compose(new StringReader(text));
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
      problems.add(where + " line " + line + " is no YAML: " + e.getProblem());
      return List.of();
    } catch (YAMLException e) {
      problems.add(where + " is no YAML: " + e.getMessage());
      return List.of();
    }
    Node list = root instanceof MappingNode map ? only(map) : null;
    if (!(list instanceof SequenceNode sequence)) {
      problems.add(where + " line 1: expected 'rules:' with a list of rules and nothing else");
      return List.of();
    }
    List<T> rules = new ArrayList<>();
    int number = 0;
    for (Node node : sequence.getValue()) {
      int before = problems.size();
      Optional<T> rule = rule(node, ++number).flatMap(parse);
      if (problems.size() == before) {
        rule.ifPresent(rules::add);
      }
    }
    if (number > MAX_RULES) {
      problems.add(where + " has " + number + " rules, expected at most " + MAX_RULES);
    }
    return rules;
  }

  private Optional<Rule> rule(Node node, int number) {
    if (!(node instanceof MappingNode map)) {
      String all =
          optional.isEmpty()
              ? listed(needed, " and ")
              : String.join(", ", needed) + " and optionally " + listed(optional, " and ");
      problems.add(sentenceAt(line(node), number, ": expected " + all));
      return Optional.empty();
    }
    Map<String, Value> values = new LinkedHashMap<>();
    for (NodeTuple entry : map.getValue()) {
      String name = String.valueOf(scalar(entry.getKeyNode()));
      if (needed.contains(name) || optional.contains(name)) {
        values.put(name, new Value(scalar(entry.getValueNode()), line(entry.getValueNode())));
        continue;
      }
      List<String> known = new ArrayList<>(needed);
      known.addAll(optional);
      problems.add(
          sentenceAt(
              line(entry.getKeyNode()),
              number,
              " has '" + shown(name) + "', expected " + listed(known, " or ")));
    }
    for (String name : needed) {
      if (!values.containsKey(name)) {
        problems.add(sentenceAt(line(node), number, " has no " + name));
      }
    }
    return Optional.of(new Rule(number, values));
  }

  private static @Nullable Node only(MappingNode map) {
    return map.getValue().size() == 1
            && "rules".equals(scalar(map.getValue().getFirst().getKeyNode()))
        ? map.getValue().getFirst().getValueNode()
        : null;
  }

  private static @Nullable String scalar(Node node) {
    return node instanceof ScalarNode scalar && !scalar.getTag().equals(Tag.NULL)
        ? scalar.getValue()
        : null;
  }

  private String sentenceAt(int line, int number, String sentence) {
    return where + " line " + line + ": rule " + number + sentence;
  }

  private static int line(Node node) {
    return node.getStartMark().getLine() + 1;
  }

  private static String listed(List<String> names, String last) {
    int end = names.size() - 1;
    return end == 0
        ? names.getFirst()
        : String.join(", ", names.subList(0, end)) + last + names.get(end);
  }

  private static String shown(@Nullable String value) {
    if (value == null) {
      return "";
    }
    String cut = value.length() > MAX_SHOWN ? value.substring(0, MAX_SHOWN) + "…" : value;
    return cut.replaceAll("\\p{Cntrl}", "?");
  }
}
