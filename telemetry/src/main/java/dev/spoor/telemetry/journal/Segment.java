package dev.spoor.telemetry.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of a journal: a preallocated, mapped file, or memory in its place. Frames follow each
 * other from {@link #HEADER} on, each at a multiple of 8:
 *
 * <pre>
 *  0 commit   int   {@link #COMMITTED}, written last; 0 where nothing is yet
 *  4 length   int   of event and payload
 *  8 seq      long
 * 16 checksum int   CRC32C of length, seq, event length, event, payload
 * 20 event    int   length of the event
 * 24 event, payload
 * </pre>
 *
 * The commit word is stored with release semantics after all else, so a process that is killed at
 * any instruction leaves either a whole frame or none: what was stored into the mapping is in the
 * page cache and belongs to the kernel. Only power loss can tear a committed frame; the checksum
 * tells.
 *
 * <p>Written by one thread at a time (the journal's lock), read by any thread that has retained it.
 */
final class Segment {
  static final int HEADER = 64;
  static final int FRAME = 24;
  static final int COMMITTED = 0x53504F52;
  static final int MAX_EVENT = 255;

  private static final long MAGIC = 0x53504F4F524A4E31L;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final VarHandle COMMIT = INT.varHandle();
  private static final int CHUNK = 64 << 10;

  final long firstSeq;
  final @Nullable Path file;
  private final Arena arena;
  private final MemorySegment memory;
  private final int size;

  /** Behind the last frame; only frames before it are looked at. */
  private volatile int end = HEADER;

  private volatile long nextSeq;

  /** No frame will be added. */
  private volatile boolean sealed;

  /** Frames before it are on the disk. */
  private volatile int forcedUntil;

  /** Its pages were given back. */
  private volatile boolean left;

  /** One for the journal and one for each reader; the mapping goes with the last. */
  private int references = 1;

  private final byte[] scratch = new byte[16];
  private final ByteBuffer scratchBuffer = ByteBuffer.wrap(scratch);
  private final CRC32C crc = new CRC32C();

  private Segment(long firstSeq, @Nullable Path file, Arena arena, MemorySegment memory) {
    this.firstSeq = firstSeq;
    this.file = file;
    this.arena = arena;
    this.memory = memory;
    this.size = (int) memory.byteSize();
    this.nextSeq = firstSeq;
  }

  /** A segment without a file. */
  @SuppressWarnings("MustBeClosedChecker") // Closed with the last reference.
  static Segment inMemory(long firstSeq, int size) {
    Arena arena = Arena.ofShared();
    Segment segment = new Segment(firstSeq, null, arena, arena.allocate(size, 8));
    segment.writeHeader();
    return segment;
  }

  /**
   * Reserves a file's blocks. They are written, not only promised: a hole that the disk cannot fill
   * later would end the process with a bus error in the middle of a log call.
   */
  static void preallocate(Path file, int size) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer zeros = ByteBuffer.allocate(CHUNK);
      for (int written = 0; written < size; ) {
        zeros.clear().limit(Math.min(CHUNK, size - written));
        written += channel.write(zeros);
      }
    } catch (IOException e) {
      Files.deleteIfExists(file);
      throw e;
    }
  }

  /** Maps a preallocated file and begins a segment in it. */
  static Segment begin(long firstSeq, Path file) throws IOException {
    Segment segment = map(firstSeq, file);
    segment.writeHeader();
    return segment;
  }

  /** Opens what another process left and finds out how far it is good. */
  static Segment recover(long firstSeq, Path file) throws IOException {
    Segment segment = map(firstSeq, file);
    segment.findEnd();
    segment.sealed = true;
    segment.leaveMemory();
    return segment;
  }

  @SuppressWarnings("MustBeClosedChecker") // Closed with the last reference.
  private static Segment map(long firstSeq, Path file) throws IOException {
    Arena arena = Arena.ofShared();
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long bytes = Math.min(channel.size(), Integer.MAX_VALUE) & ~7L;
      if (bytes < HEADER) {
        throw new IOException("segment " + file.getFileName() + " is too short");
      }
      return new Segment(
          firstSeq, file, arena, channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena));
    } catch (IOException e) {
      arena.close();
      throw e;
    }
  }

  private void writeHeader() {
    memory.set(LONG, 8, firstSeq);
    memory.set(LONG, 0, MAGIC);
    settle();
  }

  /** The same frames in a file, for when the directory can be written again. */
  void copyTo(Segment target) {
    MemorySegment.copy(memory, HEADER, target.memory, HEADER, end - HEADER);
    target.settle();
    target.nextSeq = nextSeq;
    target.end = end;
  }

  int size() {
    return size;
  }

  long nextSeq() {
    return nextSeq;
  }

  int end() {
    return end;
  }

  boolean isSealed() {
    return sealed;
  }

  void seal() {
    sealed = true;
  }

  /** Whether it has frames that no {@link #force} has taken to the disk. */
  boolean isForced() {
    return file == null || forcedUntil >= end;
  }

  /**
   * Takes what has been added to the disk. For one thread.
   *
   * @throws UncheckedIOException if the disk refuses; what was added may be lost with the power
   */
  void force() {
    if (!isForced()) {
      int until = end;
      memory.force();
      forcedUntil = until;
    }
  }

  /**
   * Gives the pages of a sealed file back to the kernel, which keeps what is in them: a journal
   * that waits for its broker would else count as this process's memory.
   */
  void leaveMemory() {
    left = true;
    memory.unload();
  }

  boolean isToLeaveMemory() {
    return file != null && sealed && !left;
  }

  /**
   * Adds a frame; false if it does not fit.
   *
   * @throws InternalError if the disk has no block for it, or the file was cut; nothing is added
   */
  boolean append(long seq, byte[] event, byte[] payload, int payloadLength) {
    int length = event.length + payloadLength;
    int start = end;
    int next = start + FRAME + (length + 7 & ~7);
    if (next > size || next < 0) {
      return false;
    }
    scratchBuffer.putInt(0, length).putLong(4, seq).putInt(12, event.length);
    crc.reset();
    crc.update(scratch);
    crc.update(event);
    crc.update(payload, 0, payloadLength);
    memory.set(INT, start + 4L, length);
    memory.set(LONG, start + 8L, seq);
    memory.set(INT, start + 16L, (int) crc.getValue());
    memory.set(INT, start + 20L, event.length);
    MemorySegment.copy(event, 0, memory, ValueLayout.JAVA_BYTE, start + FRAME, event.length);
    MemorySegment.copy(
        payload, 0, memory, ValueLayout.JAVA_BYTE, start + FRAME + event.length, payloadLength);
    COMMIT.setRelease(memory, (long) start, COMMITTED);
    settle();
    nextSeq = seq + 1;
    end = next;
    return true;
  }

  /**
   * The frame at this offset, or null if there is no whole one.
   *
   * @throws InternalError if the file does not reach as far as its mapping
   */
  @Nullable Entry read(int offset, Check check) {
    Entry entry = frame(offset, check);
    settle();
    return entry;
  }

  private @Nullable Entry frame(int offset, Check check) {
    if (offset + FRAME > size || (int) COMMIT.getAcquire(memory, (long) offset) != COMMITTED) {
      return null;
    }
    int length = memory.get(INT, offset + 4L);
    int eventLength = memory.get(INT, offset + 20L);
    if (length < 0
        || length > size - offset - FRAME
        || eventLength < 0
        || eventLength > Math.min(length, MAX_EVENT)) {
      return null;
    }
    long seq = memory.get(LONG, offset + 8L);
    if (seq < firstSeq || seq - firstSeq > size) {
      return null;
    }
    byte[] event = new byte[eventLength];
    byte[] payload = new byte[length - eventLength];
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, offset + FRAME, event, 0, eventLength);
    MemorySegment.copy(
        memory, ValueLayout.JAVA_BYTE, offset + FRAME + eventLength, payload, 0, payload.length);
    return check.matches(length, seq, event, payload, memory.get(INT, offset + 16L))
        ? new Entry(seq, event, payload)
        : null;
  }

  /**
   * Lets a bus error of the accesses before it be thrown here. The JVM survives one and throws an
   * InternalError for it, but compiled code meets that at its next poll, which may be in whoever
   * called us. The return from a native method is a poll, and this one has nothing else to do.
   */
  static void settle(Object any) {
    var _ = Thread.holdsLock(any);
  }

  private void settle() {
    if (file != null) {
      settle(this);
    }
  }

  /** Where the frame behind this one starts. */
  static int behind(int offset, Entry entry) {
    return offset + FRAME + (entry.event().length + entry.payload().length + 7 & ~7);
  }

  /** The next offset at or behind this one with a whole frame of at least this seq, or -1. */
  int resync(int offset, long minSeq, int limit, Check check) {
    for (int at = offset; at + FRAME <= limit; at += 8) {
      if ((int) COMMIT.getAcquire(memory, (long) at) == COMMITTED
          && memory.get(LONG, at + 8L) >= minSeq) {
        Entry entry = read(at, check);
        if (entry != null) {
          return at;
        }
      }
    }
    settle();
    return -1;
  }

  private boolean isCommitted(int offset) {
    return offset + FRAME <= size && (int) COMMIT.getAcquire(memory, (long) offset) == COMMITTED;
  }

  private void findEnd() {
    Check check = new Check();
    int at = HEADER;
    long expected = firstSeq;
    while (true) {
      Entry entry = read(at, check);
      if (entry != null && entry.seq() >= expected) {
        at = behind(at, entry);
        expected = entry.seq() + 1;
        continue;
      }
      int next = resync(at + 8, expected, size, check);
      if (next < 0) {
        // A committed frame that cannot be read was logged: it counts, and is missing.
        if (isCommitted(at)) {
          expected++;
          at += 8;
        }
        break;
      }
      at = next;
    }
    nextSeq = expected;
    end = at;
  }

  synchronized boolean retain() {
    if (references == 0) {
      return false;
    }
    references++;
    return true;
  }

  synchronized void release() {
    if (--references == 0) {
      arena.close();
    }
  }

  void deleteFile() {
    if (file != null) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        // The next process that takes the folder over finds it below the position and deletes it.
        return;
      }
    }
  }

  /** A checksum, for one thread. */
  static final class Check {
    private final CRC32C crc = new CRC32C();
    private final byte[] scratch = new byte[16];
    private final ByteBuffer buffer = ByteBuffer.wrap(scratch);

    boolean matches(int length, long seq, byte[] event, byte[] payload, int checksum) {
      buffer.putInt(0, length).putLong(4, seq).putInt(12, event.length);
      crc.reset();
      crc.update(scratch);
      crc.update(event);
      crc.update(payload);
      return (int) crc.getValue() == checksum;
    }
  }
}
