/**
 * Moves the journal to Kafka: one thread, every source in its own order. Started by the
 * auto-configuration.
 */
@NullMarked
package dev.spoor.telemetry.shipping;

import org.jspecify.annotations.NullMarked;
