package dev.spoor.telemetry.health;

/** How many jobs run in this process. A worker contributes a bean. Must not block. */
@FunctionalInterface
public interface JobsInFlight {
  int current();
}
