package dev.spoor.contract.ledger;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Why a worker has to stop running a job. */
public enum StopReason {
  @JsonProperty("cancelled")
  CANCELLED,
  /** The job's own time limit was reached. */
  @JsonProperty("expired")
  EXPIRED,
  /** The worker's heartbeats stayed away for longer than the lease. */
  @JsonProperty("lease_lost")
  LEASE_LOST,
  /** The job was ended by the ledger, for example as {@code dead}. */
  @JsonProperty("ended")
  ENDED
}
