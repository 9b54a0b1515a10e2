package dev.spoor.store;

import java.time.Instant;
import tools.jackson.databind.JsonNode;

/**
 * A record as it goes into a store. {@code source} and {@code seq} are its identity: a store that
 * has it already does not take it again.
 *
 * @param timestamp what it is ordered by
 * @param fields the JSON object, parsed
 * @param json the same as bytes, which a hit gives back unchanged; not to be modified by anyone
 */
@SuppressWarnings("ArrayRecordComponent") // Two records are never compared, and copies cost.
public record TelemetryRecord(
    String source, long seq, Instant timestamp, JsonNode fields, byte[] json) {}
