package dev.spoor.shipper.search;

import dev.spoor.store.Page;
import dev.spoor.store.Search;
import dev.spoor.store.SearchTimeoutException;
import dev.spoor.store.SummaryVisitor;
import dev.spoor.store.TailPage;
import dev.spoor.store.TelemetryStore;
import dev.spoor.store.query.Query;
import dev.spoor.telemetry.problem.Problem;
import dev.spoor.telemetry.problem.ProblemException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Lets few searches run at once and none for long, so that people who look do not hold up the
 * records that come in. Thread-safe.
 */
public final class Searches {
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final TelemetryStore store;
  private final Duration timeout;
  private final Semaphore running;

  /**
   * @param timeout for one search
   * @param atOnce further ones wait for a little, then 503
   */
  public Searches(TelemetryStore store, Duration timeout, int atOnce) {
    this.store = store;
    this.timeout = timeout;
    this.running = new Semaphore(atOnce, true);
  }

  /** What a search may take. */
  public Duration timeout() {
    return timeout;
  }

  /**
   * @throws ProblemException 503 if it cannot be answered now or takes too long
   */
  public Page search(Search search) {
    return limited(() -> store.search(search));
  }

  long tailMark() {
    return limited(store::tailMark);
  }

  TailPage tail(Query query, long mark, int limit) {
    return limited(() -> store.tail(query, mark, limit, timeout));
  }

  /**
   * Shows summaries, as a store does.
   *
   * @throws ProblemException 503 if it cannot be answered now
   */
  public void summaries(String span, Instant from, Instant until, SummaryVisitor visitor) {
    limited(() -> {
      store.summaries(span, from, until, visitor);
      return from;
    });
  }

  private interface Work<T> {
    T run() throws IOException;
  }

  private <T> T limited(Work<T> work) {
    try {
      if (!running.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw unavailable("too many searches are running");
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw unavailable("the server is stopping");
    }
    try {
      return work.run();
    } catch (SearchTimeoutException late) {
      throw Problem.of(
              503,
              "search-timeout",
              "Search took too long",
              "no answer within "
                  + timeout.toSeconds()
                  + " s; ask for less time (from, to) or for rarer words")
          .asException();
    } catch (IOException failed) {
      throw unavailable("the telemetry store does not answer; /health and the log say more");
    } finally {
      running.release();
    }
  }

  private static ProblemException unavailable(String detail) {
    return Problem.of(503, "store-unavailable", "Store unavailable", detail)
        .withRetryAfter(Duration.ofSeconds(5))
        .asException();
  }
}
