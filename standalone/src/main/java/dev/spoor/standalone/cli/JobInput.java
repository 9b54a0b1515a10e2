package dev.spoor.standalone.cli;

import dev.spoor.contract.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The body of a submit, from what was typed. */
final class JobInput {
  private JobInput() {}

  /**
   * @param input JSON, {@code @} and a file's name, or {@code @-} for standard input; null for an
   *     empty object
   */
  static ObjectNode body(String flow, @Nullable String input, Surroundings surroundings) {
    ObjectNode body = Json.mapper().createObjectNode();
    body.put("flow", flow);
    body.set("input", input == null ? Json.mapper().createObjectNode() : read(input, surroundings));
    return body;
  }

  static void labels(ObjectNode body, Map<String, String> labels) {
    if (!labels.isEmpty()) {
      ObjectNode node = body.putObject("labels");
      labels.forEach(node::put);
    }
  }

  private static JsonNode read(String input, Surroundings surroundings) {
    String where = "--input";
    byte[] json;
    try {
      if (input.equals("@-")) {
        where = "standard input";
        json = surroundings.input().readAllBytes();
      } else if (input.startsWith("@")) {
        Path file = surroundings.directory().resolve(input.substring(1));
        where = file.toString();
        json = Files.readAllBytes(file);
      } else {
        json = input.getBytes(StandardCharsets.UTF_8);
      }
    } catch (NoSuchFileException missing) {
      throw CliException.wrongUse("there is no file " + where);
    } catch (IOException unreadable) {
      throw CliException.wrongUse(where + " cannot be read: " + unreadable.getMessage());
    }
    try {
      return Json.tree(json);
    } catch (JacksonException notJson) {
      throw CliException.wrongUse(
          where + " is not JSON: " + firstLine(notJson.getOriginalMessage()) + at(notJson));
    }
  }

  private static String at(JacksonException fault) {
    return fault.getLocation() == null
        ? ""
        : " (line %d, column %d)"
            .formatted(fault.getLocation().getLineNr(), fault.getLocation().getColumnNr());
  }

  private static String firstLine(@Nullable String text) {
    return text == null ? "" : text.lines().findFirst().orElse("");
  }
}
