package dev.spoor.agent.memory;

import java.util.Locale;

/** How far a memory reaches. */
public enum MemoryScope {
  /** This job only, over its attempts and steps. */
  JOB,
  /** All jobs of the tenant with the same {@code session_id}. */
  SESSION;

  /** As records and metrics name it. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
