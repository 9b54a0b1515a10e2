package dev.spoor.gateway.queue;

import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.Priority;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.ledger.QueueStats;
import dev.spoor.contract.wire.Json;
import dev.spoor.telemetry.health.QueueDepth;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The newest figures of each ledger partition. One feed thread fills it; everyone reads; nothing
 * blocks.
 *
 * <p>A figure that is missing or old is never taken for zero: until every partition has been
 * counted within {@link #MAX_AGE}, the depth is not known.
 */
public final class QueueTable implements QueueDepth {
  static final Duration MAX_AGE = Duration.ofSeconds(10);

  private final IntSupplier partitions;
  private final Clock clock;
  private final ConcurrentHashMap<Integer, QueueStats> byPartition = new ConcurrentHashMap<>();

  /**
   * @param partitions how many {@code ledger-in} has; 0 while that is not known
   */
  public QueueTable(IntSupplier partitions, Clock clock) {
    this.partitions = partitions;
    this.clock = clock;
  }

  /** Takes the next record of {@code queue-stats}. */
  public void accept(ConsumerRecord<byte[], byte[]> record) {
    if (record.value() != null) {
      QueueStats stats = Json.read(record.value(), QueueStats.class);
      byPartition.put(stats.partition(), stats);
    }
  }

  /**
   * The sum over all partitions.
   *
   * @param complete whether every partition was counted lately
   * @param asOf when the partition was counted that was counted longest ago; null if none was
   * @param oldestQueuedAt of the job that has waited for a worker longest; null when none waits
   */
  record Total(
      boolean complete,
      @Nullable Instant asOf,
      Map<JobStatus, Long> depth,
      Map<Priority, Long> byPriority,
      Map<String, Long> byTenant,
      @Nullable Instant oldestQueuedAt,
      Set<String> workers,
      double endedPerSecond) {
    /** Jobs that have not ended and do not run. */
    long waiting() {
      return count(JobStatus.QUEUED) + count(JobStatus.SCHEDULED) + count(JobStatus.RETRYING);
    }

    long count(JobStatus status) {
      return depth.getOrDefault(status, 0L);
    }
  }

  Total total() {
    Collection<QueueStats> all = byPartition.values();
    Map<JobStatus, Long> depth = new EnumMap<>(JobStatus.class);
    for (JobStatus status : JobStatus.values()) {
      if (!status.ended()) {
        depth.put(status, 0L);
      }
    }
    Map<Priority, Long> byPriority = new EnumMap<>(Priority.class);
    for (Priority priority : Priority.values()) {
      byPriority.put(priority, 0L);
    }
    Map<String, Long> byTenant = new TreeMap<>();
    Set<String> workers = new TreeSet<>();
    Instant asOf = null;
    Instant oldest = null;
    double endedPerSecond = 0;
    int counted = 0;
    for (QueueStats stats : all) {
      counted++;
      stats.depth().forEach((status, n) -> depth.merge(status, n, Long::sum));
      stats.byPriority().forEach((priority, n) -> byPriority.merge(priority, n, Long::sum));
      stats
          .byTenant()
          .forEach((TenantId tenant, Long n) -> byTenant.merge(tenant.value(), n, Long::sum));
      workers.addAll(stats.workers());
      endedPerSecond += stats.endedPerSecond();
      if (asOf == null || stats.at().isBefore(asOf)) {
        asOf = stats.at();
      }
      Instant queuedAt = stats.oldestQueuedAt();
      if (queuedAt != null && (oldest == null || queuedAt.isBefore(oldest))) {
        oldest = queuedAt;
      }
    }
    int expected = partitions.getAsInt();
    boolean complete =
        expected > 0
            && counted >= expected
            && asOf != null
            && asOf.isAfter(clock.instant().minus(MAX_AGE));
    return new Total(complete, asOf, depth, byPriority, byTenant, oldest, workers, endedPerSecond);
  }

  /** Jobs of a tenant that have not ended and do not run; 0 while that is not known. */
  public long waitingOf(TenantId tenant) {
    Total total = total();
    return total.complete() ? total.byTenant().getOrDefault(tenant.value(), 0L) : 0;
  }

  @Override
  public OptionalLong current() {
    Total total = total();
    return total.complete() ? OptionalLong.of(total.waiting()) : OptionalLong.empty();
  }
}
