package dev.spoor.telemetry.journal;

import java.util.EnumMap;
import java.util.Map;

/**
 * What became of the records of a journal; {@code logged = shipped + dropped + inJournal} always
 * holds.
 *
 * @param bytes that the journal uses on disk and in memory
 * @param lastSeq the latest seq, 0 if there is none
 */
public record JournalCounts(
    long logged,
    long shipped,
    Map<DropReason, Long> dropped,
    long inJournal,
    long bytes,
    long lastSeq) {
  public JournalCounts {
    dropped = Map.copyOf(dropped);
  }

  /** Dropped for this reason. */
  public long dropped(DropReason reason) {
    return dropped.getOrDefault(reason, 0L);
  }

  /** Dropped for any reason. */
  public long droppedInAll() {
    return dropped.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Both together; {@code lastSeq} means nothing then and is 0. */
  JournalCounts plus(JournalCounts other) {
    Map<DropReason, Long> both = new EnumMap<>(DropReason.class);
    for (DropReason reason : DropReason.values()) {
      both.put(reason, dropped(reason) + other.dropped(reason));
    }
    return new JournalCounts(
        logged + other.logged,
        shipped + other.shipped,
        both,
        inJournal + other.inJournal,
        bytes + other.bytes,
        0);
  }
}
