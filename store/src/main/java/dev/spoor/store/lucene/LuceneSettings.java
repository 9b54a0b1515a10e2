package dev.spoor.store.lucene;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Where the index is, and how long records stay in it.
 *
 * @param dir of this store alone; made if it is not there
 * @param retention a day's records are deleted when the youngest of them could be older than this;
 *     zero for never
 * @param maxBytes the oldest days, and of a day that is too large by itself the oldest records, are
 *     deleted so that the files have no more than this; zero for no bound. A goal for the time
 *     between two merges: see {@link LuceneStore}
 */
public record LuceneSettings(Path dir, Duration retention, long maxBytes) {
  public LuceneSettings {
    if (retention.isNegative() || maxBytes < 0) {
      throw new IllegalArgumentException("A negative bound: " + retention + ", " + maxBytes);
    }
  }

  /** One that deletes nothing. */
  public static LuceneSettings keepingAll(Path dir) {
    return new LuceneSettings(dir, Duration.ZERO, 0);
  }
}
