package dev.spoor.store.lucene;

import dev.spoor.contract.telemetry.Fields;
import dev.spoor.store.Searchable;
import dev.spoor.store.TelemetryRecord;
import dev.spoor.store.query.TimeSpan;
import java.util.List;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.DoubleField;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.LongField;
import org.apache.lucene.document.SortedDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.util.BytesRef;

/**
 * The mapping: how what {@link Searchable} tells becomes a document. Index fields are named as in
 * the vocabulary; those of our own begin with an underscore and cannot be reached by a query,
 * because a query's unknown names go to {@link #FLAT}.
 */
final class IndexFields {
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
    for (String always : List.of(Fields.TIMESTAMP, Fields.SOURCE, Fields.SEQ)) {
      name(document, always);
    }
    Searchable.tell(record.fields(), new Into(document));
    return document;
  }

  private static void name(Document document, String name) {
    document.add(new StringField(NAMES, name, Field.Store.NO));
  }

  private record Into(Document document) implements Searchable.Sink {
    @Override
    public void text(String field, String value) {
      document.add(new Field(field, value, TEXT));
      name(document, field);
    }

    @Override
    public void keyword(String field, String value) {
      document.add(new StringField(field, value, Field.Store.NO));
      name(document, field);
    }

    @Override
    public void whole(String field, long value) {
      document.add(new LongField(field, value, Field.Store.NO));
      name(document, field);
    }

    @Override
    public void decimal(String field, double value) {
      document.add(new DoubleField(field, value, Field.Store.NO));
      name(document, field);
    }

    @Override
    public void flat(String path, String value) {
      document.add(new StringField(FLAT, path + SEPARATOR + value, Field.Store.NO));
    }

    @Override
    public void path(String path) {
      name(document, path);
    }
  }
}
