package dev.spoor.telemetry.journal;

/**
 * Records that will never be shipped.
 *
 * @param source whose
 * @param from first seq, inclusive
 * @param to last seq, inclusive
 */
public record Gap(String source, long from, long to, DropReason reason) {}
