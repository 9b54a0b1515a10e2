package dev.spoor.telemetry.redaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserRulesTest {
  @TempDir private Path dir;

  private UserRules read(String yaml, List<String> problems) throws IOException {
    Path file = dir.resolve("rules.yaml");
    Files.writeString(file, yaml);
    return UserRules.read(file, "SPOOR_REDACTION_RULES", problems);
  }

  @Test
  void ownRulesHitBesideTheBuiltInOnes() throws IOException {
    List<String> problems = new ArrayList<>();
    UserRules rules =
        read(
            """
            rules:
              - name: employee
                pattern: 'EMP-[0-9]{6}'
              - name: case_number
                pattern: '(?i)case no\\.? *([a-z0-9]+)'
                group: 1
            """,
            problems);
    assertThat(problems).isEmpty();
    RuleRedactor redactor = new RuleRedactor(rules);
    String redacted = redactor.redact("EMP-123456 of Case No. ab12, password=hunter2Zq9");
    assertThat(redacted)
        .isEqualTo(
            "[REDACTED:employee] of Case No. [REDACTED:case_number], password=[REDACTED:password]");
    assertThat(redactor.redact(redacted)).isEqualTo(redacted);
    assertThat(redactor.redact("{\"n\":\"EMP-123456\",\"m\":1}"))
        .isEqualTo("{\"n\":\"[REDACTED:employee]\",\"m\":1}");
  }

  @Test
  void everyFaultIsNamedWithLineValueAndExpectation() throws IOException {
    List<String> problems = new ArrayList<>();
    read(
        """
        rules:
          - name: Bad Name
            pattern: 'a('
          - name: ok_name
            pattern: '(?=look)ahead'
          - name: ok_name
            pattern: 'x*'
            group: 3
          - pattern: 'a+'
            colour: red
          - name: back
            pattern: '(a)\\1'
          - just text
          - name: far
            pattern: 'a(b)'
            group: 2
        """,
        problems);
    assertThat(problems)
        .allMatch(
            problem -> problem.startsWith("SPOOR_REDACTION_RULES " + dir + "/rules.yaml line "));
    assertThat(problems.stream().map(problem -> problem.replaceAll("^.* line ", "")).toList())
        .containsExactly(
            "2: rule 1: name is 'Bad Name', expected 2 to 40 lower-case letters, digits and _, a"
                + " letter first",
            "3: rule 1: pattern is 'a(', expected the syntax of RE2: missing closing )",
            "5: rule 2: pattern is '(?=look)ahead', expected the syntax of RE2: invalid or"
                + " unsupported Perl syntax",
            "6: rule 3: name is 'ok_name', which another rule has",
            "7: rule 3: pattern is 'x*', expected one that does not match an empty text",
            "10: rule 4 has 'colour', expected name, pattern or group",
            "9: rule 4 has no name",
            "12: rule 5: pattern is '(a)\\1', expected the syntax of RE2: invalid escape sequence",
            "13: rule 6: expected name, pattern and optionally group",
            "16: rule 7: group is '2', expected a number from 0 to 1, the groups of its pattern");
  }

  @Test
  void aFileThatIsNoneOrNoYamlIsNamed() throws IOException {
    List<String> problems = new ArrayList<>();
    UserRules.read(dir.resolve("none.yaml"), "--rules", problems);
    read("rules: [", problems);
    read("", problems);
    read("rules:\n  - name: a\nother: b\n", problems);
    assertThat(problems).hasSize(4);
    assertThat(problems.get(0)).contains("--rules is '").contains("there is none of that name");
    assertThat(problems.get(1)).contains("line 1 is no YAML");
    assertThat(problems.get(2)).contains("expected 'rules:' with a list of rules");
    assertThat(problems.get(3)).contains("expected 'rules:' with a list of rules");
  }

  @Test
  void manyMatchesWithAFarLookAheadAreNotQuadratic() throws IOException {
    UserRules rules = read("rules:\n  - name: far\n    pattern: 'a(.*b)?'\n", new ArrayList<>());
    RuleRedactor redactor = new RuleRedactor(rules);
    long start = System.nanoTime();
    // One search reads to the end; each of the 96,000 would.
    assertThat(redactor.redact("a".repeat(96_000))).isEqualTo("[REDACTED:redaction_failed]");
    assertThat(System.nanoTime() - start).isLessThan(5_000_000_000L);
    assertThat(redactor.redact("abba"))
        .isEqualTo("[REDACTED:far]a".replace("]a", "][REDACTED:far]"));
  }
}
