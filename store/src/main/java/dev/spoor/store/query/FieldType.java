package dev.spoor.store.query;

/** How a field's values are compared. */
public enum FieldType {
  /** Exact and case-sensitive. */
  KEYWORD,
  /** Split into words at Unicode's word boundaries (UAX #29) and at dots; case does not matter. */
  TEXT,
  /** A whole number of 64 bits. */
  LONG,
  /** A number with decimals. */
  DOUBLE,
  /** A time, in nanoseconds. */
  DATE,
  /**
   * Not in the vocabulary, or a job's label: compared as text, exact and case-sensitive, without an
   * order. All of them share one index field, so that no emitter can make the mapping explode.
   */
  FLAT
}
