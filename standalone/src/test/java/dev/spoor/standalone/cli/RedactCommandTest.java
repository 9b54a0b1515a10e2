package dev.spoor.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("sensitive_data_sanitization: command")
class RedactCommandTest {
  private static final String SECRET = "hunter2" + "Zq9";

  @TempDir private Path dir;

  private Typed typed(String input) {
    return new Typed(dir).standardInput(input);
  }

  @Test
  void copiesInputWithoutItsSecrets() {
    Typed.Outcome outcome =
        typed(
                "a\npassword: "
                    + SECRET
                    + "\n-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\nb")
            .run("redact");
    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.out())
        .isEqualTo("a\npassword: [REDACTED:password]\n[REDACTED:private_key]\nb");
    assertThat(outcome.err()).isEmpty();
  }

  @Test
  void reportsCountsByRuleBesideTheOutput() {
    Typed.Outcome outcome =
        typed(
                "password="
                    + SECRET
                    + "\ntoken="
                    + SECRET
                    + "\npwd="
                    + SECRET
                    + "\n4111 1111 1111 1111\n")
            .run("redact", "--report");
    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.out()).doesNotContain(SECRET);
    assertThat(outcome.err().lines().map(String::strip))
        .containsExactlyInAnyOrder(
            "2  field (password)", "1  field (token)", "1  card", "4  in all");
  }

  @Test
  void takesRulesFromAFileOrTheEnvironment() throws IOException {
    Files.writeString(
        dir.resolve("own.yaml"), "rules:\n  - name: employee\n    pattern: EMP-[0-9]+\n");
    assertThat(typed("EMP-12\n").run("redact", "--rules", "own.yaml").out())
        .isEqualTo("[REDACTED:employee]\n");
    assertThat(
            typed("EMP-12\n").environment("SPOOR_REDACTION_RULES", "own.yaml").run("redact").out())
        .isEqualTo("[REDACTED:employee]\n");
    assertThat(typed("EMP-12\n").run("redact").out()).isEqualTo("EMP-12\n");
  }

  @Test
  void wrongRulesCopyNothingAndAreAllNamed() throws IOException {
    Files.writeString(
        dir.resolve("own.yaml"),
        "rules:\n  - name: A\n    pattern: a\n  - name: b2\n    pattern: '('\n");
    Typed.Outcome outcome = typed("password=" + SECRET).run("redact", "--rules", "own.yaml");
    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err())
        .contains("--rules", "own.yaml line 2: rule 1: name is 'A'", "line 5: rule ")
        .doesNotContain("\tat ");
    assertThat(typed("").run("redact", "--rules", "none.yaml").exitCode()).isEqualTo(2);
  }
}
