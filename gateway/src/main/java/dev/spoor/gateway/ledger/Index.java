package dev.spoor.gateway.ledger;

/** The orders in which the ledger looks for jobs. What is in them follows from the jobs' states. */
public enum Index {
  /** Jobs with a time limit, by their deadline. */
  DEADLINE,
  /** Running jobs, by when their lease is looked at next. */
  LEASE,
  /** Scheduled and retrying jobs, by when they are queued. */
  WAKE,
  /** Ended jobs, by when they are forgotten. */
  PURGE,
  /** Queued jobs, by when they were queued. */
  QUEUED,
  /** Queued jobs of priority high, by when they were dispatched last. */
  DISPATCHED_HIGH,
  /** Queued jobs of priority normal, by when they were dispatched last. */
  DISPATCHED_NORMAL,
  /** Queued jobs of priority low, by when they were dispatched last. */
  DISPATCHED_LOW,
  /** All jobs, by when they were submitted. */
  CREATED
}
