package dev.spoor.system.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.wire.Json;
import dev.spoor.system.dashboards.Dashboard;
import dev.spoor.system.dashboards.Dashboards;
import dev.spoor.system.dashboards.GrafanaJson;
import dev.spoor.system.dashboards.WriteDashboards;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The files of the dashboards are as the program writes them, and hang together. */
class DashboardsTest {
  private static final Path FILES = RuleGroups.DEPLOY.resolve("grafana/dashboards");

  @Test
  void theFilesAreAsTheProgramWritesThem() throws IOException {
    for (Dashboard dashboard : Dashboards.all()) {
      assertThat(Files.readString(WriteDashboards.fileOf(RuleGroups.DEPLOY, dashboard)))
          .as("system-tests/write-dashboards")
          .isEqualTo(GrafanaJson.of(dashboard));
    }
    try (Stream<Path> files = Files.list(FILES)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(
              Dashboards.all().stream().map(dashboard -> dashboard.uid() + ".json").toList());
    }
  }

  @Test
  void everyPanelHasItsDataSourceItsPlaceAndItsWords() {
    for (Dashboard dashboard : Dashboards.all()) {
      JsonNode json = json(dashboard);
      Set<Integer> ids = new HashSet<>();
      Set<String> cells = new HashSet<>();
      for (JsonNode panel : json.path("panels")) {
        String name = dashboard.title() + " / " + panel.path("title").asString();
        assertThat(ids.add(panel.path("id").asInt())).as(name).isTrue();
        JsonNode place = panel.path("gridPos");
        assertThat(place.path("x").asInt() + place.path("w").asInt())
            .as(name)
            .isLessThanOrEqualTo(24);
        for (int x = 0; x < place.path("w").asInt(); x++) {
          for (int y = 0; y < place.path("h").asInt(); y++) {
            assertThat(
                    cells.add((place.path("x").asInt() + x) + "," + (place.path("y").asInt() + y)))
                .as(name + " lies on another")
                .isTrue();
          }
        }
        if (!panel.path("type").asString().equals("row")) {
          assertThat(panel.path("description").asString()).as(name).isNotBlank();
          assertThat(panel.path("targets").isEmpty()).as(name).isFalse();
          assertThat(panel.path("datasource").path("uid").asString())
              .isEqualTo(GrafanaJson.DATA_SOURCE);
        }
      }
    }
  }

  /** A label in a legend that the expression aggregates away would be shown as it is written. */
  @Test
  void aLegendNamesOnlyLabelsThatAreKept() {
    Pattern label = Pattern.compile("\\{\\{(\\w+)}}");
    for (Dashboard dashboard : Dashboards.all()) {
      for (Dashboard.Row row : dashboard.rows()) {
        for (Dashboard.Panel panel : row.panels()) {
          for (Dashboard.Query query : panel.queries()) {
            label
                .matcher(query.legend())
                .results()
                .forEach(match ->
                    assertThat(query.expression())
                        .as(panel.title())
                        .containsPattern("by \\([^)]*\\b" + match.group(1) + "\\b[^)]*\\)"));
          }
        }
      }
    }
  }

  @Test
  void whatIsProvisionedIsWhatTheDashboardsName() throws IOException {
    JsonNode sources =
        RuleGroups.yaml(RuleGroups.DEPLOY.resolve("grafana/datasources/prometheus.yml"));
    assertThat(sources.path("datasources").get(0).path("uid").asString())
        .isEqualTo(GrafanaJson.DATA_SOURCE);
    assertThat(sources.path("datasources").get(0).path("jsonData").path("timeInterval").asString())
        .isEqualTo(
            RuleGroups.yaml(RuleGroups.DEPLOY.resolve("prometheus/prometheus.yml"))
                .path("global")
                .path("scrape_interval")
                .asString());
    JsonNode grafana =
        RuleGroups.yaml(Path.of("..", "docker-compose.yml")).path("services").path("grafana");
    String mounted =
        RuleGroups.yaml(RuleGroups.DEPLOY.resolve("grafana/providers/spoor.yml"))
            .path("providers")
            .get(0)
            .path("options")
            .path("path")
            .asString();
    assertThat(grafana.path("volumes").toString())
        .contains("./deploy/grafana/dashboards:" + mounted + ":ro");
    String home =
        grafana.path("environment").path("GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH").asString();
    assertThat(home).startsWith(mounted + "/");
    assertThat(FILES.resolve(home.substring(mounted.length() + 1))).isRegularFile();
  }

  private static JsonNode json(Dashboard dashboard) {
    return Json.tree(GrafanaJson.of(dashboard).getBytes(StandardCharsets.UTF_8));
  }
}
