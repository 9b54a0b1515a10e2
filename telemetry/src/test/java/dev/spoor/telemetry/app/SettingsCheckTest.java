package dev.spoor.telemetry.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.contract.job.ErrorCategory;
import dev.spoor.telemetry.logging.ErrorCategories;
import dev.spoor.telemetry.redaction.Redactor;
import dev.spoor.telemetry.redaction.UserRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.mock.env.MockEnvironment;

class SettingsCheckTest {
  @TempDir private Path dir;

  @AfterEach
  void noOwnRules() {
    Redactor.extend(UserRules.NONE);
    ErrorCategories.extend(List.of());
  }

  private void check(MockEnvironment environment) {
    new SettingsCheck().postProcessEnvironment(environment, new SpringApplication());
  }

  @Test
  void rulesOfAUsersOwnAreInForceBeforeTheFirstBean() throws IOException {
    Path file = dir.resolve("own.yaml");
    Files.writeString(file, "rules:\n  - name: employee\n    pattern: EMP-[0-9]+\n");
    assertThat(Redactor.standard().redact("EMP-12")).isEqualTo("EMP-12");
    check(new MockEnvironment().withProperty("SPOOR_REDACTION_RULES", file.toString()));
    assertThat(Redactor.standard().redact("EMP-12")).isEqualTo("[REDACTED:employee]");
  }

  @Test
  void wrongRulesRefuseTheStartTogetherWithAllElseThatIsWrong() throws IOException {
    Path file = dir.resolve("own.yaml");
    Files.writeString(file, "rules:\n  - name: Bad\n    pattern: '('\n");
    assertThatThrownBy(() ->
            check(
                new MockEnvironment()
                    .withProperty("LOG_FORMAT", "xml")
                    .withProperty("SPOOR_REDACTION_RULES", file.toString())))
        .isInstanceOfSatisfying(
            RefusedSettings.class,
            refused -> {
              assertThat(refused.getExitCode()).isEqualTo(2);
              assertThat(refused.problems())
                  .hasSize(3)
                  .anyMatch(problem -> problem.contains("LOG_FORMAT is 'xml'"))
                  .anyMatch(problem -> problem.contains("own.yaml line 2: rule 1: name is 'Bad'"))
                  .anyMatch(problem -> problem.contains("own.yaml line 3: rule 1: pattern is '('"));
            });
    assertThat(Redactor.standard().redact("(")).isEqualTo("(");
  }

  private static final class QuotaUsedUp extends RuntimeException {}

  @Test
  void categoriesOfAUsersOwnAreInForceBeforeTheFirstBean() throws IOException {
    Path file = dir.resolve("categories.yaml");
    Files.writeString(file, "rules:\n  - class: QuotaUsedUp\n    category: rate_limited\n");
    assertThat(ErrorCategories.of(new QuotaUsedUp())).isEqualTo(ErrorCategory.INTERNAL);
    check(new MockEnvironment().withProperty("SPOOR_ERROR_CATEGORIES", file.toString()));
    assertThat(ErrorCategories.of(new QuotaUsedUp())).isEqualTo(ErrorCategory.RATE_LIMITED);
  }

  @Test
  void wrongCategoriesRefuseTheStartAndNoneIsInForce() throws IOException {
    Path file = dir.resolve("categories.yaml");
    Files.writeString(
        file,
        """
        rules:
          - class: QuotaUsedUp
            category: rate_limited
          - class: com.example.Late
            category: slow
        """);
    assertThatThrownBy(() ->
            check(new MockEnvironment().withProperty("SPOOR_ERROR_CATEGORIES", file.toString())))
        .isInstanceOfSatisfying(
            RefusedSettings.class,
            refused -> {
              assertThat(refused.getExitCode()).isEqualTo(2);
              assertThat(refused.problems())
                  .containsExactly(
                      "SPOOR_ERROR_CATEGORIES "
                          + file
                          + " line 5: rule 2: category is 'slow', expected one of validation,"
                          + " timeout, rate_limited, provider, dependency, budget_exceeded,"
                          + " cancelled, internal");
            });
    assertThat(ErrorCategories.of(new QuotaUsedUp())).isEqualTo(ErrorCategory.INTERNAL);
  }
}
