package dev.spoor.gateway.queue;

import java.util.List;

/** What Kafka says of the queue topics: records that the workers' share group has not accepted. */
@FunctionalInterface
public interface QueueLag {
  /** The latest known figures; empty while there are none. Must not block. */
  List<Entry> current();

  /**
   * @param records markers of transactions included
   */
  record Entry(String topic, int partition, long records) {}
}
