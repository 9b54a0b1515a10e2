package dev.spoor.store.elastic;

import dev.spoor.contract.wire.Json;
import dev.spoor.store.query.FieldType;
import dev.spoor.store.query.Vocabulary;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Objects;
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

  /** Where the progress is kept: one small index, found by nobody who looks for records. */
  static byte[] progressIndex() {
    return Json.write(
        Map.of(
            "settings",
            Map.of(
                "index",
                Map.of("number_of_shards", 1, "auto_expand_replicas", "0-1", "hidden", true)),
            "mappings",
            Map.of(
                "dynamic",
                false,
                "properties",
                Map.of(
                    Progress.PARTITION,
                    Map.of("type", "keyword"),
                    Progress.KIND,
                    Map.of("type", "keyword"),
                    Progress.NAME,
                    Map.of("type", "keyword")))));
  }

  /** Where summaries are kept, in one index too. */
  static byte[] summariesIndex() {
    return Json.write(
        Map.of(
            "settings",
            Map.of(
                "index",
                Map.of("number_of_shards", 1, "auto_expand_replicas", "0-1", "hidden", true)),
            "mappings",
            Map.of(
                "dynamic",
                false,
                "properties",
                Map.of(
                    Summaries.PARTITION,
                    Map.of("type", "keyword"),
                    Summaries.SPAN,
                    Map.of("type", "keyword"),
                    Summaries.START,
                    Map.of("type", "long"),
                    Versioned.COMMIT,
                    Map.of("type", "long")))));
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
