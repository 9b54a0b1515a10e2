package dev.spoor.store.lucene;

import dev.spoor.contract.telemetry.Fields;
import dev.spoor.store.TelemetryRecord;
import dev.spoor.store.query.FieldType;
import dev.spoor.store.query.TimeSpan;
import dev.spoor.store.query.Vocabulary;
import java.util.Map;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.DoubleField;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.LongField;
import org.apache.lucene.document.SortedDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.util.BytesRef;
import tools.jackson.databind.JsonNode;

/**
 * The mapping: how a record becomes a document. Index fields are named as in the vocabulary; those
 * of our own begin with an underscore and cannot be reached by a query, because a query's unknown
 * names go to {@link #FLAT}.
 */
final class IndexFields {
  /** Longer values are kept but cannot be found by this field. In UTF-16 units. */
  static final int MAX_KEYWORD = 1024;

  /** Of an over-long text, this much can be searched. In UTF-16 units. */
  static final int MAX_TEXT = 256 * 1024;

  /** Terms {@code path\0value} of everything that the vocabulary does not know, and of labels. */
  static final String FLAT = "_flat";

  /** Terms: paths that the record has. */
  static final String NAMES = "_names";

  /** The record as it was. */
  static final String JSON = "_json";

  /** Counts writes; what a tail goes by. */
  static final String NO = "_no";

  /** The source again, to sort by. */
  static final String SOURCE_ORDER = "_source";

  static final char SEPARATOR = '\0';

  private static final org.apache.lucene.document.FieldType TEXT =
      new org.apache.lucene.document.FieldType();

  static {
    // Positions for phrases; no norms, since hits are ordered by time and not by score.
    TEXT.setIndexOptions(IndexOptions.DOCS_AND_FREQS_AND_POSITIONS);
    TEXT.setTokenized(true);
    TEXT.setOmitNorms(true);
    TEXT.freeze();
  }

  private IndexFields() {}

  static Document document(TelemetryRecord record, long no) {
    Document document = new Document();
    document.add(
        new LongField(Fields.TIMESTAMP, TimeSpan.nanos(record.timestamp()), Field.Store.NO));
    document.add(new SortedDocValuesField(SOURCE_ORDER, new BytesRef(record.source())));
    document.add(new StringField(Fields.SOURCE, record.source(), Field.Store.NO));
    document.add(new LongField(Fields.SEQ, record.seq(), Field.Store.NO));
    document.add(new LongField(NO, no, Field.Store.NO));
    document.add(new StoredField(JSON, record.json()));
    for (Map.Entry<String, JsonNode> field : record.fields().properties()) {
      String name = field.getKey();
      switch (name) {
        case Fields.TIMESTAMP, Fields.SOURCE, Fields.SEQ -> name(document, name);
        default -> add(document, name, Vocabulary.typeOf(name), field.getValue());
      }
    }
    return document;
  }

  private static void add(
      Document document,
      String name,
      @org.jspecify.annotations.Nullable FieldType type,
      JsonNode value) {
    if (value.isNull()) {
      return;
    }
    if (value.isArray()) {
      for (JsonNode element : value) {
        add(document, name, type, element);
      }
      return;
    }
    if (type == null || type == FieldType.FLAT || value.isObject()) {
      flat(document, name, value);
      return;
    }
    boolean fits =
        switch (type) {
          case TEXT -> text(document, name, value.asString());
          case KEYWORD -> keyword(document, name, value.asString());
          case LONG -> whole(document, name, value);
          case DOUBLE -> decimal(document, name, value);
          // The vocabulary has one DATE, the timestamp, which is not handled here.
          case DATE, FLAT -> false;
        };
    if (fits) {
      name(document, name);
    }
    // A value of the wrong type stays in the record and is not searchable by this field: the query
    // parser would not let anyone ask for it.
  }

  private static boolean text(Document document, String name, String value) {
    String searchable = value.length() <= MAX_TEXT ? value : value.substring(0, MAX_TEXT);
    document.add(new Field(name, searchable, TEXT));
    return true;
  }

  private static boolean keyword(Document document, String name, String value) {
    if (value.length() > MAX_KEYWORD) {
      return false;
    }
    document.add(new StringField(name, value, Field.Store.NO));
    return true;
  }

  private static boolean whole(Document document, String name, JsonNode value) {
    long number;
    if (value.isIntegralNumber()) {
      if (!value.canConvertToLong()) {
        return false;
      }
      number = value.longValue();
    } else {
      double decimal = number(value);
      if (Double.isNaN(decimal) || decimal != Math.rint(decimal) || Math.abs(decimal) > 9e18) {
        return false;
      }
      number = (long) decimal;
    }
    document.add(new LongField(name, number, Field.Store.NO));
    return true;
  }

  private static boolean decimal(Document document, String name, JsonNode value) {
    double number = number(value);
    if (Double.isNaN(number)) {
      return false;
    }
    document.add(new DoubleField(name, number, Field.Store.NO));
    return true;
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

  private static void flat(Document document, String path, JsonNode value) {
    if (value.isNull()) {
      return;
    }
    if (value.isArray()) {
      for (JsonNode element : value) {
        flat(document, path, element);
      }
      return;
    }
    if (value.isObject()) {
      if (path.length() <= MAX_KEYWORD) {
        name(document, path);
      }
      for (Map.Entry<String, JsonNode> inner : value.properties()) {
        flat(document, path + "." + inner.getKey(), inner.getValue());
      }
      return;
    }
    if (path.length() > MAX_KEYWORD) {
      return;
    }
    name(document, path);
    String text = value.asString();
    if (text.length() <= MAX_KEYWORD) {
      document.add(new StringField(FLAT, path + SEPARATOR + text, Field.Store.NO));
    }
  }

  private static void name(Document document, String name) {
    document.add(new StringField(NAMES, name, Field.Store.NO));
  }
}
