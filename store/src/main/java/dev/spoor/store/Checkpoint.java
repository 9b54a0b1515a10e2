package dev.spoor.store;

import java.util.Map;

/**
 * How far a partition has been read, and what the reader knows about its sources: what it needs to
 * go on exactly where the store is.
 *
 * @param nextOffset of the first record that has not been dealt with
 * @param states by a key of the reader's choice; opaque to the store. To {@link
 *     TelemetryStore#commit} only what has changed is given; what is absent stays as it was
 * @param summaries what the reader makes of the records of one stretch of time, committed like the
 *     states. There may be very many, so that they are read by {@link TelemetryStore#summary} and
 *     {@link TelemetryStore#summaries} only: a checkpoint that a store gives has none
 */
public record Checkpoint(
    PartitionId partition,
    long nextOffset,
    Map<String, byte[]> states,
    Map<SummaryKey, byte[]> summaries) {
  public Checkpoint(PartitionId partition, long nextOffset, Map<String, byte[]> states) {
    this(partition, nextOffset, states, Map.of());
  }

  public Checkpoint {
    if (nextOffset < 0) {
      throw new IllegalArgumentException("An offset is 0 or more, not " + nextOffset);
    }
    states = Map.copyOf(states);
    summaries = Map.copyOf(summaries);
  }
}
