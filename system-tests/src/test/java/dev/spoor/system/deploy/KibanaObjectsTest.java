package dev.spoor.system.deploy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.wire.Json;
import dev.spoor.store.query.Vocabulary;
import dev.spoor.system.dashboards.Kibana;
import dev.spoor.system.dashboards.KibanaNdjson;
import dev.spoor.system.dashboards.KibanaObject;
import dev.spoor.system.dashboards.WriteDashboards;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Kibana's objects are as the program writes them, and hang together. */
class KibanaObjectsTest {
  /** The forms that what we say needs; a newer Kibana brings them up to its own. */
  private static final Map<String, String> VERSIONS =
      Map.of("index-pattern", "8.0.0", "search", "10.5.0", "lens", "8.9.0", "dashboard", "10.2.0");

  @Test
  void theFileIsAsTheProgramWritesIt() throws IOException {
    assertThat(Files.readString(WriteDashboards.kibanaFileOf(RuleGroups.DEPLOY)))
        .as("system-tests/write-dashboards")
        .isEqualTo(KibanaNdjson.all());
  }

  @Test
  void everyReferenceLeadsToAnObjectOfTheFile() {
    Set<String> there = new HashSet<>();
    for (JsonNode object : objects()) {
      assertThat(there.add(object.path("type").asString() + " " + object.path("id").asString()))
          .as("twice: " + object.path("id"))
          .isTrue();
    }
    for (JsonNode object : objects()) {
      for (JsonNode reference : object.path("references")) {
        assertThat(there)
            .as(object.path("id").asString())
            .contains(reference.path("type").asString() + " " + reference.path("id").asString());
      }
    }
  }

  /** And each reference is used: a panel whose reference has another name is an empty frame. */
  @Test
  void everyReferenceIsCalledByItsName() {
    for (JsonNode object : objects()) {
      Set<String> called = new TreeSet<>();
      JsonNode attributes = object.path("attributes");
      switch (object.path("type").asString()) {
        case "search" ->
            called.add(
                inner(attributes.path("kibanaSavedObjectMeta").path("searchSourceJSON"))
                    .path("indexRefName")
                    .asString());
        case "lens" ->
            attributes
                .path("state")
                .path("datasourceStates")
                .path("formBased")
                .path("layers")
                .propertyNames()
                .forEach(layer -> called.add("indexpattern-datasource-layer-" + layer));
        case "dashboard" ->
            inner(attributes.path("panelsJSON"))
                .forEach(panel ->
                    called.add(
                        panel.path("panelIndex").asString()
                            + ":"
                            + panel.path("panelRefName").asString()));
        default -> assertThat(object.path("references").isEmpty()).isTrue();
      }
      Set<String> given = new TreeSet<>();
      object.path("references").forEach(each -> given.add(each.path("name").asString()));
      assertThat(given).as(object.path("id").asString()).isEqualTo(called);
    }
  }

  @Test
  void theVersionsArePinned() {
    for (JsonNode object : objects()) {
      assertThat(object.path("coreMigrationVersion").asString()).isEqualTo("8.8.0");
      assertThat(object.path("typeMigrationVersion").asString())
          .isEqualTo(VERSIONS.get(object.path("type").asString()));
    }
  }

  @Test
  void aChartShowsColumnsThatItsLayerHas() {
    for (JsonNode object : objects()) {
      JsonNode state = object.path("attributes").path("state");
      JsonNode layer =
          state.path("datasourceStates").path("formBased").path("layers").path("layer");
      Set<String> columns = new TreeSet<>(layer.path("columns").propertyNames());
      Set<String> shown = new TreeSet<>();
      JsonNode visualization = state.path("visualization");
      visualization.path("columns").forEach(each -> shown.add(each.path("columnId").asString()));
      for (JsonNode plotted : visualization.path("layers")) {
        shown.add(plotted.path("xAccessor").asString());
        plotted.path("accessors").forEach(each -> shown.add(each.asString()));
        if (plotted.has("splitAccessor")) {
          shown.add(plotted.path("splitAccessor").asString());
        }
      }
      assertThat(shown).as(object.path("id").asString()).isEqualTo(columns);
    }
  }

  @Test
  void panelsDoNotLieOnEachOther() {
    JsonNode dashboard = objects().getLast();
    Set<String> cells = new HashSet<>();
    JsonNode panels = inner(dashboard.path("attributes").path("panelsJSON"));
    assertThat(panels).hasSize(Kibana.charts().size());
    for (JsonNode panel : panels) {
      JsonNode place = panel.path("gridData");
      assertThat(place.path("x").asInt() + place.path("w").asInt()).isLessThanOrEqualTo(48);
      for (int x = 0; x < place.path("w").asInt(); x++) {
        for (int y = 0; y < place.path("h").asInt(); y++) {
          assertThat(cells.add((place.path("x").asInt() + x) + "," + (place.path("y").asInt() + y)))
              .as(panel.path("title").asString())
              .isTrue();
        }
      }
    }
  }

  @Test
  void everyFieldIsInTheVocabulary() {
    Stream.<KibanaObject>concat(Kibana.searches().stream(), Kibana.charts().stream())
        .forEach(object ->
            assertThat(object.fields())
                .as(object.title())
                .isNotEmpty()
                .allMatch(field -> Vocabulary.typeOf(field) != null));
  }

  private static List<JsonNode> objects() {
    return KibanaNdjson.all().lines().map(line -> Json.tree(line.getBytes(UTF_8))).toList();
  }

  /** JSON in a string, as Kibana keeps some of its attributes. */
  private static JsonNode inner(JsonNode text) {
    return Json.tree(text.asString().getBytes(UTF_8));
  }
}
