package dev.spoor.telemetry.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One source: records in the order of their seq, from 1 without a hole, until they are shipped or
 * dropped. Any thread appends; one at a time reads. What {@link #append} has returned for survives
 * the process if the journal has a folder; else it is in memory, as long as that lasts.
 *
 * <p>Bounded: whole segments, the oldest goes first, counted by reason. At any time {@code logged =
 * shipped + dropped + in journal}.
 */
public final class Journal {
  /** Instead of a seq: the record is as it was and belongs into another journal. */
  public static final long CLOSED = -1;

  private static final int MAX_PENDING_GAPS = 1024;
  private static final Duration REFUSED_FOR = Duration.ofSeconds(1);

  /** Lost records among those that are not released yet. */
  private record Hole(long from, long to) {}

  private final String source;
  private final byte[] sourceAndSeqName;
  private final JournalLimits limits;
  private final Consumer<Gap> gaps;

  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Segment> segments = new ArrayDeque<>();
  private final ArrayDeque<Gap> pendingGaps = new ArrayDeque<>();
  private final List<Hole> holes = new ArrayList<>();
  private final Map<DropReason, Long> dropped = new EnumMap<>(DropReason.class);
  private @Nullable JournalFolder folder;

  /** Whether the folder has the next segment's file ready. */
  private boolean spare;

  /** Why the folder cannot be written, until it can be again. */
  private @Nullable String trouble;

  /**
   * Until then the trouble is not looked into: a disk that promises and refuses would do so often.
   */
  private long troubleUntil = System.nanoTime();

  private boolean positionRefused;

  private long nextSeq = 1;

  /** First seq that is neither shipped nor dropped, as far as that is one stretch. */
  private long released = 1;

  private long logged;
  private long shipped;
  private long inJournal;
  private long diskBytes;
  private long memoryBytes;
  private boolean closed;
  private boolean flushingGaps;

  /**
   * @param gaps is told of what is dropped, on the thread that appends and under the lock: it may
   *     append to this or a later journal, never to an earlier one
   */
  Journal(String source, JournalLimits limits, Consumer<Gap> gaps) {
    this.source = source;
    this.sourceAndSeqName =
        (",\"source\":\"" + source + "\",\"seq\":").getBytes(StandardCharsets.US_ASCII);
    this.limits = limits;
    this.gaps = gaps;
    for (DropReason reason : DropReason.values()) {
      dropped.put(reason, 0L);
    }
  }

  /** Opens what a dead process left. Its records count as logged here from now on. */
  static Journal takeOver(JournalFolder folder, JournalLimits limits, Consumer<Gap> gaps)
      throws IOException {
    Journal journal = new Journal(folder.source, limits, gaps);
    journal.folder = folder;
    journal.released = folder.position();
    journal.nextSeq = journal.released;
    for (Path file : folder.segments()) {
      long firstSeq = JournalFolder.firstSeq(file);
      if (firstSeq < 1) {
        continue;
      }
      Segment segment;
      try {
        segment = Segment.recover(firstSeq, file);
      } catch (IOException | InternalError unreadable) {
        continue;
      }
      if (firstSeq > journal.nextSeq) {
        journal.missing(journal.nextSeq, firstSeq - 1);
      }
      if (segment.nextSeq() <= journal.released) {
        segment.release();
        segment.deleteFile();
        journal.nextSeq = Math.max(journal.nextSeq, segment.nextSeq());
        continue;
      }
      journal.segments.add(segment);
      journal.diskBytes += segment.size();
      long pending = segment.nextSeq() - Math.max(firstSeq, journal.released);
      journal.inJournal += pending;
      journal.nextSeq = segment.nextSeq();
    }
    journal.logged += journal.inJournal;
    return journal;
  }

  /** A dead process's segment that is not there any more, or cannot be opened. */
  private void missing(long from, long to) {
    logged += to - from + 1;
    count(DropReason.CORRUPT, to - from + 1);
    gap(new Gap(source, from, to, DropReason.CORRUPT));
  }

  public String source() {
    return source;
  }

  /**
   * Completes the record with source and seq and keeps it. Does no I/O but into mapped memory,
   * except when a segment is full and the next one is not ready.
   *
   * @return the seq; 0 if the record was dropped; {@link #CLOSED} if the journal has said its last
   *     word and takes nothing any more
   */
  public long append(RecordBuffer record, byte[] event) {
    lock.lock();
    try {
      if (closed) {
        return CLOSED;
      }
      logged++;
      long seq = nextSeq;
      int before = record.length();
      record.seal(sourceAndSeqName, seq);
      Segment current = segments.peekLast();
      if (current == null || current.isSealed() || !stored(current, seq, event, record)) {
        roll(record.length() + event.length);
        current = segments.getLast();
        if (!stored(current, seq, event, record)
            && !(current.file != null && storedInMemory(seq, event, record))) {
          // Larger than a segment: the pipeline bounds records far below that.
          record.truncate(before - 1);
          record.write('}');
          count(DropReason.TOO_LARGE, 1);
          return 0;
        }
      }
      nextSeq++;
      inJournal++;
      if (!pendingGaps.isEmpty() && !flushingGaps) {
        flushGaps();
      }
      return seq;
    } finally {
      lock.unlock();
    }
  }

  /** False if the segment has no room for it, or its disk none for what it had promised. */
  private boolean stored(Segment segment, long seq, byte[] event, RecordBuffer record) {
    try {
      return segment.append(seq, event, record.array(), record.length());
    } catch (InternalError refused) {
      // The JVM's word for a bus error in a mapping: the file system had no block for a page that
      // it had taken, or the file was cut. The frame has no commit word; nothing more goes there.
      trouble = segment.file + " cannot be written: " + refused.getMessage();
      troubleUntil = System.nanoTime() + REFUSED_FOR.toNanos();
      return false;
    }
  }

  private boolean storedInMemory(long seq, byte[] event, RecordBuffer record) {
    Segment refusing = segments.getLast();
    refusing.seal();
    Segment segment = nextInMemory(record.length() + event.length);
    segments.add(segment);
    return stored(segment, seq, event, record);
  }

  /** A gap's own record may make the next gap; so one at a time, and never from within. */
  private void flushGaps() {
    flushingGaps = true;
    try {
      for (Gap gap = pendingGaps.poll(); gap != null; gap = pendingGaps.poll()) {
        gaps.accept(gap);
      }
    } finally {
      flushingGaps = false;
    }
  }

  private void roll(int needed) {
    Segment last = segments.peekLast();
    if (last != null) {
      last.seal();
    }
    Segment next = trouble == null ? nextOnDisk(needed) : null;
    segments.add(next == null ? nextInMemory(needed) : next);
  }

  private @Nullable Segment nextOnDisk(int needed) {
    JournalFolder to = folder;
    if (to == null) {
      return null;
    }
    int size = Math.max(limits.segmentBytes(), (needed + 1024) & ~7);
    boolean more = true;
    while (more && diskBytes + size > limits.maxBytes() - limits.segmentBytes()) {
      more = dropOldest(true, DropReason.JOURNAL_FULL);
    }
    try {
      Segment segment = to.begin(nextSeq, size, spare && size == limits.segmentBytes());
      spare = false;
      diskBytes += segment.size();
      return segment;
    } catch (IOException | InternalError e) {
      spare = false;
      trouble = String.valueOf(e);
      return null;
    }
  }

  private Segment nextInMemory(int needed) {
    int size = Math.max(limits.memorySegmentBytes(), (needed + 1024) & ~7);
    boolean more = true;
    while (more && memoryBytes + size > limits.maxMemoryBytes()) {
      more = dropOldest(false, DropReason.MEMORY_FULL);
    }
    memoryBytes += size;
    return Segment.inMemory(nextSeq, size);
  }

  private boolean dropOldest(boolean onDisk, DropReason reason) {
    for (Iterator<Segment> all = segments.iterator(); all.hasNext(); ) {
      Segment segment = all.next();
      if ((segment.file != null) != onDisk) {
        continue;
      }
      long from = Math.max(segment.firstSeq, released);
      long to = segment.nextSeq() - 1;
      all.remove();
      discard(segment);
      if (to >= from) {
        long records = to - from + 1 - lostWithin(from, to);
        count(reason, records);
        inJournal -= records;
        gap(new Gap(source, from, to, reason));
      }
      if (segment.firstSeq <= released) {
        released = Math.max(released, to + 1);
        savePosition();
      }
      return true;
    }
    return false;
  }

  private void gap(Gap gap) {
    Gap last = pendingGaps.peekLast();
    if (last != null && last.to() + 1 == gap.from() && last.reason() == gap.reason()) {
      pendingGaps.removeLast();
      pendingGaps.add(new Gap(source, last.from(), gap.to(), gap.reason()));
    } else if (pendingGaps.size() < MAX_PENDING_GAPS) {
      pendingGaps.add(gap);
    }
  }

  private void discard(Segment segment) {
    if (segment.file == null) {
      memoryBytes -= segment.size();
    } else {
      diskBytes -= segment.size();
    }
    segment.deleteFile();
    segment.release();
  }

  private void count(DropReason reason, long records) {
    dropped.merge(reason, records, Long::sum);
  }

  private void savePosition() {
    try {
      if (folder != null && !positionRefused) {
        folder.position(released);
      }
    } catch (InternalError refused) {
      // What is shipped from now on is shipped once more after the end of this process, and the
      // store knows it by source and seq.
      positionRefused = true;
    }
  }

  /** Where shipping begins: the first seq that is neither shipped nor dropped. */
  public long firstUnshipped() {
    lock.lock();
    try {
      return released;
    } finally {
      lock.unlock();
    }
  }

  /** All before this seq is with the broker: it need not be kept. */
  public void shipped(long beforeSeq) {
    lock.lock();
    try {
      long records = leave(beforeSeq);
      shipped += records;
      inJournal -= records;
    } finally {
      lock.unlock();
    }
  }

  /**
   * These records cannot be shipped, ever: they cannot be read back, or nobody takes them. Those
   * before them may still be on their way.
   */
  public void lost(long fromSeq, long toSeq, DropReason reason) {
    lock.lock();
    try {
      long from = Math.max(fromSeq, released);
      if (toSeq < from || holes.contains(new Hole(from, toSeq))) {
        return;
      }
      holes.add(new Hole(from, toSeq));
      count(reason, toSeq - from + 1);
      inJournal -= toSeq - from + 1;
      gap(new Gap(source, from, toSeq, reason));
      if (!flushingGaps) {
        flushGaps();
      }
    } finally {
      lock.unlock();
    }
  }

  /** How many records in this range have been counted as lost. */
  private long lostWithin(long from, long to) {
    long records = 0;
    for (Hole hole : holes) {
      records += Math.max(0, Math.min(hole.to(), to) - Math.max(hole.from(), from) + 1);
    }
    return records;
  }

  /** How many records leave when everything before this seq does; their segments go. */
  private long leave(long beforeSeq) {
    long before = Math.min(beforeSeq, nextSeq);
    if (before <= released) {
      return 0;
    }
    long records = 0;
    for (Iterator<Segment> all = segments.iterator(); all.hasNext(); ) {
      Segment segment = all.next();
      long from = Math.max(segment.firstSeq, released);
      long to = Math.min(segment.nextSeq(), before);
      if (to > from) {
        records += to - from - lostWithin(from, to - 1);
      }
      if (segment.nextSeq() <= before && segment.isSealed()) {
        all.remove();
        discard(segment);
      }
    }
    released = before;
    holes.removeIf(hole -> hole.to() < released);
    savePosition();
    return records;
  }

  /** The segment that has this seq or else the first behind it, retained; null at the end. */
  @Nullable Segment segmentFrom(long seq) {
    lock.lock();
    try {
      for (Segment segment : segments) {
        if (seq < segment.nextSeq() || (!segment.isSealed() && seq <= segment.nextSeq())) {
          return segment.retain() ? segment : null;
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** Hands all records to another journal, where they get new seqs, and closes this one. */
  void moveTo(Journal other) {
    lock.lock();
    try {
      JournalReader reader = new JournalReader(this, released);
      RecordBuffer buffer = new RecordBuffer();
      for (Entry entry = reader.one(); entry != null; entry = reader.one()) {
        buffer.clear();
        // Without the closing brace and what seal() put before it.
        byte[] payload = entry.payload();
        buffer.write(payload, 0, payload.length);
        buffer.unseal(sourceAndSeqName);
        other.append(buffer, entry.event());
      }
      reader.close();
      closed = true;
    } finally {
      lock.unlock();
    }
  }

  /** Gives the journal a folder: from now on records survive the process. */
  void open(JournalFolder to) {
    lock.lock();
    try {
      folder = to;
      trouble = null;
      savePosition();
      moveToDisk();
    } finally {
      lock.unlock();
    }
  }

  /** Copies what is in memory to the folder; the order stays. */
  private void moveToDisk() {
    JournalFolder to = folder;
    if (to == null || memoryBytes == 0) {
      return;
    }
    List<Segment> all = new ArrayList<>(segments);
    segments.clear();
    for (Segment segment : all) {
      if (segment.file != null
          || trouble != null
          || diskBytes + segment.size() > limits.maxBytes()) {
        segments.add(segment);
        continue;
      }
      try {
        Segment copy = to.begin(segment.firstSeq, segment.size(), false);
        segment.copyTo(copy);
        if (segment.isSealed()) {
          copy.seal();
        }
        // A reader that has the old one meets its seal and comes back for the new one.
        segment.seal();
        segments.add(copy);
        diskBytes += copy.size();
        memoryBytes -= segment.size();
        segment.release();
      } catch (IOException | InternalError e) {
        trouble = String.valueOf(e);
        segments.add(segment);
      }
    }
  }

  /**
   * Prepares the next segment's file and tries again what failed. For the keeper's thread: the file
   * is written outside the lock.
   *
   * @return what is wrong with the folder, or null
   */
  @Nullable String keep() {
    JournalFolder to;
    lock.lock();
    try {
      to = folder;
      if (to == null
          || closed
          || (spare && trouble == null)
          || (trouble != null && System.nanoTime() - troubleUntil < 0)) {
        return trouble;
      }
    } finally {
      lock.unlock();
    }
    String problem = null;
    try {
      to.prepareSpare(limits.segmentBytes());
    } catch (IOException e) {
      problem = String.valueOf(e);
    }
    lock.lock();
    try {
      spare = problem == null && !closed;
      trouble = problem;
      if (problem == null) {
        moveToDisk();
      }
      return trouble;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes all records to the disk that are not there yet. For the keeper's thread.
   *
   * @return why the disk refuses, or null
   */
  @Nullable String force() {
    String problem = null;
    for (Segment segment : retained(segment -> !segment.isForced())) {
      try {
        segment.force();
      } catch (UncheckedIOException | InternalError refused) {
        problem = segment.file + " cannot be forced to the disk: " + refused.getMessage();
      } finally {
        segment.release();
      }
    }
    return problem;
  }

  /** Lets go of the memory of what waits on disk. For the keeper's thread. */
  void leaveMemory() {
    for (Segment segment : retained(Segment::isToLeaveMemory)) {
      try {
        segment.leaveMemory();
      } finally {
        segment.release();
      }
    }
  }

  private List<Segment> retained(Predicate<Segment> wanted) {
    List<Segment> retained = new ArrayList<>();
    lock.lock();
    try {
      for (Segment segment : segments) {
        if (wanted.test(segment) && segment.retain()) {
          retained.add(segment);
        }
      }
    } finally {
      lock.unlock();
    }
    return retained;
  }

  /**
   * No record after this one.
   *
   * @param lastWord makes the record {@code source.closed} for the given last seq
   */
  void finish(LastWord lastWord) {
    lock.lock();
    try {
      if (!closed) {
        flushGaps();
        lastWord.append(this, nextSeq - 1);
        closed = true;
        Segment last = segments.peekLast();
        if (last != null) {
          last.seal();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** How a source says goodbye. */
  @FunctionalInterface
  interface LastWord {
    void append(Journal journal, long lastSeq);
  }

  /** Gives the folder back: deleted if all is shipped, else left to whoever takes it over. */
  void close() {
    lock.lock();
    try {
      closed = true;
      for (Segment segment : segments) {
        segment.release();
      }
      segments.clear();
      if (folder != null) {
        if (inJournal == 0) {
          folder.delete();
        } else {
          folder.close();
        }
        folder = null;
      }
    } finally {
      lock.unlock();
    }
  }

  boolean isOnDisk() {
    lock.lock();
    try {
      return folder != null && trouble == null;
    } finally {
      lock.unlock();
    }
  }

  /** What became of the records so far. */
  public JournalCounts counts() {
    lock.lock();
    try {
      return new JournalCounts(
          logged, shipped, Map.copyOf(dropped), inJournal, diskBytes + memoryBytes, nextSeq - 1);
    } finally {
      lock.unlock();
    }
  }
}
