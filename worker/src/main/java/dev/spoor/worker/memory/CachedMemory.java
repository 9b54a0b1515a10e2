package dev.spoor.worker.memory;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.spoor.agent.memory.ScopeSize;
import dev.spoor.worker.memory.MemoryStore.Deletion;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A read-through cache before a store, bounded in bytes. Thread-safe: a key is loaded, written and
 * deleted under the cache's lock on that key, so a slow read never puts an old value over a newer
 * one. Right only while nobody else writes to the store; before a shared store there is no cache.
 */
public final class CachedMemory implements AutoCloseable {
  /** Stands for "there is nothing"; no JSON is empty. */
  private static final byte[] NOTHING = {};

  private static final int ENTRY_OVERHEAD_BYTES = 128;
  private static final Duration KEPT_UNUSED = Duration.ofHours(1);

  private final MemoryStore store;
  private final @Nullable Cache<Entry, byte[]> cache;

  private record Entry(ScopeKey scope, String key) {}

  /**
   * @param value null if there is none
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared; JSON bytes as the store has them.
  public record Lookup(byte @Nullable [] value, CacheUse cache) {}

  /**
   * @param maxBytes of the cache; without effect if the store is shared
   */
  public CachedMemory(MemoryStore store, long maxBytes) {
    this.store = store;
    this.cache = store.shared() ? null : cache(maxBytes);
  }

  private static Cache<Entry, byte[]> cache(long maxBytes) {
    return Caffeine.newBuilder()
        .maximumWeight(maxBytes)
        .expireAfterAccess(KEPT_UNUSED)
        .<Entry, byte[]>weigher(
            (entry, value) -> ENTRY_OVERHEAD_BYTES + entry.key.length() + value.length)
        .build();
  }

  public Lookup read(ScopeKey scope, String key) {
    if (cache == null) {
      return new Lookup(store.read(scope, key), CacheUse.NONE);
    }
    Entry entry = new Entry(scope, key);
    byte[] cached = cache.getIfPresent(entry);
    boolean hit = cached != null;
    if (cached == null) {
      cached = cache.get(entry, _ -> Objects.requireNonNullElse(store.read(scope, key), NOTHING));
    }
    return new Lookup(cached.length == 0 ? null : cached, hit ? CacheUse.HIT : CacheUse.MISS);
  }

  public ScopeSize write(ScopeKey scope, String key, byte[] value) {
    if (cache == null) {
      return store.write(scope, key, value);
    }
    AtomicReference<ScopeSize> size = new AtomicReference<>(ScopeSize.EMPTY);
    var _ =
        cache
            .asMap()
            .compute(
                new Entry(scope, key),
                (_, _) -> {
                  size.set(store.write(scope, key, value));
                  return value;
                });
    return size.get();
  }

  public Deletion delete(ScopeKey scope, String key) {
    if (cache == null) {
      return store.delete(scope, key);
    }
    AtomicReference<Deletion> deletion =
        new AtomicReference<>(new Deletion(false, 0, ScopeSize.EMPTY));
    var _ =
        cache
            .asMap()
            .compute(
                new Entry(scope, key),
                (_, _) -> {
                  deletion.set(store.delete(scope, key));
                  return NOTHING;
                });
    return deletion.get();
  }

  public ScopeSize size(ScopeKey scope) {
    return store.size(scope);
  }

  /** Null if the backend does not say. */
  public @Nullable ScopeSize sizeIfKnown(ScopeKey scope) {
    return store.sizeIfKnown(scope);
  }

  /** Forgets a job's scope. Nobody may use the scope any more: the cache is not searched for it. */
  public void drop(ScopeKey scope) {
    store.drop(scope);
  }

  public int dropJobsBefore(Instant before, int max) {
    return store.dropJobsBefore(before, max);
  }

  public void check() {
    store.check();
  }

  @Override
  public void close() {
    store.close();
  }
}
