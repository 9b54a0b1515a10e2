package dev.spoor.store.lucene;

import dev.spoor.contract.telemetry.Fields;
import dev.spoor.store.query.TimeSpan;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.apache.lucene.document.LongField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SegmentCommitInfo;
import org.apache.lucene.index.SegmentReader;
import org.apache.lucene.search.FieldDoc;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortedNumericSelector;

/**
 * Which records are let go: all before some time. As a rule that is the end of a day, so that whole
 * segments go ({@link DayMerges}) and nothing has to be written anew.
 */
final class Retention {
  /**
   * Deleted records take room until their segment is merged, which the merge policy does at a fifth
   * of it. So this part of the allowed bytes is for records.
   */
  private static final double FOR_RECORDS = 0.8;

  /** Halves of the time between the oldest and the newest record; of 30 days, 2.5 s are left. */
  private static final int HALVES = 20;

  private final Duration retention;
  private final long maxBytes;

  /**
   * @param retention zero for never
   * @param maxBytes zero for no bound
   */
  Retention(Duration retention, long maxBytes) {
    this.retention = retention;
    this.maxBytes = maxBytes;
  }

  boolean keepsAll() {
    return retention.isZero() && maxBytes == 0;
  }

  /** All records before this, in nanoseconds. */
  static Query before(long firstKept) {
    return LongField.newRangeQuery(Fields.TIMESTAMP, Long.MIN_VALUE, firstKept - 1);
  }

  /**
   * The time of the first record that stays, in nanoseconds; the lowest number there is if all do.
   */
  long firstKept(DirectoryReader committed, Instant now) throws IOException {
    long firstKept = Long.MIN_VALUE;
    if (!retention.isZero()) {
      firstKept = TimeSpan.nanos(now.minus(retention).truncatedTo(ChronoUnit.DAYS));
    }
    if (maxBytes > 0) {
      firstKept = Math.max(firstKept, firstOfTheLargest(committed, now));
    }
    return firstKept;
  }

  private long firstOfTheLargest(DirectoryReader committed, Instant now) throws IOException {
    double bytes = 0;
    for (LeafReaderContext leaf : committed.leaves()) {
      SegmentCommitInfo segment = ((SegmentReader) leaf.reader()).getSegmentInfo();
      bytes += (double) segment.sizeInBytes() * leaf.reader().numDocs() / leaf.reader().maxDoc();
    }
    double tooMuch = bytes - maxBytes * FOR_RECORDS;
    if (tooMuch <= 0) {
      return Long.MIN_VALUE;
    }
    IndexSearcher searcher = new IndexSearcher(committed);
    long oldest = time(searcher, false);
    long newest = time(searcher, true);
    // The rare records without a time of their own do not matter here.
    double records = tooMuch / bytes * committed.numDocs();
    long low = oldest;
    long high = newest;
    for (int i = 0; i < HALVES && low < high - 1; i++) {
      // Halved first: records may be of any time, and the sum of two would be too large.
      long middle = (low >> 1) + (high >> 1);
      if (searcher.count(LongField.newRangeQuery(Fields.TIMESTAMP, oldest, middle - 1)) < records) {
        low = middle;
      } else {
        high = middle;
      }
    }
    Instant first = TimeSpan.ofNanos(high);
    Instant day = first.truncatedTo(ChronoUnit.DAYS);
    return day.isBefore(now.truncatedTo(ChronoUnit.DAYS))
        ? TimeSpan.nanos(day.plus(Duration.ofDays(1)))
        : high;
  }

  private static long time(IndexSearcher searcher, boolean newest) throws IOException {
    Sort sort =
        new Sort(LongField.newSortField(Fields.TIMESTAMP, newest, SortedNumericSelector.Type.MIN));
    Query records = LongField.newRangeQuery(Fields.TIMESTAMP, Long.MIN_VALUE, Long.MAX_VALUE);
    var found = searcher.search(records, 1, sort).scoreDocs;
    return found.length == 0 ? 0 : (Long) ((FieldDoc) found[0]).fields[0];
  }
}
