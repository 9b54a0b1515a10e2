package dev.spoor.store;

import dev.spoor.store.query.Query;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What to look for.
 *
 * @param from the earliest time, null for no bound
 * @param until the first time that is too late, null for no bound
 * @param newestFirst the order
 * @param limit how many hits at most, 1 to {@value #MAX_LIMIT}
 * @param after the last hit of the page before, null for the first page
 * @param timeout then {@link SearchTimeoutException}
 */
public record Search(
    Query query,
    @Nullable Instant from,
    @Nullable Instant until,
    boolean newestFirst,
    int limit,
    @Nullable Position after,
    Duration timeout) {
  public static final int MAX_LIMIT = 10_000;

  public Search {
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new IllegalArgumentException("A limit is from 1 to " + MAX_LIMIT + ", not " + limit);
    }
  }
}
