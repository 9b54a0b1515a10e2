package dev.spoor.store.query;

/**
 * A field as a query names it, aliases resolved.
 *
 * @param name its name in the record; dots separate the keys of nested objects
 */
public record Field(String name, FieldType type) {}
