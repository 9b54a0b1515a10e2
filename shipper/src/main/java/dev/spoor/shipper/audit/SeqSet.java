package dev.spoor.shipper.audit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Seqs, as ranges, of which there are only so many. Belongs to one thread. */
final class SeqSet {
  private final int maxRanges;

  /** From the first seq of a range to its last. */
  private final TreeMap<Long, Long> ranges = new TreeMap<>();

  SeqSet(int maxRanges) {
    this.maxRanges = maxRanges;
  }

  boolean contains(long seq) {
    Map.Entry<Long, Long> range = ranges.floorEntry(seq);
    return range != null && seq <= range.getValue();
  }

  /** Adds a seq, unless it would begin a range too many. */
  void add(long seq) {
    if (contains(seq)) {
      return;
    }
    Map.Entry<Long, Long> before = ranges.floorEntry(seq);
    Long after = ranges.get(seq + 1);
    boolean joins = before != null && before.getValue() == seq - 1;
    if (!joins && after == null && ranges.size() >= maxRanges) {
      return;
    }
    ranges.remove(seq + 1);
    ranges.put(joins ? before.getKey() : seq, after == null ? seq : after);
  }

  /** Whether it was there. */
  boolean remove(long seq) {
    if (!contains(seq)) {
      return false;
    }
    Map.Entry<Long, Long> range = ranges.floorEntry(seq);
    long from = range.getKey();
    long to = range.getValue();
    ranges.remove(from);
    if (from < seq) {
      ranges.put(from, seq - 1);
    }
    if (seq < to) {
      ranges.put(seq + 1, to);
    }
    return true;
  }

  void addAll(List<SeqRange> all) {
    all.forEach(range -> ranges.put(range.from(), range.to()));
  }

  List<SeqRange> all() {
    List<SeqRange> all = new ArrayList<>(ranges.size());
    ranges.forEach((from, to) -> all.add(new SeqRange(from, to)));
    return all;
  }
}
