package dev.spoor.telemetry.logging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.job.ErrorCategory;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CategoryRulesTest {
  @TempDir private Path dir;

  @AfterEach
  void noOwnRules() {
    ErrorCategories.extend(List.of());
  }

  private List<ErrorCategories.Rule> read(String yaml, List<String> problems) throws IOException {
    Path file = dir.resolve("categories.yaml");
    Files.writeString(file, yaml);
    return CategoryRules.read(file, problems);
  }

  @Test
  void ownRulesComeBeforeTheBuiltInOnesOfTheSameClass() throws IOException {
    List<String> problems = new ArrayList<>();
    ErrorCategories.extend(
        read(
            """
            rules:
              - class: java.net.SocketTimeoutException
                category: provider
              - class: IOException
                category: internal
            """,
            problems));
    assertThat(problems).isEmpty();
    assertThat(ErrorCategories.of(new SocketTimeoutException())).isEqualTo(ErrorCategory.PROVIDER);
    assertThat(ErrorCategories.of(new IOException())).isEqualTo(ErrorCategory.INTERNAL);
    assertThat(ErrorCategories.of(new java.net.ConnectException()))
        .as("its own class is nearer than the IOException that it is")
        .isEqualTo(ErrorCategory.DEPENDENCY);
  }

  @Test
  void everyFaultIsNamedWithLineValueAndExpectation() throws IOException {
    List<String> problems = new ArrayList<>();
    List<ErrorCategories.Rule> rules =
        read(
            """
            rules:
              - class: 'no class'
                category: timeout
              - class: Good
                category: Timeout
              - category: timeout
              - class: Also
                category: [timeout]
                colour: red
              - text
              - class: Fine
                category: timeout
            """,
            problems);
    assertThat(rules).containsExactly(new ErrorCategories.Rule("Fine", ErrorCategory.TIMEOUT));
    assertThat(problems).allMatch(problem -> problem.startsWith("SPOOR_ERROR_CATEGORIES " + dir));
    String all =
        "expected one of validation, timeout, rate_limited, provider, dependency,"
            + " budget_exceeded, cancelled, internal";
    assertThat(problems.stream().map(problem -> problem.replaceAll("^.* line ", "")).toList())
        .containsExactly(
            "2: rule 1: class is 'no class', expected a Java class name or its end, 200 characters"
                + " at most",
            "5: rule 2: category is 'Timeout', " + all,
            "6: rule 3 has no class",
            "9: rule 4 has 'colour', expected class or category",
            "8: rule 4: category is '', " + all,
            "10: rule 5: expected class and category");
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    List<String> problems = new ArrayList<>();
    assertThat(CategoryRules.read(dir.resolve("none.yaml"), problems)).isEmpty();
    assertThat(problems)
        .containsExactly(
            "SPOOR_ERROR_CATEGORIES is '"
                + dir.resolve("none.yaml")
                + "', expected a file; there is none of that name");
  }
}
