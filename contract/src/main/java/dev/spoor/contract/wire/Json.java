package dev.spoor.contract.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/**
 * The one JSON codec of everything that travels: snake_case, RFC 3339 times, ISO-8601 durations,
 * absent instead of null. Unknown fields are ignored, so that a reader one version behind tolerates
 * a writer one ahead. Thread-safe.
 */
public final class Json {
  /** Deeper documents are refused. */
  public static final int MAX_DEPTH = 64;

  private static final JsonMapper MAPPER = builder().build();

  private Json() {}

  /** A mapper with the same rules, to be extended. */
  public static JsonMapper.Builder builder() {
    return builder(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build());
  }

  /**
   * A mapper with the same rules that stops reading where a document has more tokens: names,
   * values, and ends of objects and arrays.
   */
  public static JsonMapper ofAtMost(int tokens) {
    return builder(
            StreamReadConstraints.builder()
                .maxNestingDepth(MAX_DEPTH)
                .maxTokenCount(tokens)
                .build())
        .build();
  }

  private static JsonMapper.Builder builder(StreamReadConstraints constraints) {
    return JsonMapper.builder(
            JsonFactory.builder()
                .streamReadConstraints(constraints)
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build())
        .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
        .changeDefaultPropertyInclusion(
            include -> include.withValueInclusion(JsonInclude.Include.NON_NULL))
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  }

  public static JsonMapper mapper() {
    return MAPPER;
  }

  public static byte[] write(Object value) {
    return MAPPER.writeValueAsBytes(value);
  }

  /**
   * @throws JacksonException if the bytes are not JSON or do not fit the type
   */
  public static <T> T read(byte[] bytes, Class<T> type) {
    return MAPPER.readValue(bytes, type);
  }

  /**
   * @throws JacksonException if the bytes are not JSON
   */
  public static JsonNode tree(byte[] bytes) {
    return MAPPER.readTree(bytes);
  }
}
