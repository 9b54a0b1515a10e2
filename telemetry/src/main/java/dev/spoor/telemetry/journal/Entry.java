package dev.spoor.telemetry.journal;

/**
 * One record as it was logged.
 *
 * @param seq position in its source
 * @param event ASCII
 * @param payload the JSON object, UTF-8
 */
@SuppressWarnings("ArrayRecordComponent") // Handed to Kafka as it is; nobody compares entries.
public record Entry(long seq, byte[] event, byte[] payload) {}
