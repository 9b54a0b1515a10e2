package dev.spoor.telemetry.logging;

import dev.spoor.contract.job.ErrorCategory;
import dev.spoor.telemetry.rules.RuleFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A user's own lines for the table of {@link ErrorCategories}, from a YAML file: {@code rules}, a
 * list of {@code class} (a class name or its end) and {@code category}.
 */
public final class CategoryRules {
  /** The setting that names the file. */
  public static final String SETTING = "SPOOR_ERROR_CATEGORIES";

  private static final String CLASS = "class";
  private static final String CATEGORY = "category";

  private CategoryRules() {}

  /**
   * Reads a file.
   *
   * @param problems gets one sentence for each fault, with file, line, value and expectation
   * @return the rules that are right, in the order of the file
   */
  public static List<ErrorCategories.Rule> read(Path file, List<String> problems) {
    return RuleFile.read(
        file,
        SETTING,
        List.of(CLASS, CATEGORY),
        List.of(),
        problems,
        each -> {
          String name = className(each);
          ErrorCategory category = category(each);
          return name == null || category == null
              ? Optional.empty()
              : Optional.of(new ErrorCategories.Rule(name, category));
        });
  }

  private static @Nullable String className(RuleFile.Rule rule) {
    RuleFile.Value value = rule.value(CLASS);
    if (value == null) {
      return null;
    }
    String name = value.text();
    if (name == null || !name.matches("[\\p{L}_$][\\p{L}\\p{N}_$.]{0,199}")) {
      rule.wrong(
          value,
          ": class is '"
              + value.shown()
              + "', expected a Java class name or its end, 200 characters at most");
      return null;
    }
    return name;
  }

  private static @Nullable ErrorCategory category(RuleFile.Rule rule) {
    RuleFile.Value value = rule.value(CATEGORY);
    if (value == null) {
      return null;
    }
    Optional<ErrorCategory> known =
        Arrays.stream(ErrorCategory.values())
            .filter(category -> category.wireName().equals(value.text()))
            .findFirst();
    if (known.isEmpty()) {
      rule.wrong(
          value,
          ": category is '"
              + value.shown()
              + "', expected one of "
              + Arrays.stream(ErrorCategory.values())
                  .map(ErrorCategory::wireName)
                  .collect(Collectors.joining(", ")));
    }
    return known.orElse(null);
  }
}
