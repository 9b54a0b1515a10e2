package dev.spoor.telemetry.health;

import java.util.OptionalLong;

/**
 * How many jobs wait, as the ledger counts them. An app that can know it contributes a bean. Must
 * not block.
 */
@FunctionalInterface
public interface QueueDepth {
  /** Scheduled, queued and retrying jobs together; empty while it is not known. */
  OptionalLong current();
}
