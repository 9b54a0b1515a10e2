package dev.spoor.store.elastic;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads what Elasticsearch answers, to the end and item by item. Whatever is not as expected is an
 * {@link UnreadableReplyException}, never a success.
 */
final class Replies {
  /** Records may be {@code Json.MAX_DEPTH} deep, and an answer wraps them. */
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(200)
                  .maxStringLength(100_000_000)
                  .build())
          .build();

  private static final JsonMapper MAPPER = JsonMapper.builder(FACTORY).build();

  /** For a value within an answer. */
  private static final JsonMapper PART =
      JsonMapper.builder(FACTORY).disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private Replies() {}

  /**
   * What became of one item of a bulk request.
   *
   * @param errorType null if it was done
   */
  record Item(int status, @Nullable String errorType, String reason) {}

  /**
   * A found document.
   *
   * @param source byte for byte as it was sent
   * @param sort its place in the order
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared; copies cost.
  record Found(byte[] source, JsonNode sort) {}

  static JsonNode tree(byte[] reply) throws UnreadableReplyException {
    try {
      return MAPPER.readTree(reply);
    } catch (JacksonException notJson) {
      throw new UnreadableReplyException("an answer that is not JSON", notJson);
    }
  }

  /**
   * @param expected how many items were sent
   */
  static List<Item> items(byte[] reply, int expected) throws UnreadableReplyException {
    List<Item> items = new ArrayList<>(expected);
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), reply)) {
      expect(parser.nextToken() == JsonToken.START_OBJECT);
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (name.equals("items")) {
          expect(value == JsonToken.START_ARRAY);
          while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(item(parser));
          }
        } else {
          parser.skipChildren();
        }
      }
      expect(parser.currentToken() == JsonToken.END_OBJECT);
      expect(parser.nextToken() == null);
    } catch (JacksonException notJson) {
      throw new UnreadableReplyException("an answer that is not JSON, or not all of it", notJson);
    }
    if (items.size() != expected) {
      throw new UnreadableReplyException(
          "an answer for " + items.size() + " of " + expected + " records", null);
    }
    return items;
  }

  private static Item item(JsonParser parser) throws UnreadableReplyException {
    // {"create": {"status": 201, "error": {"type": …, "reason": …}}}
    expect(parser.currentToken() == JsonToken.START_OBJECT);
    expect(parser.nextToken() == JsonToken.PROPERTY_NAME);
    expect(parser.nextToken() == JsonToken.START_OBJECT);
    int status = 0;
    String type = null;
    String reason = "";
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      if (name.equals("status") && value == JsonToken.VALUE_NUMBER_INT) {
        status = parser.getIntValue();
      } else if (name.equals("error") && value == JsonToken.START_OBJECT) {
        type = "unknown";
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
          String detail = parser.currentName();
          JsonToken inner = parser.nextToken();
          if (detail.equals("type") && inner == JsonToken.VALUE_STRING) {
            type = parser.getString();
          } else if (detail.equals("reason") && inner == JsonToken.VALUE_STRING) {
            reason = parser.getString();
          } else {
            parser.skipChildren();
          }
        }
      } else {
        parser.skipChildren();
      }
    }
    expect(parser.currentToken() == JsonToken.END_OBJECT);
    expect(parser.nextToken() == JsonToken.END_OBJECT);
    expect(status != 0);
    expect((status < 300) == (type == null));
    return new Item(status, type, reason);
  }

  /**
   * The hits of a search.
   *
   * @throws SearchFailedException if it is the answer to a search that was not done completely
   */
  static List<Found> hits(byte[] reply) throws IOException {
    List<Found> found = new ArrayList<>();
    boolean hits = false;
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), reply)) {
      expect(parser.nextToken() == JsonToken.START_OBJECT);
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        switch (name) {
          case "hits" -> {
            expect(value == JsonToken.START_OBJECT);
            hits = true;
            readHits(parser, reply, found);
          }
          case "timed_out" -> {
            if (value == JsonToken.VALUE_TRUE) {
              throw new SearchFailedException(true, "the search took too long");
            }
          }
          case "_shards" -> {
            JsonNode shards = PART.readTree(parser);
            if (shards.path("failed").asInt(0) > 0) {
              throw new SearchFailedException(false, "a part of the indices does not answer");
            }
          }
          default -> parser.skipChildren();
        }
      }
      expect(parser.currentToken() == JsonToken.END_OBJECT);
      expect(hits);
    } catch (JacksonException notJson) {
      throw new UnreadableReplyException("an answer that is not JSON, or not all of it", notJson);
    }
    return found;
  }

  private static void readHits(JsonParser parser, byte[] reply, List<Found> found)
      throws UnreadableReplyException {
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      if (!name.equals("hits")) {
        parser.skipChildren();
        continue;
      }
      expect(value == JsonToken.START_ARRAY);
      while (parser.nextToken() == JsonToken.START_OBJECT) {
        found.add(hit(parser, reply));
      }
      expect(parser.currentToken() == JsonToken.END_ARRAY);
    }
    expect(parser.currentToken() == JsonToken.END_OBJECT);
  }

  private static Found hit(JsonParser parser, byte[] reply) throws UnreadableReplyException {
    byte[] source = null;
    JsonNode sort = null;
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      switch (name) {
        case "_source" -> {
          expect(value == JsonToken.START_OBJECT);
          int from = (int) parser.currentTokenLocation().getByteOffset();
          parser.skipChildren();
          int to = (int) parser.currentTokenLocation().getByteOffset() + 1;
          source = Arrays.copyOfRange(reply, from, to);
        }
        case "sort" -> sort = PART.readTree(parser);
        default -> parser.skipChildren();
      }
    }
    expect(parser.currentToken() == JsonToken.END_OBJECT);
    if (source == null || sort == null) {
      throw new UnreadableReplyException("a hit without its document", null);
    }
    return new Found(source, sort);
  }

  /** What is wrong, for people, from the body of an answer that is no success. */
  static String reason(int status, byte[] reply) {
    try {
      JsonNode error = MAPPER.readTree(reply).path("error");
      String type = error.path("type").asString("");
      if (!type.isEmpty()) {
        JsonNode cause = error;
        while (cause.has("caused_by")) {
          cause = cause.path("caused_by");
        }
        return status + " " + type + ": " + cause.path("reason").asString("");
      }
    } catch (JacksonException notJson) {
      return Integer.toString(status);
    }
    return Integer.toString(status);
  }

  private static void expect(boolean asExpected) throws UnreadableReplyException {
    if (!asExpected) {
      throw new UnreadableReplyException("an answer that cannot be understood", null);
    }
  }
}
