package dev.spoor.store;

/** A partition of a topic that records come from. */
public record PartitionId(String topic, int partition) {
  public PartitionId {
    if (topic.isEmpty() || topic.indexOf('/') >= 0) {
      throw new IllegalArgumentException("No name of a topic: \"" + topic + "\"");
    }
    if (partition < 0) {
      throw new IllegalArgumentException("A partition is 0 or more, not " + partition);
    }
  }

  /** {@code topic/partition}. */
  @Override
  public String toString() {
    return topic + "/" + partition;
  }

  /** Reads what {@link #toString} writes. */
  public static PartitionId parse(String text) {
    int slash = text.lastIndexOf('/');
    return new PartitionId(text.substring(0, slash), Integer.parseInt(text.substring(slash + 1)));
  }
}
