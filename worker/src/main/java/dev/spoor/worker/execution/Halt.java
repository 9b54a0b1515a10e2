package dev.spoor.worker.execution;

import dev.spoor.contract.ledger.StopReason;
import java.util.Locale;

/** Why a job's run was stopped from outside. Nothing it does afterwards counts. */
public enum Halt {
  CANCELLED,
  EXPIRED,
  /** The ledger says that the lease is lost. */
  LEASE_LOST,
  /**
   * No heartbeat was acknowledged for too long, so the lease may be lost. If the ledger still
   * counts it, the job is handed back.
   */
  UNCONFIRMED,
  /** The ledger ended the job for another reason. */
  ENDED,
  /**
   * The job's time is over by this worker's clock. The ledger says so itself a moment later; so
   * nothing is reported.
   */
  DEADLINE,
  /** The worker stops; the job is handed back. */
  DRAINED,
  /** What happened cannot be told to the ledger; it will miss the heartbeats and send it out. */
  UNREPORTABLE;

  static Halt of(StopReason reason) {
    return switch (reason) {
      case CANCELLED -> CANCELLED;
      case EXPIRED -> EXPIRED;
      case LEASE_LOST -> LEASE_LOST;
      case ENDED -> ENDED;
    };
  }

  /** As records name it. */
  String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
