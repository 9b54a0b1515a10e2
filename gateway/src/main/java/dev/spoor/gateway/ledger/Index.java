package dev.spoor.gateway.ledger;

/** The orders in which the ledger looks for jobs. What is in them follows from the jobs' states. */
public enum Index {
  /** Jobs with a time limit, by their deadline. */
  DEADLINE(1),
  /** Running jobs, by when their lease is looked at next. */
  LEASE(2),
  /** Scheduled and retrying jobs, by when they are queued. */
  WAKE(3),
  /** Ended jobs, by when they are forgotten. */
  PURGE(4),
  /** Queued jobs, by when they were queued. */
  QUEUED(5),
  /** Queued jobs of priority high, by when they were dispatched last. */
  DISPATCHED_HIGH(6),
  /** Queued jobs of priority normal, by when they were dispatched last. */
  DISPATCHED_NORMAL(7),
  /** Queued jobs of priority low, by when they were dispatched last. */
  DISPATCHED_LOW(8),
  /** All jobs, by when they were submitted. */
  CREATED(9);

  private final byte code;

  Index(int code) {
    this.code = (byte) code;
  }

  /** Its name on disk; ordered as the indexes are. */
  public byte code() {
    return code;
  }

  /**
   * @throws IllegalArgumentException if it is the code of none
   */
  public static Index ofCode(byte code) {
    for (Index index : values()) {
      if (index.code == code) {
        return index;
      }
    }
    throw new IllegalArgumentException("no index has the code " + code);
  }
}
