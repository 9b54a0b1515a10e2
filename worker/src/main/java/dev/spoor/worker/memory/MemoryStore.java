package dev.spoor.worker.memory;

import dev.spoor.agent.memory.ScopeSize;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Where memory lies. Thread-safe. A write that returned survives the process being killed; of two
 * writes of one key the later wins. A write puts what it is given, so one that is made again by a
 * step that runs again changes nothing.
 *
 * <p>Every method may throw {@link dev.spoor.agent.AgentException} with category {@code dependency}
 * when the backend fails.
 */
public interface MemoryStore extends AutoCloseable {
  byte @Nullable [] read(ScopeKey scope, String key);

  /** Returns the size of the scope behind the write. */
  ScopeSize write(ScopeKey scope, String key, byte[] value);

  /** Whether there was something, and the size of the scope behind the deletion. */
  Deletion delete(ScopeKey scope, String key);

  ScopeSize size(ScopeKey scope);

  /**
   * The same for a record: null if the backend is known to be away, or does not say. Never throws.
   */
  @Nullable ScopeSize sizeIfKnown(ScopeKey scope);

  /** Whether other workers write to it too, so that what was read may be old at once. */
  boolean shared();

  /** Forgets a scope whole. */
  void drop(ScopeKey scope);

  /**
   * Forgets job scopes that were last written before a time.
   *
   * @param max at most so many
   * @return how many
   */
  int dropJobsBefore(Instant before, int max);

  /** Returns if the backend works; throws if it does not. */
  void check();

  @Override
  void close();

  /**
   * @param existed whether there was something to delete
   * @param sizeBytes of what was deleted
   */
  record Deletion(boolean existed, int sizeBytes, ScopeSize left) {}
}
