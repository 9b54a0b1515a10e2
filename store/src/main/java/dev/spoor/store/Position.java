package dev.spoor.store;

import java.time.Instant;

/**
 * A record's place in the order of search results: by time, then source, then seq. It depends on
 * nothing but the record, so it stays valid over merges, restarts and new records.
 */
public record Position(Instant timestamp, String source, long seq) {}
