package dev.spoor.store.lucene;

import dev.spoor.contract.telemetry.Fields;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.PointsReader;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.FilterMergePolicy;
import org.apache.lucene.index.MergePolicy;
import org.apache.lucene.index.MergeTrigger;
import org.apache.lucene.index.PointValues;
import org.apache.lucene.index.SegmentCommitInfo;
import org.apache.lucene.index.SegmentInfo;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;

/**
 * Merges segments of one day with each other only, so that old days are whole segments, which go
 * without anything being written anew, and so that a search of some hours has the segments of other
 * days out of its way. A segment is of the day of its newest record.
 *
 * <p>Within a day Lucene's tiered policy decides. Days before the one that is being written are
 * merged into fewer segments, since hardly anything is added to them.
 *
 * <p>Lucene's own {@code TemporalMergePolicy} reads times in milliseconds at most, while ours are
 * nanoseconds, and does not merge deleted records away.
 */
final class DayMerges extends FilterMergePolicy {
  private static final long DAY_NANOS = Duration.ofDays(1).toNanos();

  /** Segments without records: offsets and states alone. */
  private static final long NO_DAY = Long.MIN_VALUE;

  private static final int SEGMENTS_OF_AN_OLD_DAY = 2;

  private final TieredMergePolicy oldDays = new TieredMergePolicy();

  /** By the segment's name, which is never used twice. Guarded by this. */
  private final Map<String, Long> days = new HashMap<>();

  DayMerges() {
    super(new TieredMergePolicy());
    oldDays.setSegmentsPerTier(SEGMENTS_OF_AN_OLD_DAY);
  }

  @Override
  public MergeSpecification findMerges(
      MergeTrigger trigger, SegmentInfos segments, MergeContext context) throws IOException {
    return find(trigger, segments, context, MergePolicy::findMerges);
  }

  @Override
  public MergeSpecification findFullFlushMerges(
      MergeTrigger trigger, SegmentInfos segments, MergeContext context) throws IOException {
    return find(trigger, segments, context, MergePolicy::findFullFlushMerges);
  }

  private interface Search {
    MergeSpecification find(
        MergePolicy policy, MergeTrigger trigger, SegmentInfos segments, MergeContext context)
        throws IOException;
  }

  // Null is Lucene's word for nothing to merge.
  @SuppressWarnings("NullAway")
  private MergeSpecification find(
      MergeTrigger trigger, SegmentInfos segments, MergeContext context, Search search)
      throws IOException {
    MergeSpecification all = null;
    Days grouped = group(segments);
    for (Map.Entry<Long, SegmentInfos> day : grouped.segments.entrySet()) {
      MergePolicy policy = day.getKey() < grouped.written ? oldDays : in;
      MergeSpecification found = search.find(policy, trigger, day.getValue(), context);
      if (found != null) {
        if (all == null) {
          all = new MergeSpecification();
        }
        found.merges.forEach(all::add);
      }
    }
    return all;
  }

  /**
   * @param written the day of the last segment that was not made by a merge
   */
  private record Days(Map<Long, SegmentInfos> segments, long written) {}

  private synchronized Days group(SegmentInfos segments) throws IOException {
    Map<Long, SegmentInfos> byDay = new TreeMap<>();
    Map<String, Long> known = new HashMap<>();
    long last = -1;
    long written = NO_DAY;
    for (SegmentCommitInfo segment : segments) {
      String name = segment.info.name;
      Long day = days.get(name);
      if (day == null) {
        day = day(segment.info);
      }
      known.put(name, day);
      byDay
          .computeIfAbsent(day, _ -> new SegmentInfos(segments.getIndexCreatedVersionMajor()))
          .add(segment);
      long counter = Long.parseLong(name.substring(1), Character.MAX_RADIX);
      if (counter > last && "flush".equals(segment.info.getDiagnostics().get("source"))) {
        last = counter;
        written = day;
      }
    }
    days.clear();
    days.putAll(known);
    return new Days(byDay, written);
  }

  /** The day of a segment's newest record, counted from 1970. */
  static long day(SegmentInfo segment) throws IOException {
    Codec codec = segment.getCodec();
    Directory packed =
        segment.getUseCompoundFile()
            ? codec.compoundFormat().getCompoundReader(segment.dir, segment)
            : null;
    try (packed) {
      Directory directory = packed == null ? segment.dir : packed;
      FieldInfos fields = codec.fieldInfosFormat().read(directory, segment, "", IOContext.READONCE);
      FieldInfo timestamp = fields.fieldInfo(Fields.TIMESTAMP);
      if (timestamp == null || timestamp.getPointDimensionCount() == 0) {
        return NO_DAY;
      }
      try (PointsReader points =
          codec
              .pointsFormat()
              .fieldsReader(new SegmentReadState(directory, segment, fields, IOContext.DEFAULT))) {
        PointValues values = points.getValues(Fields.TIMESTAMP);
        return values == null
            ? NO_DAY
            : Math.floorDiv(LongPoint.decodeDimension(values.getMaxPackedValue(), 0), DAY_NANOS);
      }
    }
  }
}
