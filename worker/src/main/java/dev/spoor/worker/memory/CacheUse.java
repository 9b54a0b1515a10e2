package dev.spoor.worker.memory;

import java.util.Locale;

/** What the cache had to do with a read. */
public enum CacheUse {
  HIT,
  MISS,
  /** There is no cache before this backend. */
  NONE;

  /** As records and metrics name it. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
