package dev.spoor.telemetry.redaction;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.spoor.telemetry.rules.RuleFile;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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

  private static final int MAX_PATTERN = 500;

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
    Set<String> names = new HashSet<>();
    return new UserRules(
        RuleFile.read(
            file,
            called,
            List.of("name", "pattern"),
            List.of("group"),
            problems,
            each -> rule(each, names)));
  }

  private static Optional<UserRule> rule(RuleFile.Rule each, Set<String> names) {
    String name = name(each, names);
    Pattern pattern = pattern(each);
    if (pattern == null) {
      return Optional.empty();
    }
    int group = group(each, pattern.groupCount());
    return name == null ? Optional.empty() : Optional.of(new UserRule(name, pattern, group));
  }

  private static @Nullable String name(RuleFile.Rule rule, Set<String> names) {
    RuleFile.Value value = rule.value("name");
    if (value == null) {
      return null;
    }
    String name = value.text();
    if (name == null || !name.matches("[a-z][a-z0-9_]{1,39}")) {
      rule.wrong(
          value,
          ": name is '"
              + value.shown()
              + "', expected 2 to 40 lower-case letters, digits and _, a letter first");
      return null;
    }
    if (!names.add(name)) {
      rule.wrong(value, ": name is '" + name + "', which another rule has");
    }
    return name;
  }

  private static @Nullable Pattern pattern(RuleFile.Rule rule) {
    RuleFile.Value value = rule.value("pattern");
    if (value == null) {
      return null;
    }
    String text = value.text();
    String is = ": pattern is '" + value.shown() + "', expected ";
    if (text == null || text.isEmpty() || text.length() > MAX_PATTERN) {
      rule.wrong(value, is + "1 to " + MAX_PATTERN + " characters");
      return null;
    }
    try {
      Pattern pattern = Pattern.compile(text);
      if (pattern.matcher("").find()) {
        rule.wrong(value, is + "one that does not match an empty text");
        return null;
      }
      return pattern;
    } catch (PatternSyntaxException e) {
      // RE2 says so of look-around and back references too: what it takes is linear.
      rule.wrong(value, is + "the syntax of RE2: " + e.getDescription());
      return null;
    }
  }

  private static int group(RuleFile.Rule rule, int groups) {
    RuleFile.Value value = rule.value("group");
    if (value == null) {
      return 0;
    }
    String text = value.text();
    if (text != null && text.matches("[0-9]{1,3}") && Integer.parseInt(text) <= groups) {
      return Integer.parseInt(text);
    }
    rule.wrong(
        value,
        ": group is '"
            + value.shown()
            + "', expected a number from 0 to "
            + groups
            + ", the groups of its pattern");
    return 0;
  }
}
