package dev.spoor.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RulesCommandTest {
  @TempDir private Path dir;

  private Typed.Outcome rules(String... arguments) {
    String[] all = new String[arguments.length + 1];
    all[0] = "rules";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return new Typed(dir).run(all);
  }

  @Test
  void checksAFileAndTellsAllFaultsWithTheirLines() throws IOException {
    Files.writeString(
        dir.resolve("bad.yaml"), "disabled: [Nothing]\nrules:\n  - name: A\n    for: ever\n");
    Typed.Outcome bad = rules("check", "bad.yaml");
    assertThat(bad.exitCode()).isEqualTo(1);
    assertThat(bad.out().lines())
        .contains(
            "bad.yaml:3: /rules/0/metric: is missing",
            "bad.yaml:4: /rules/0/for: is 'ever', expected a duration such as 30s or 5m")
        .anyMatch(line -> line.startsWith("bad.yaml:1: /disabled: names Nothing"));
    Files.writeString(dir.resolve("good.yaml"), "disabled: [CostBudget]\n");
    Typed.Outcome good = rules("check", "good.yaml");
    assertThat(good.exitCode()).isZero();
    assertThat(good.out())
        .isEqualTo("good.yaml is right: 0 rules of its own, 1 taken out, 10 in all\n");
  }

  @Test
  void aFileThatIsNotThereIsWrongUse() {
    Typed.Outcome outcome = rules("check", "none.yaml");
    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.err()).isEqualTo("spoor: none.yaml is no file in UTF-8 that can be read.\n");
    assertThat(rules().exitCode()).isEqualTo(2);
    assertThat(rules("chekc", "x").exitCode()).isEqualTo(2);
    assertThat(rules("--help").exitCode()).isZero();
  }

  @Test
  void runsTestsAgainstTheRulesBesideThem() throws IOException {
    Files.createDirectory(dir.resolve("alerts"));
    Files.writeString(
        dir.resolve("alerts/rules.yaml"),
        """
        rules:
          - name: Slow
            metric: {quantile: {where: {event: tool.call.completed}, field: duration_ms, quantile: 0.5}}
            window: 1m
            threshold: "> 100"
            severity: info
            summary: slow
        """);
    String tests =
        """
        rules: rules.yaml
        tests:
          - name: a slow tool
            records:
              - {every: 5s, to: 1m, record: {event: tool.call.completed, duration_ms: 200}}
            expect:
              - {at: 10s, rule: Slow, status: %s}
        """;
    Files.writeString(dir.resolve("alerts/tests.yaml"), tests.formatted("firing"));
    assertThat(rules("test", "alerts/tests.yaml").out())
        .isEqualTo("ok      a slow tool\n1 tests, 0 failed\n");
    Files.writeString(dir.resolve("alerts/tests.yaml"), tests.formatted("inactive"));
    Typed.Outcome failed = rules("test", "alerts/tests.yaml");
    assertThat(failed.exitCode()).isEqualTo(1);
    assertThat(failed.out())
        .startsWith("failed  a slow tool\n  line 7: at 10s Slow {} is firing, expected inactive");
    Files.writeString(dir.resolve("alerts/tests.yaml"), tests.formatted("on"));
    assertThat(rules("test", "alerts/tests.yaml").exitCode()).isEqualTo(2);
  }

  @Test
  void exportsTheShippedRulesAndThoseInForceForPrometheus() throws IOException {
    String shipped = rules("export").out();
    assertThat(shipped).contains("- name: HighErrorRate");
    Files.writeString(dir.resolve("shipped.yaml"), shipped);
    assertThat(rules("check", "shipped.yaml").out())
        .contains("11 rules of its own, 0 taken out, 11 in all");
    Files.writeString(dir.resolve("own.yaml"), "disabled: [HighErrorRate]\n");
    assertThat(rules("export", "--prometheus").out()).contains("- alert: HighErrorRate");
    assertThat(rules("export", "--prometheus", "--rules", "own.yaml").out())
        .contains("- alert: HighP95Latency")
        .doesNotContain("- alert: HighErrorRate");
    assertThat(
            new Typed(dir)
                .environment("SPOOR_ALERTS_RULES_FILE", dir.resolve("own.yaml").toString())
                .run("rules", "export", "--prometheus")
                .out())
        .doesNotContain("- alert: HighErrorRate");
  }

  @Test
  void replaysWhatAServerHasStored() {
    try (FakeServer server = new FakeServer()) {
      StringBuilder records = new StringBuilder();
      for (int second = 0; second < 300; second += 10) {
        records
            .append(second == 0 ? "" : ",")
            .append("{'timestamp':'2026-01-02T03:0%d:%02dZ',".formatted(second / 60, second % 60))
            .append("'event':'runtime.sample','instance':'w-1','memory_ratio':0.93}");
      }
      String half = records.toString();
      server.on("GET /v1/logs", 200, "{'records':[%s],'next_cursor':'c1'}".formatted(half));
      server.on("GET /v1/logs", 200, "{'records':[]}");
      Typed.Outcome outcome =
          new Typed(dir)
              .environment("SPOOR_SERVER", server.url().toString())
              .run(
                  "rules",
                  "replay",
                  "--from=2026-01-02T03:00:00Z",
                  "--to=2026-01-02T03:05:00Z",
                  "--rule=HighMemoryUsage");
      assertThat(outcome.err()).contains("1 rules over 30 records: 1 alerts");
      assertThat(outcome.out()).contains("HighMemoryUsage {instance=w-1}", "w-1 uses 93.0 %");
      assertThat(outcome.exitCode()).isEqualTo(1);
      assertThat(server.requests)
          .extracting(FakeServer.Request::uri)
          .filteredOn(uri -> uri.startsWith("/v1/logs?order=asc"))
          .hasSize(2)
          .anyMatch(uri -> uri.endsWith("&cursor=c1"));
    }
  }

  @Test
  void replayRefusesTimesAndRulesThatAreNone() {
    assertThat(rules("replay", "--from=soon").err())
        .startsWith("spoor: --from is 'soon', expected a time such as");
    assertThat(rules("replay", "--from=now", "--to=now-1h").err())
        .isEqualTo("spoor: --from is not before --to.\n");
    Typed.Outcome unknown = rules("replay", "--rule=Nothing");
    assertThat(unknown.err()).startsWith("spoor: --rule is 'Nothing', expected one of ");
    assertThat(unknown.exitCode()).isEqualTo(2);
  }
}
