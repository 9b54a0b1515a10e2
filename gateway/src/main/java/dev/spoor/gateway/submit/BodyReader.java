package dev.spoor.gateway.submit;

import dev.spoor.contract.wire.Json;
import dev.spoor.telemetry.problem.Fault;
import dev.spoor.telemetry.problem.Problem;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads JSON as RFC 8259 has it and no other way: UTF-8 without a byte order mark, one document, no
 * duplicate names, 64 levels at most. Thread-safe.
 */
public final class BodyReader {
  private static final JsonMapper MAPPER = Json.mapper();

  /** What follows the document is looked at here, to say where it is. */
  private static final ObjectReader READER =
      MAPPER.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private BodyReader() {}

  /**
   * @throws dev.spoor.telemetry.problem.ProblemException 400 that says what and where
   */
  public static JsonNode read(byte[] body) {
    String text = text(body);
    try (JsonParser parser = MAPPER.createParser(text)) {
      try {
        JsonNode document = READER.readTree(parser);
        if (document == null || document.isMissingNode()) {
          throw bad("", "the body is empty; a JSON object is expected").asException();
        }
        if (parser.nextToken() != null) {
          throw bad(
                  "", "something follows the JSON document" + where(parser.currentTokenLocation()))
              .asException();
        }
        return document;
      } catch (StreamConstraintsException e) {
        throw constraint(e, parser).asException();
      } catch (StreamReadException e) {
        throw unreadable(e, parser).asException();
      }
    } catch (JacksonException e) {
      throw bad("", "not JSON").asException();
    }
  }

  private static Problem constraint(StreamConstraintsException e, JsonParser parser) {
    // The exception's own text quotes the body; the class of fault is enough.
    String message = e.getOriginalMessage();
    if (message != null && message.contains("nesting depth")) {
      return bad("", "deeper than " + Json.MAX_DEPTH + " levels");
    }
    return bad(pointer(parser), "a number or name is too long" + where(e.getLocation()));
  }

  private static Problem unreadable(StreamReadException e, JsonParser parser) {
    String message = e.getOriginalMessage();
    if (message != null && message.startsWith("Duplicate Object property")) {
      return bad(pointer(parser), "this name is there twice" + where(e.getLocation()));
    }
    return bad("", "not JSON" + where(e.getLocation()));
  }

  private static String pointer(JsonParser parser) {
    return parser.streamReadContext().pathAsPointer().toString();
  }

  private static String where(TokenStreamLocation location) {
    if (location == null || location.getLineNr() < 1) {
      return "";
    }
    return ": line " + location.getLineNr() + ", column " + location.getColumnNr();
  }

  private static Problem bad(String pointer, String detail) {
    return Problem.of(400, "not-json", "Not well-formed JSON", detail)
        .withErrors(List.of(new Fault(pointer, detail)));
  }

  private static String text(byte[] body) {
    if (ascii(body)) {
      return new String(body, StandardCharsets.ISO_8859_1);
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    } catch (CharacterCodingException e) {
      throw bad("", "the body is not UTF-8").asException();
    }
  }

  private static boolean ascii(byte[] body) {
    for (byte b : body) {
      if (b < 0) {
        return false;
      }
    }
    return true;
  }
}
