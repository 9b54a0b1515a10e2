package dev.spoor.gateway.ledger;

import org.jspecify.annotations.Nullable;

/**
 * What a rule has to know of the partition besides the job.
 *
 * @param waiting jobs that are scheduled, queued or retrying
 * @param worker what the heartbeats of the input's worker said; null if it is from none, or none
 *     came yet
 */
record Facts(long waiting, @Nullable WorkerLease worker) {}
