package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.WorkerId;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a partition has committed. Read by the ledger's thread; changed by the host only. */
public interface PartitionStore {
  @Nullable JobState job(JobId jobId);

  byte @Nullable [] data(DataKey key);

  /** All workers that are remembered. */
  Map<WorkerId, WorkerLease> workers();

  PartitionFacts facts();

  /** The lowest entry of the same index that is not below {@code from}. */
  @Nullable IndexEntry firstFrom(IndexEntry from);
}
