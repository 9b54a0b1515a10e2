package dev.spoor.shipper.audit;

/** What a record is to its source. */
public enum Arrival {
  /** Not seen before. */
  NEW,
  /** Seen before. */
  DUPLICATE,
  /**
   * Not seen before, and it would leave one more hole in a source that has too many to be kept
   * account of. The record is not counted as seen.
   */
  TOO_MANY_HOLES
}
