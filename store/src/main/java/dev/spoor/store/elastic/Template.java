package dev.spoor.store.elastic;

import dev.spoor.contract.wire.Json;
import dev.spoor.store.query.FieldType;
import dev.spoor.store.query.Vocabulary;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The index template of the days: {@code records-template.json}. Its names are those of the
 * vocabulary, its aliases those that people know from ECS; whatever else a record has is in {@link
 * Documents#FLAT} and {@link Documents#PATHS}.
 *
 * <p>{@code subobjects: false} takes names with dots as they are, so that {@code error} can be a
 * text and {@code error.type} another field's alias.
 */
final class Template {
  private static final String RESOURCE = "records-template.json";

  private Template() {}

  /** The template, for indices whose names begin so. */
  static ObjectNode of(String recordsPattern) {
    ObjectNode template = read();
    template.putArray("index_patterns").add(recordsPattern);
    return template;
  }

  /**
   * The same for a server without the {@code mapping} character filter, which is a part of every
   * distribution but the minimal one. There the words of texts are indexed a second time, with the
   * dots taken out by us.
   */
  static ObjectNode withoutCharacterFilter(String recordsPattern) {
    ObjectNode template = of(recordsPattern);
    ObjectNode inner = (ObjectNode) template.path("template");
    ObjectNode analysis = (ObjectNode) inner.path("settings").path("index").path("analysis");
    analysis.remove("char_filter");
    ((ObjectNode) analysis.path("analyzer").path("spoor_words")).remove("char_filter");
    ObjectNode properties = (ObjectNode) inner.path("mappings").path("properties");
    for (var field : Vocabulary.all()) {
      if (field.type() == FieldType.TEXT) {
        properties.set(Documents.WORDS + field.name(), properties.path(field.name()).deepCopy());
      }
    }
    return template;
  }

  /** Leaves what becomes of old indices to a policy of the cluster. */
  static void manage(ObjectNode template, String policy) {
    ObjectNode index = (ObjectNode) template.path("template").path("settings").path("index");
    index.putObject("lifecycle").put("name", policy);
  }

  /** Where the progress is kept: one small index, found by nobody who looks for records. */
  static byte[] progressIndex() {
    return ownIndex(
        Map.of(Progress.PARTITION, "keyword", Progress.KIND, "keyword", Progress.NAME, "keyword"));
  }

  /** Where summaries are kept, in one index too. */
  static byte[] summariesIndex() {
    return ownIndex(
        Map.of(
            Summaries.PARTITION,
            "keyword",
            Summaries.SPAN,
            "keyword",
            Summaries.START,
            "long",
            Versioned.COMMIT,
            "long"));
  }

  /**
   * @param types of the fields that can be searched by
   */
  private static byte[] ownIndex(Map<String, String> types) {
    Map<String, Object> properties = new TreeMap<>();
    types.forEach((field, type) -> properties.put(field, Map.of("type", type)));
    return Json.write(
        Map.of(
            "settings",
            Map.of(
                "index",
                Map.of("number_of_shards", 1, "auto_expand_replicas", "0-1", "hidden", true)),
            "mappings",
            Map.of("dynamic", false, "properties", properties)));
  }

  private static ObjectNode read() {
    try (InputStream in =
        Objects.requireNonNull(Template.class.getResourceAsStream(RESOURCE), RESOURCE)) {
      JsonNode read = Json.tree(in.readAllBytes());
      return (ObjectNode) read;
    } catch (IOException unreadable) {
      throw new IllegalStateException(RESOURCE + " is not in the jar", unreadable);
    }
  }
}
