package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.Priority;
import dev.spoor.contract.job.TenantId;
import java.time.Instant;
import java.util.Map;

/**
 * What a partition knows besides its jobs and workers; one record in the changelog.
 *
 * @param time the latest append time read; never goes back, whatever the broker's clock does
 * @param nextOffset of {@code ledger-in} that is read next
 * @param nextSeq of the partition's telemetry source
 * @param ended runs that have ended since the beginning
 * @param depth jobs that have not ended, by state and priority; no zeros
 * @param byTenant jobs that have not ended and do not run, by tenant; no zeros
 */
public record PartitionFacts(
    Instant time,
    long nextOffset,
    long nextSeq,
    long ended,
    Map<JobStatus, Map<Priority, Long>> depth,
    Map<TenantId, Long> byTenant) {
  public static final PartitionFacts NONE =
      new PartitionFacts(Instant.EPOCH, 0, 1, 0, Map.of(), Map.of());

  public PartitionFacts {
    depth = Map.copyOf(depth);
    byTenant = Map.copyOf(byTenant);
  }

  public long depth(JobStatus status) {
    long sum = 0;
    for (long n : depth.getOrDefault(status, Map.of()).values()) {
      sum += n;
    }
    return sum;
  }
}
