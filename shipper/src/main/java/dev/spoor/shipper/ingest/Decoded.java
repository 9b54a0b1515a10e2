package dev.spoor.shipper.ingest;

import dev.spoor.store.TelemetryRecord;

/** What the bytes of a record are. */
sealed interface Decoded {
  /** A record. */
  record Good(TelemetryRecord record) implements Decoded {}

  /**
   * None.
   *
   * @param detail for people; may hold a piece of the bytes
   */
  record Bad(DeadLetterReason reason, String detail) implements Decoded {}
}
