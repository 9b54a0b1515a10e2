package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.ClaimId;
import dev.spoor.contract.job.WorkerId;
import java.time.Instant;

/**
 * Who runs a job, under the job's current epoch.
 *
 * @param replyPartition partition of {@code grants} that the worker reads
 * @param grantedAt by the log's time
 * @param leaseCheckAt when the ledger looks next whether the worker's heartbeats still cover the
 *     job. Not when the lease ends: a heartbeat moves that without rewriting the job
 */
public record Holder(
    WorkerId workerId,
    ClaimId claimId,
    int replyPartition,
    Instant grantedAt,
    Instant leaseCheckAt) {
  Holder checkedAt(Instant next) {
    return new Holder(workerId, claimId, replyPartition, grantedAt, next);
  }
}
