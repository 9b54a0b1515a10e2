package dev.spoor.contract.ledger;

import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.Priority;
import dev.spoor.contract.job.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one ledger partition counts, every second. The sum over all partitions is the depth of the
 * queue.
 *
 * @param partition of {@code ledger-in}
 * @param owner instance name of the gateway that owns the partition
 * @param ownerUrl where that gateway answers other gateways
 * @param at when it was counted, by the owner's clock
 * @param depth jobs that have not ended, by state
 * @param byPriority jobs that have not ended and do not run, by priority
 * @param byTenant the same by tenant
 * @param oldestQueuedAt when the job was queued that has been waiting for a worker longest; null
 *     when none waits
 * @param workers workers whose heartbeat is not older than the lease timeout
 * @param endedPerSecond jobs ended over the last minute, a second
 */
public record QueueStats(
    int partition,
    String owner,
    String ownerUrl,
    Instant at,
    Map<JobStatus, Long> depth,
    Map<Priority, Long> byPriority,
    Map<TenantId, Long> byTenant,
    @Nullable Instant oldestQueuedAt,
    List<String> workers,
    double endedPerSecond) {
  public QueueStats {
    depth = Map.copyOf(depth);
    byPriority = Map.copyOf(byPriority);
    byTenant = Map.copyOf(byTenant);
    workers = List.copyOf(workers);
  }
}
