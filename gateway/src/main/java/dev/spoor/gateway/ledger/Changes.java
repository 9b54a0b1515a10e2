package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.WorkerId;
import java.util.Map;
import java.util.Optional;

/**
 * What a batch has changed; an empty value is a removal. The index changes follow from the jobs and
 * are for the local store only.
 *
 * @param index true for an entry that is new, false for one that is gone
 */
public record Changes(
    Map<JobId, Optional<JobState>> jobs,
    Map<DataKey, Optional<byte[]>> data,
    Map<WorkerId, Optional<WorkerLease>> workers,
    Map<IndexEntry, Boolean> index,
    PartitionFacts facts) {}
