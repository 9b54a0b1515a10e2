package dev.spoor.agent.memory;

/**
 * How much a scope holds.
 *
 * @param entries number of keys
 * @param bytes of keys (UTF-8) and values (JSON) together
 */
public record ScopeSize(long entries, long bytes) {
  public static final ScopeSize EMPTY = new ScopeSize(0, 0);

  public ScopeSize {
    if (entries < 0 || bytes < 0) {
      throw new IllegalArgumentException("a scope's size cannot be negative");
    }
  }
}
