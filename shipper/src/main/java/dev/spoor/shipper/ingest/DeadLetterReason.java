package dev.spoor.shipper.ingest;

import java.util.Locale;

/** Why a record is set aside. A closed set: it is a metric's tag. */
enum DeadLetterReason {
  /** No value, or one of no bytes. */
  EMPTY,
  TOO_LARGE,
  /** Not UTF-8. */
  BAD_UTF8,
  /** Not JSON, or JSON with a name twice. */
  NOT_JSON,
  TOO_DEEP,
  NOT_AN_OBJECT,
  TOO_MANY_FIELDS,
  /** {@code source} or {@code seq} are missing or cannot be. */
  NO_IDENTITY,
  /** The record's key is not its source, so the order of its source is not known. */
  WRONG_KEY,
  /** Its source has left more holes than can be kept account of. */
  TOO_MANY_HOLES,
  /** The store will not take it. */
  REFUSED;

  String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
