package dev.spoor.telemetry.journal;

import java.util.Map;

/** Makes the journal's own records: {@code gap}, {@code source.closed}. Thread-safe. */
@FunctionalInterface
public interface RecordWriter {
  /** Writes a whole record of this event into an empty buffer. */
  void write(RecordBuffer into, String event, String level, String message, Map<String, ?> fields);
}
