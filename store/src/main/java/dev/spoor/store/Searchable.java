package dev.spoor.store;

import dev.spoor.contract.telemetry.Fields;
import dev.spoor.store.query.FieldType;
import dev.spoor.store.query.Vocabulary;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What of a record can be found, and by which field. Every store indexes what this class tells it
 * and nothing else, so that the same query has the same hits in all of them.
 *
 * <p>A value that does not fit its field's type stays in the record and is not searchable by that
 * field; an object in place of a value is searchable below its path, like fields that the
 * vocabulary does not know.
 */
public final class Searchable {
  /** Longer values are kept but cannot be found by this field. In UTF-16 units. */
  public static final int MAX_KEYWORD = 1024;

  /** Of an over-long text, this much can be searched. In UTF-16 units. */
  public static final int MAX_TEXT = 256 * 1024;

  private Searchable() {}

  /** Takes what can be found; a field with several values is told once for each. */
  public interface Sink {
    /**
     * The next field as it stands in the record, before what of it can be found.
     *
     * @param type null if the vocabulary does not know it
     */
    default void field(String name, @Nullable FieldType type, JsonNode value) {}

    /** Words of a text field. */
    void text(String field, String value);

    /** The whole value of a keyword field. */
    void keyword(String field, String value);

    /** A number of a whole-number field. */
    void whole(String field, long value);

    /** A number of a field with decimals, finite. */
    void decimal(String field, double value);

    /** The value at a path that the vocabulary does not know, or of a label. */
    void flat(String path, String value);

    /** Such a path exists. The fields of the other methods exist without being told here. */
    void path(String path);
  }

  /**
   * Everything but {@code timestamp}, {@code source} and {@code seq}, which a store takes from the
   * {@link TelemetryRecord}.
   */
  public static void tell(JsonNode fields, Sink sink) {
    for (Map.Entry<String, JsonNode> field : fields.properties()) {
      String name = field.getKey();
      switch (name) {
        case Fields.TIMESTAMP, Fields.SOURCE, Fields.SEQ -> {}
        default -> {
          FieldType type = Vocabulary.typeOf(name);
          sink.field(name, type, field.getValue());
          value(sink, name, type, field.getValue());
        }
      }
    }
  }

  private static void value(Sink sink, String name, @Nullable FieldType type, JsonNode value) {
    if (value.isNull()) {
      return;
    }
    if (value.isArray()) {
      for (JsonNode element : value) {
        value(sink, name, type, element);
      }
      return;
    }
    if (type == null || type == FieldType.FLAT || value.isObject()) {
      flat(sink, name, value);
      return;
    }
    switch (type) {
      case TEXT -> {
        String text = value.asString();
        sink.text(name, text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT));
      }
      case KEYWORD -> {
        String text = value.asString();
        if (text.length() <= MAX_KEYWORD) {
          sink.keyword(name, text);
        }
      }
      case LONG -> whole(sink, name, value);
      case DOUBLE -> {
        double number = number(value);
        if (!Double.isNaN(number)) {
          sink.decimal(name, number);
        }
      }
      // The vocabulary has one DATE, the timestamp, which is not handled here.
      case DATE, FLAT -> {}
    }
  }

  private static void whole(Sink sink, String name, JsonNode value) {
    if (value.isIntegralNumber()) {
      if (value.canConvertToLong()) {
        sink.whole(name, value.longValue());
      }
      return;
    }
    double decimal = number(value);
    if (!Double.isNaN(decimal) && decimal == Math.rint(decimal) && Math.abs(decimal) <= 9e18) {
      sink.whole(name, (long) decimal);
    }
  }

  /** NaN if it is no finite number; text that reads as one is one. */
  private static double number(JsonNode value) {
    double number = Double.NaN;
    if (value.isNumber()) {
      number = value.doubleValue();
    } else if (value.isString() && value.stringValue().length() <= 32) {
      try {
        number = Double.parseDouble(value.stringValue());
      } catch (NumberFormatException notOne) {
        return Double.NaN;
      }
    }
    return Double.isInfinite(number) ? Double.NaN : number;
  }

  private static void flat(Sink sink, String path, JsonNode value) {
    if (value.isNull()) {
      return;
    }
    if (value.isArray()) {
      for (JsonNode element : value) {
        flat(sink, path, element);
      }
      return;
    }
    if (value.isObject()) {
      if (path.length() <= MAX_KEYWORD) {
        sink.path(path);
      }
      for (Map.Entry<String, JsonNode> inner : value.properties()) {
        flat(sink, path + "." + inner.getKey(), inner.getValue());
      }
      return;
    }
    if (path.length() > MAX_KEYWORD) {
      return;
    }
    sink.path(path);
    String text = value.asString();
    if (text.length() <= MAX_KEYWORD) {
      sink.flat(path, text);
    }
  }
}
