/**
 * The vocabulary of telemetry records: field names, event names, closed sets. Used by everyone who
 * emits, stores or searches records.
 */
@NullMarked
package dev.spoor.contract.telemetry;

import org.jspecify.annotations.NullMarked;
