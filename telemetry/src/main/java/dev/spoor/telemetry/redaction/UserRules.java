package dev.spoor.telemetry.redaction;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
 * Rules of a user's own, from a YAML file: {@code rules}, a list of {@code name}, {@code pattern}
 * and optionally {@code group}. Patterns have RE2's syntax (no look-around, no back references), so
 * that their time is linear by construction.
 */
public final class UserRules {
  /** No rules. */
  public static final UserRules NONE = new UserRules(List.of());

  /** The setting that names the file. */
  public static final String SETTING = "SPOOR_REDACTION_RULES";

  private static final int MAX_RULES = 100;
  private static final int MAX_PATTERN = 500;
  private static final int MAX_FILE = 256 << 10;

  private final List<UserRule> rules;

  private UserRules(List<UserRule> rules) {
    this.rules = List.copyOf(rules);
  }

  List<UserRule> rules() {
    return rules;
  }

  /** Names of the rules, in the order of the file. */
  public List<String> names() {
    return rules.stream().map(UserRule::name).toList();
  }

  /**
   * Reads a file.
   *
   * @param called what named the file, for the sentences: a setting or an option
   * @param problems gets one sentence for each fault, with file, line, value and expectation
   * @return the rules that are right
   */
  public static UserRules read(Path file, String called, List<String> problems) {
    String text;
    try {
      if (Files.size(file) > MAX_FILE) {
        problems.add(called + " is '" + file + "', expected a file of at most 256 KB");
        return NONE;
      }
      text = Files.readString(file);
    } catch (NoSuchFileException e) {
      problems.add(called + " is '" + file + "', expected a file; there is none of that name");
      return NONE;
    } catch (CharacterCodingException e) {
      problems.add(called + " is '" + file + "', expected a file in UTF-8");
      return NONE;
    } catch (IOException e) {
      problems.add(
          called + " is '" + file + "', expected a file that can be read: " + e.getMessage());
      return NONE;
    }
    return new Reading(called + " " + file, problems).read(text);
  }

  /** One file; collects its faults. */
  private static final class Reading {
    private final String where;
    private final List<String> problems;
    private final Set<String> names = new HashSet<>();

    Reading(String where, List<String> problems) {
      this.where = where;
      this.problems = problems;
    }

    UserRules read(String text) {
      Node root;
      try {
        root =
            new Yaml(new SafeConstructor(new LoaderOptions()))
                .compose(new java.io.StringReader(text));
      } catch (MarkedYAMLException e) {
        int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
        problems.add(where + " line " + line + " is no YAML: " + e.getProblem());
        return NONE;
      } catch (YAMLException e) {
        problems.add(where + " is no YAML: " + e.getMessage());
        return NONE;
      }
      Node list = root instanceof MappingNode map ? only(map) : null;
      if (!(list instanceof SequenceNode sequence)) {
        problems.add(where + " line 1: expected 'rules:' with a list of rules and nothing else");
        return NONE;
      }
      List<UserRule> rules = new ArrayList<>();
      int number = 0;
      for (Node node : sequence.getValue()) {
        UserRule rule = rule(node, ++number);
        if (rule != null) {
          rules.add(rule);
        }
      }
      if (sequence.getValue().size() > MAX_RULES) {
        problems.add(
            where + " has " + sequence.getValue().size() + " rules, expected at most " + MAX_RULES);
      }
      return new UserRules(rules);
    }

    private @Nullable Node only(MappingNode map) {
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

    private void wrong(Node node, String sentence) {
      problems.add(where + " line " + (node.getStartMark().getLine() + 1) + ": " + sentence);
    }

    private @Nullable UserRule rule(Node node, int number) {
      if (!(node instanceof MappingNode map)) {
        wrong(node, "rule " + number + ": expected name, pattern and optionally group");
        return null;
      }
      int before = problems.size();
      Set<String> keys = new HashSet<>();
      String name = null;
      Pattern pattern = null;
      Node group = null;
      for (NodeTuple entry : map.getValue()) {
        Node value = entry.getValueNode();
        String key = String.valueOf(scalar(entry.getKeyNode()));
        keys.add(key);
        switch (key) {
          case "name" -> name = name(value, number);
          case "pattern" -> pattern = pattern(value, number);
          case "group" -> group = value;
          default ->
              wrong(
                  entry.getKeyNode(),
                  "rule " + number + " has '" + shown(key) + "', expected name, pattern or group");
        }
      }
      for (String needed : List.of("name", "pattern")) {
        if (!keys.contains(needed)) {
          wrong(node, "rule " + number + " has no " + needed);
        }
      }
      int index = group == null || pattern == null ? 0 : group(group, number, pattern.groupCount());
      return problems.size() > before || name == null || pattern == null
          ? null
          : new UserRule(name, pattern, index);
    }

    private @Nullable String name(Node node, int number) {
      String name = scalar(node);
      if (name == null || !name.matches("[a-z][a-z0-9_]{1,39}")) {
        wrong(
            node,
            "rule "
                + number
                + ": name is '"
                + shown(name)
                + "', expected 2 to 40 lower-case letters, digits and _, a letter first");
        return null;
      }
      if (!names.add(name)) {
        wrong(node, "rule " + number + ": name is '" + name + "', which another rule has");
      }
      return name;
    }

    private @Nullable Pattern pattern(Node node, int number) {
      String text = scalar(node);
      String rule = "rule " + number + ": pattern is '" + shown(text) + "', expected ";
      if (text == null || text.isEmpty() || text.length() > MAX_PATTERN) {
        wrong(node, rule + "1 to " + MAX_PATTERN + " characters");
        return null;
      }
      try {
        Pattern pattern = Pattern.compile(text);
        if (pattern.matcher("").find()) {
          wrong(node, rule + "one that does not match an empty text");
          return null;
        }
        return pattern;
      } catch (PatternSyntaxException e) {
        // RE2 says so of look-around and back references too: what it takes is linear.
        wrong(node, rule + "the syntax of RE2: " + e.getDescription());
        return null;
      }
    }

    private int group(Node node, int number, int groups) {
      String text = scalar(node);
      if (text != null && text.matches("[0-9]{1,3}") && Integer.parseInt(text) <= groups) {
        return Integer.parseInt(text);
      }
      wrong(
          node,
          "rule "
              + number
              + ": group is '"
              + shown(text)
              + "', expected a number from 0 to "
              + groups
              + ", the groups of its pattern");
      return 0;
    }

    private static String shown(@Nullable String value) {
      if (value == null) {
        return "";
      }
      String cut = value.length() > 60 ? value.substring(0, 60) + "…" : value;
      return cut.replaceAll("\\p{Cntrl}", "?");
    }
  }
}
