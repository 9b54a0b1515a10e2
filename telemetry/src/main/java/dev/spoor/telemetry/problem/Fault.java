package dev.spoor.telemetry.problem;

/**
 * One thing that is wrong with what a caller sent.
 *
 * @param pointer JSON pointer (RFC 6901) into the body; empty for the whole of it
 * @param detail what is wrong, for a person
 */
public record Fault(String pointer, String detail) {}
