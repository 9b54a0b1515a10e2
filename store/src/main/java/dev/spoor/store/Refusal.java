package dev.spoor.store;

/**
 * A record that the store will not take, however often it is offered.
 *
 * @param position in the list that was written, from 0
 * @param detail why, for people
 */
public record Refusal(int position, String detail) {}
