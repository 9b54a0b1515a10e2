package dev.spoor.system.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.alert.rule.PrometheusRules;
import dev.spoor.alert.rule.Rule;
import dev.spoor.alert.rule.RuleFile;
import dev.spoor.system.deploy.RuleGroups.Alerting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The rules that compose gives to Prometheus: whose they are, who tells of them, what to do. */
class DeployedRulesTest {
  private static final String SHIPPED = "spoor.yml";
  private static final Path ROOT = Path.of("..");

  @Test
  void theShippedOnesAreAsTheCodeWritesThem() throws IOException {
    assertThat(Files.readString(RuleGroups.DEPLOY.resolve("prometheus/rules/" + SHIPPED)))
        .as("./spoor rules export --prometheus > deploy/prometheus/rules/" + SHIPPED)
        .isEqualTo(PrometheusRules.of(RuleFile.shipped()));
  }

  @Test
  void noAlertIsToldTwice() throws IOException {
    for (Alerting rule : RuleGroups.all()) {
      assertThat(rule.isToldByPrometheus())
          .as(rule.name() + ": the shipper tells of its own rules, Prometheus of all others")
          .isEqualTo(!rule.file().equals(SHIPPED));
    }
    assertThat(RuleGroups.all()).extracting(Alerting::name).doesNotHaveDuplicates();
    JsonNode alerting =
        RuleGroups.yaml(RuleGroups.DEPLOY.resolve("prometheus/prometheus.yml")).path("alerting");
    assertThat(alerting.path("alertmanagers").isEmpty()).isFalse();
    assertThat(alerting.path("alert_relabel_configs").toString())
        .isEqualTo(
            "[{\"source_labels\":[\"told_by\"],\"regex\":\"prometheus\",\"action\":\"keep\"}]");
  }

  @Test
  void everyAlertHasARunbookAndEveryRunbookAnAlert() throws IOException {
    Set<String> linked = new TreeSet<>();
    RuleGroups.all().forEach(rule -> linked.add(rule.runbook()));
    RuleFile.shipped().all().stream().map(Rule::runbook).forEach(linked::add);
    for (String runbook : linked) {
      assertThat(ROOT.resolve(runbook)).as("runbook '%s'", runbook).isRegularFile();
    }
    try (Stream<Path> pages = Files.list(ROOT.resolve("docs/runbooks"))) {
      assertThat(pages.map(page -> "docs/runbooks/" + page.getFileName()))
          .containsExactlyInAnyOrderElementsOf(linked);
    }
  }

  @Test
  void aRunbookNamesItsAlert() throws IOException {
    List<Alerting> rules = RuleGroups.all();
    for (String runbook : rules.stream().map(Alerting::runbook).collect(Collectors.toSet())) {
      String title = Files.readAllLines(ROOT.resolve(runbook)).getFirst();
      assertThat(List.of(title.substring(2).split(", ", -1)))
          .as(runbook)
          .containsExactlyInAnyOrderElementsOf(
              rules.stream()
                  .filter(rule -> rule.runbook().equals(runbook))
                  .map(Alerting::name)
                  .toList());
    }
  }
}
