package dev.spoor.store.elastic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.store.Searchable;
import dev.spoor.store.query.Field;
import dev.spoor.store.query.Vocabulary;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class TemplateTest {
  /** An alias has its target's unit, and this one's is another: nanoseconds in ECS. */
  private static final String OF_ANOTHER_UNIT = "event.duration";

  private final JsonNode template = Template.of("spoor-records-*").path("template");
  private final JsonNode properties = template.path("mappings").path("properties");

  @Test
  void everyFieldOfTheVocabularyIsMappedByItsTypeAndNothingElseIs() {
    Map<String, String> expected = new TreeMap<>();
    for (Field field : Vocabulary.all()) {
      expected.put(
          field.name(),
          switch (field.type()) {
            case KEYWORD -> "keyword";
            case TEXT -> "text";
            case LONG -> "long";
            case DOUBLE -> "double";
            case DATE -> "date_nanos";
            case FLAT -> "flattened";
          });
    }
    expected.put(Documents.NO, "long");
    expected.put(Documents.FLAT, "keyword");
    expected.put(Documents.PATHS, "keyword");
    Map<String, String> mapped = new TreeMap<>();
    properties
        .properties()
        .forEach(property -> {
          String type = property.getValue().path("type").asString();
          if (!type.equals("alias")) {
            mapped.put(property.getKey(), type);
          }
        });
    assertThat(mapped).isEqualTo(expected);
  }

  @Test
  void theNamesOfEcsAreAliases() {
    Map<String, String> expected = new TreeMap<>(Vocabulary.aliases());
    expected.remove(OF_ANOTHER_UNIT);
    Map<String, String> aliases = new TreeMap<>();
    properties
        .properties()
        .forEach(property -> {
          if (property.getValue().path("type").asString().equals("alias")) {
            aliases.put(property.getKey(), property.getValue().path("path").asString());
          }
        });
    assertThat(aliases).isEqualTo(expected);
  }

  @Test
  void nothingIsMappedThatNobodyHasNamed() {
    assertThat(template.path("mappings").path("dynamic").asBoolean(true)).isFalse();
    assertThat(template.path("mappings").path("subobjects").asBoolean(true)).isFalse();
    assertThat(template.path("settings").path("index").path("mode").asString())
        .isEqualTo("standard");
  }

  @Test
  void aKeywordIsAsLongAsInTheOtherStore() {
    for (Map.Entry<String, JsonNode> property : properties.properties()) {
      JsonNode longest = property.getValue().path("ignore_above");
      if (!longest.isMissingNode()) {
        assertThat(longest.asInt()).as(property.getKey()).isEqualTo(Searchable.MAX_KEYWORD);
      }
    }
  }

  @Test
  void wordsEndAtDotsAndOneValueFollowsAnother() {
    for (Field field : Vocabulary.all()) {
      if (field.type() == dev.spoor.store.query.FieldType.TEXT) {
        JsonNode text = properties.path(field.name());
        assertThat(text.path("analyzer").asString()).isEqualTo("spoor_words");
        assertThat(text.path("position_increment_gap").asInt(-1)).isZero();
      }
    }
    assertThat(template.path("settings").path("index").path("analysis").toString())
        .isEqualTo(
            "{\"char_filter\":{\"spoor_dots\":{\"type\":\"mapping\",\"mappings\":[\". =>"
                + " \\\\u0020\"]}},\"analyzer\":{\"spoor_words\":{\"type\":\"custom\","
                + "\"char_filter\":[\"spoor_dots\"],\"tokenizer\":\"standard\",\"filter\":[\"lowercase\"]}}}");
  }

  @Test
  void whereTheServerCannotSplitAtDotsTextsHaveTheirWordsBeside() {
    JsonNode minimal = Template.withoutCharacterFilter("spoor-records-*").path("template");
    assertThat(minimal.toString()).doesNotContain("char_filter");
    assertThat(minimal.path("mappings").path("properties").has(Documents.WORDS + "message"))
        .isTrue();
  }

  @Test
  void aPolicyIsNamedInTheTemplateWhereElasticsearchLooksForIt() {
    ObjectNode managed = Template.of("spoor-records-*");
    Template.manage(managed, "spoor-records");
    assertThat(managed.at("/template/settings/index/lifecycle/name").asString())
        .isEqualTo("spoor-records");
  }
}
