package dev.spoor.shipper.search;

import dev.spoor.store.TailPage;
import dev.spoor.store.query.Query;
import dev.spoor.telemetry.problem.Problem;
import dev.spoor.telemetry.problem.ProblemException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Live views. Each is a loop in its request's virtual thread that asks the store for what is new
 * and writes it. Nothing is buffered beyond one page: a client that reads slowly makes its own loop
 * slow, and gets everything later.
 *
 * <p>Stops before the web server does, so that a stop does not wait for open streams.
 */
public final class TailStreams implements SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(TailStreams.class);

  private static final int PAGE = 500;
  private static final Duration PAUSE = Duration.ofMillis(300);
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);
  private static final byte[] ALIVE = bytes(": alive\n\n");
  private static final byte[] GOODBYE = bytes("retry: 3000\n: the server is stopping\n\n");

  private final Searches searches;
  private final Semaphore places;
  private final int max;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition stopped = lock.newCondition();
  private boolean running;

  /**
   * @param max streams at once; further ones get 503
   */
  public TailStreams(Searches searches, int max) {
    this.searches = searches;
    this.places = new Semaphore(max);
    this.max = max;
  }

  /** Writes until the client goes or the app stops. */
  void stream(Query query, HttpServletResponse response) throws IOException {
    if (!places.tryAcquire()) {
      throw Problem.of(
              503,
              "too-many-tails",
              "Too many tails",
              "there are already " + max + " live views; close one, or search instead")
          .withRetryAfter(Duration.ofSeconds(10))
          .asException();
    }
    try {
      // Before the first byte, so that a store that is gone is a problem and not an empty stream.
      long mark = searches.tailMark();
      response.setStatus(200);
      response.setContentType("text/event-stream");
      response.setCharacterEncoding(StandardCharsets.UTF_8.name());
      response.setHeader("Cache-Control", "no-store");
      response.setHeader("X-Accel-Buffering", "no");
      OutputStream out = response.getOutputStream();
      out.write(ALIVE);
      response.flushBuffer();
      loop(query, mark, out, response);
    } finally {
      places.release();
    }
  }

  private void loop(Query query, long start, OutputStream out, HttpServletResponse response)
      throws IOException {
    long mark = start;
    long lastWrite = System.nanoTime();
    while (true) {
      if (awaitStop()) {
        out.write(GOODBYE);
        response.flushBuffer();
        return;
      }
      TailPage page;
      try {
        page = searches.tail(query, mark, PAGE);
      } catch (ProblemException notNow) {
        // The answer has begun; the store may be back for the next turn.
        log.debug("a live view waits for the store", notNow);
        continue;
      }
      mark = page.mark();
      for (byte[] record : page.records()) {
        event(record, out);
      }
      if (!page.records().isEmpty()) {
        response.flushBuffer();
        lastWrite = System.nanoTime();
      } else if (System.nanoTime() - lastWrite > KEEP_ALIVE.toNanos()) {
        // Also how a client that went away is noticed.
        out.write(ALIVE);
        response.flushBuffer();
        lastWrite = System.nanoTime();
      }
    }
  }

  private static void event(byte[] record, OutputStream out) throws IOException {
    out.write(bytes("event: record\ndata: "));
    byte[] line = record.clone();
    for (int i = 0; i < line.length; i++) {
      // In JSON a line break can only stand between values.
      if (line[i] == '\n' || line[i] == '\r') {
        line[i] = ' ';
      }
    }
    out.write(line);
    out.write(bytes("\n\n"));
  }

  /** Pauses; true if the app stops. */
  private boolean awaitStop() {
    lock.lock();
    try {
      long left = PAUSE.toNanos();
      while (running && left > 0) {
        left = stopped.awaitNanos(left);
      }
      return !running;
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      return true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void start() {
    lock.lock();
    try {
      running = true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void stop() {
    lock.lock();
    try {
      running = false;
      stopped.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean isRunning() {
    lock.lock();
    try {
      return running;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int getPhase() {
    return DEFAULT_PHASE;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
