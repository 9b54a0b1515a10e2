package dev.spoor.telemetry.logging;

import dev.spoor.contract.telemetry.Events;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Json;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * A record for people: what happened on one line, what it was about behind it, an exception below.
 * Made from the JSON, so that it has the same facts and nothing unredacted; a forged line break in
 * a message stays visible as one.
 */
final class TextLine {
  private static final String RESET = "\u001B[0m";
  private static final String DIM = "\u001B[2m";

  /** Shown in the line itself, or the same in every line. */
  private static final Set<String> SHOWN =
      Set.of(
          Fields.TIMESTAMP,
          Fields.LEVEL,
          Fields.MESSAGE,
          Fields.LOGGER,
          Fields.THREAD,
          Fields.SERVICE,
          Fields.INSTANCE,
          Fields.VERSION,
          Fields.ENVIRONMENT,
          Fields.MODULE,
          Fields.SOURCE,
          Fields.EXCEPTION);

  private final boolean colour;

  TextLine(boolean colour) {
    this.colour = colour;
  }

  String of(byte[] record) {
    JsonNode fields = Json.tree(record);
    StringBuilder line = new StringBuilder(256);
    String level = fields.path(Fields.LEVEL).asString("");
    line.append(fields.path(Fields.TIMESTAMP).asString("")).append(' ');
    paint(line, colourOf(level), "%-7s".formatted(level));
    line.append(' ');
    paint(
        line,
        DIM,
        fields.path(Fields.SERVICE).asString("")
            + " ["
            + visible(fields.path(Fields.THREAD).asString("-"))
            + "] "
            + visible(fields.path(Fields.LOGGER).asString("-")));
    line.append(": ").append(visible(fields.path(Fields.MESSAGE).asString("")));
    for (Map.Entry<String, JsonNode> field : fields.properties()) {
      String name = field.getKey();
      if (SHOWN.contains(name)
          || (name.equals(Fields.EVENT) && Events.LOG.equals(field.getValue().asString("")))) {
        continue;
      }
      line.append(' ');
      paint(line, DIM, visible(name) + "=");
      line.append(value(field.getValue()));
    }
    line.append('\n');
    String exception = fields.path(Fields.EXCEPTION).asString("");
    exception.lines().forEach(part -> line.append("    ").append(visible(part)).append('\n'));
    return line.toString();
  }

  private static String value(JsonNode value) {
    if (!value.isString()) {
      return value.toString();
    }
    String text = visible(value.asString());
    boolean plain = !text.isEmpty();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      plain &= c > ' ' && c != '"' && c != '=';
    }
    return plain ? text : '"' + text.replace("\"", "\\\"") + '"';
  }

  /** Control characters as escapes; they could forge a line or drive a terminal. */
  private static String visible(String text) {
    StringBuilder out = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean bad =
          (c < ' ' && c != '\t')
              || (c >= 0x7F && c < 0xA0)
              || c == '\u2028'
              || c == '\u2029'
              || (c >= '\u202A' && c <= '\u202E')
              || (c >= '\u2066' && c <= '\u2069');
      if (bad && out == null) {
        out = new StringBuilder(text.length() + 16).append(text, 0, i);
      }
      if (out != null) {
        if (!bad) {
          out.append(c);
        } else if (c == '\n') {
          out.append("\\n");
        } else if (c == '\r') {
          out.append("\\r");
        } else {
          out.append("\\u%04x".formatted((int) c));
        }
      }
    }
    return out == null ? text : out.toString();
  }

  private void paint(StringBuilder line, String with, String text) {
    if (colour) {
      line.append(with).append(text).append(RESET);
    } else {
      line.append(text);
    }
  }

  private static String colourOf(String level) {
    return switch (level) {
      case "ERROR" -> "\u001B[31m";
      case "WARNING" -> "\u001B[33m";
      case "INFO" -> "\u001B[32m";
      default -> DIM;
    };
  }
}
