package dev.spoor.contract.wire;

import dev.spoor.contract.job.Priority;

/**
 * The topics and groups, below one prefix so that several systems can share a cluster.
 *
 * @param prefix put before every name, {@code spoor.} unless configured
 */
public record Topics(String prefix) {
  public static final Topics DEFAULT = new Topics("spoor.");

  /** All input of the ledger. Key: job id; heartbeats, ticks and probes go to a partition. */
  public String ledgerIn() {
    return prefix + "ledger-in";
  }

  /**
   * Compacted: what the ledger knows, for its own restart. Same partitions as {@link #ledgerIn}.
   */
  public String ledgerState() {
    return prefix + "ledger-state";
  }

  /** A queue of dispatches. Key: job id. */
  public String jobs(Priority priority) {
    return prefix + "jobs." + priority.wireName();
  }

  /** The ledger's answers to workers. Partition: {@code Claim.replyPartition}. */
  public String grants() {
    return prefix + "grants";
  }

  /** What became of jobs and commands. Key: job id. */
  public String jobUpdates() {
    return prefix + "job-updates";
  }

  /** Compacted: depth by ledger partition. Key: the partition as decimal text. */
  public String queueStats() {
    return prefix + "queue-stats";
  }

  /** Compacted: flows that workers have announced. Key: flow id. */
  public String flows() {
    return prefix + "flows";
  }

  /** Records of gateways and workers. Key: source. */
  public String telemetry() {
    return prefix + "telemetry";
  }

  /**
   * Records that the ledger writes within its transactions. Key: source; same partitions as {@link
   * #ledgerIn}.
   */
  public String telemetryLedger() {
    return prefix + "telemetry.ledger";
  }

  /** Telemetry that the store refused. Key: source-seq. */
  public String telemetryDeadLetters() {
    return prefix + "telemetry.dead-letters";
  }

  /** Ledger input that could not be applied. Key: that of the input. */
  public String ledgerDeadLetters() {
    return prefix + "ledger.dead-letters";
  }

  /** Compacted, one partition: what the evaluator of alerts knows. Who owns it is the evaluator. */
  public String alertsState() {
    return prefix + "alerts.state";
  }

  /** Compacted: alerts as they begin and cease to fire. Key: rule and labels. */
  public String alerts() {
    return prefix + "alerts";
  }

  /** The share group of the workers. */
  public String workersGroup() {
    return prefix + "workers";
  }

  /** The consumer group of the ledger's owners. */
  public String ledgerGroup() {
    return prefix + "ledger";
  }

  /** The consumer group of the shippers that fill the store. */
  public String storeGroup() {
    return prefix + "store";
  }

  /** The consumer group of the shippers that may evaluate alerts. */
  public String alertsGroup() {
    return prefix + "alerts";
  }

  /** The evaluator's transactional id: one for all, so that a new one fences the old one off. */
  public String alertsTransaction() {
    return prefix + "alerts";
  }
}
