package dev.spoor.telemetry.health;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * {@code spoor.queue.lag} of one group of consumers: a gauge for each partition it has been told
 * of, in records that the group has not accepted, markers of transactions included. Thread-safe.
 */
public final class QueueLagGauges {
  private static final long UNKNOWN = -1;

  private final MeterRegistry registry;
  private final String group;
  private final Map<Partition, AtomicLong> records = new ConcurrentHashMap<>();

  private record Partition(String topic, int partition) {}

  /**
   * @param group the consumer group or share group whose lag it is
   */
  public QueueLagGauges(MeterRegistry registry, String group) {
    this.registry = registry;
    this.group = group;
  }

  /**
   * @param lag 0 or more
   */
  public void set(String topic, int partition, long lag) {
    records.computeIfAbsent(new Partition(topic, partition), this::register).set(lag);
  }

  /** It is not known here any more, or somebody else tells it now: the gauge shows NaN. */
  public void unknown(String topic, int partition) {
    AtomicLong lag = records.get(new Partition(topic, partition));
    if (lag != null) {
      lag.set(UNKNOWN);
    }
  }

  /** As {@link #unknown(String, int)}, of all partitions. */
  public void unknown() {
    records.values().forEach(each -> each.set(UNKNOWN));
  }

  private AtomicLong register(Partition partition) {
    AtomicLong lag = new AtomicLong(UNKNOWN);
    Gauge.builder("spoor.queue.lag", lag, now -> now.get() == UNKNOWN ? Double.NaN : now.get())
        .description("Records that the group has not accepted, transaction markers included")
        .baseUnit("records")
        .tag("topic", partition.topic())
        .tag("partition", Integer.toString(partition.partition()))
        .tag("group", group)
        .register(registry);
    return lag;
  }
}
