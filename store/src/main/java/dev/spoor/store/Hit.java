package dev.spoor.store;

/**
 * A record that was found.
 *
 * @param json the record as it was written
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared; copies cost.
public record Hit(Position position, byte[] json) {}
