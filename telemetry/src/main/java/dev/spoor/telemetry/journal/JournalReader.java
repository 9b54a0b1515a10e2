package dev.spoor.telemetry.journal;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a journal in order, from the first record that is not released. Not thread-safe. What
 * cannot be read back is dropped with its reason and passed over.
 */
public final class JournalReader {
  private final Journal journal;
  private final Segment.Check check = new Segment.Check();
  private @Nullable Segment segment;
  private int offset;
  private long expected;

  public JournalReader(Journal journal, long fromSeq) {
    this.journal = journal;
    this.expected = fromSeq;
  }

  /** Goes back (or on) to this seq. */
  public void seek(long seq) {
    close();
    expected = seq;
  }

  /** Seq of the record that would be read next. */
  public long position() {
    return expected;
  }

  /** The next records, as many as fit; empty if there is none now. */
  public List<Entry> read(int maxRecords, int maxBytes) {
    List<Entry> entries = new ArrayList<>();
    int bytes = 0;
    while (entries.size() < maxRecords && bytes < maxBytes) {
      Entry entry = next();
      if (entry == null) {
        break;
      }
      entries.add(entry);
      bytes += entry.payload().length;
    }
    return entries;
  }

  /** The next record, or null if there is none now. */
  @Nullable Entry one() {
    return next();
  }

  private @Nullable Entry next() {
    while (true) {
      Segment from = segment;
      if (from == null) {
        from = journal.segmentFrom(expected);
        if (from == null) {
          return null;
        }
        segment = from;
        offset = Segment.HEADER;
        // What lies between was dropped, and counted where it was.
        expected = Math.max(expected, from.firstSeq);
      }
      // In this order: what was sealed when asked has no end beyond the one that is read now.
      boolean sealed = from.isSealed();
      int end = from.end();
      long nextSeq = from.nextSeq();
      if (offset >= end) {
        if (!sealed) {
          return null;
        }
        if (expected < nextSeq) {
          lost(expected, nextSeq - 1);
          expected = nextSeq;
        }
        close();
        continue;
      }
      Entry entry = read(from, offset);
      if (entry == null || entry.seq() > expected) {
        int found = entry != null ? offset : resync(from, offset + 8, end);
        Entry after = found < 0 ? null : read(from, found);
        if (after == null) {
          offset = end;
          if (!sealed && expected < nextSeq) {
            lost(expected, nextSeq - 1);
            expected = nextSeq;
          }
          continue;
        }
        if (after.seq() > expected) {
          lost(expected, after.seq() - 1);
        }
        offset = found;
        expected = after.seq();
        continue;
      }
      offset = Segment.behind(offset, entry);
      if (entry.seq() < expected) {
        continue;
      }
      expected = entry.seq() + 1;
      return entry;
    }
  }

  private @Nullable Entry read(Segment from, int at) {
    try {
      return from.read(at, check);
    } catch (InternalError unreadable) {
      // A bus error: the file does not reach as far as its mapping.
      return null;
    }
  }

  private int resync(Segment from, int at, int end) {
    try {
      return from.resync(at, expected, end, check);
    } catch (InternalError unreadable) {
      return -1;
    }
  }

  private void lost(long from, long to) {
    if (to >= from) {
      journal.lost(from, to, DropReason.CORRUPT);
    }
  }

  /** Lets go of the segment; the reader can go on. */
  public void close() {
    if (segment != null) {
      segment.release();
      segment = null;
    }
  }
}
