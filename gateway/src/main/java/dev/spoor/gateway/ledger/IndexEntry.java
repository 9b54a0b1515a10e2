package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.JobId;
import java.util.Comparator;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job's place in an index. Ordered by index, then time, then the job's id read as 128 unsigned
 * bits, which is also the order of its bytes in a store.
 *
 * @param atMillis milliseconds since 1970
 */
public record IndexEntry(Index index, long atMillis, JobId jobId)
    implements Comparable<IndexEntry> {
  private static final JobId LOWEST = new JobId(new UUID(0, 0));
  private static final Comparator<IndexEntry> ORDER =
      Comparator.comparing(IndexEntry::index)
          .thenComparingLong(IndexEntry::atMillis)
          .thenComparing(IndexEntry::jobId, IndexEntry::compareBits);

  /** Before every entry of the index. */
  static IndexEntry start(Index index) {
    return from(index, 0);
  }

  /** Before every entry of the index that is not earlier. */
  static IndexEntry from(Index index, long millis) {
    return new IndexEntry(index, millis, LOWEST);
  }

  /** The lowest entry that is above this one; null only after the very last. */
  @Nullable IndexEntry successor() {
    UUID id = jobId.value();
    long low = id.getLeastSignificantBits() + 1;
    long high = low == 0 ? id.getMostSignificantBits() + 1 : id.getMostSignificantBits();
    if (low == 0 && high == 0) {
      return atMillis == Long.MAX_VALUE ? null : new IndexEntry(index, atMillis + 1, LOWEST);
    }
    return new IndexEntry(index, atMillis, new JobId(new UUID(high, low)));
  }

  @Override
  public int compareTo(IndexEntry other) {
    return ORDER.compare(this, other);
  }

  static int compareBits(JobId a, JobId b) {
    int high =
        Long.compareUnsigned(
            a.value().getMostSignificantBits(), b.value().getMostSignificantBits());
    return high != 0
        ? high
        : Long.compareUnsigned(
            a.value().getLeastSignificantBits(), b.value().getLeastSignificantBits());
  }
}
