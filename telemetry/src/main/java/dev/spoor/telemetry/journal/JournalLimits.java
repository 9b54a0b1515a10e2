package dev.spoor.telemetry.journal;

/**
 * The bounds of one journal.
 *
 * @param maxBytes on disk, whole segments; the oldest goes when a new one would not fit
 * @param segmentBytes size of a segment; at most a quarter of {@code maxBytes}
 * @param maxMemoryBytes in place of the disk while it cannot be written
 */
public record JournalLimits(long maxBytes, int segmentBytes, int maxMemoryBytes) {
  /** 2 GiB on disk in segments of 8 MiB, made as they are needed; 8 MiB of memory in need. */
  public static final JournalLimits DEFAULT = new JournalLimits(2L << 30, 8 << 20, 8 << 20);

  static final int MIN_SEGMENT = 64 << 10;

  public JournalLimits {
    if (segmentBytes < MIN_SEGMENT || segmentBytes % 8 != 0) {
      throw new IllegalArgumentException(
          "segmentBytes must be at least " + MIN_SEGMENT + " and a multiple of 8");
    }
    if (maxBytes < 4L * segmentBytes) {
      throw new IllegalArgumentException("maxBytes must be at least four segments");
    }
    if (maxMemoryBytes < 2 * MIN_SEGMENT) {
      throw new IllegalArgumentException("maxMemoryBytes must be at least " + 2 * MIN_SEGMENT);
    }
  }

  /** With segments as large as the default, or smaller if the bytes are few. */
  public static JournalLimits of(long maxBytes) {
    long quarter = Math.max(MIN_SEGMENT, maxBytes / 4) & ~7L;
    return new JournalLimits(
        Math.max(maxBytes, 4L * MIN_SEGMENT),
        (int) Math.min(DEFAULT.segmentBytes(), quarter),
        DEFAULT.maxMemoryBytes());
  }

  int memorySegmentBytes() {
    return (maxMemoryBytes / 8 & ~7) < MIN_SEGMENT ? MIN_SEGMENT : maxMemoryBytes / 8 & ~7;
  }
}
