package dev.spoor.gateway.ledger;

/** What must hold in every history. */
enum Promise {
  /** Every accepted job ends, exactly once per run. */
  ENDS_EXACTLY_ONCE,
  /** One key is one job: a second submit creates nothing and is told so. */
  ONE_KEY_IS_ONE_JOB,
  /** Each command is answered exactly once, and rightly. */
  COMMANDS_ARE_ANSWERED,
  /** No epoch is granted twice, and no job is granted while somebody holds it. */
  ONE_HOLDER_PER_EPOCH,
  /** Only the holder of a grant changes a job: nothing runs without a grant. */
  NOTHING_RUNS_WITHOUT_A_GRANT,
  /** A cancelled run is never granted (again). */
  CANCELLED_NEVER_STARTS,
  /** A grant lists exactly the steps whose checkpoints were read, and they are not run again. */
  COMPLETED_STEPS_ARE_KEPT,
  /** No lease ends that a heartbeat in the log would have kept. */
  HEARTBEATS_KEEP_LEASES,
  /** No attempt beyond {@code max_attempts}. */
  ATTEMPTS_ARE_BOUNDED,
  /** The versions of a run count up by one, and its states follow each other as listed. */
  VERSIONS_ARE_GAPLESS,
  /** Depth equals a recount; the indexes are what the states say. */
  COUNTS_EQUAL_A_RECOUNT,
  /** The telemetry source of the partition has no gap and no number twice. */
  TRAIL_IS_GAPLESS
}
