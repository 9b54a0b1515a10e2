package dev.spoor.gateway.status;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.ledger.JobUpdate;
import dev.spoor.contract.wire.Json;
import dev.spoor.gateway.updates.JobUpdates;
import dev.spoor.telemetry.problem.Problem;
import dev.spoor.telemetry.problem.ProblemException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/**
 * Tells jobs' updates as Server-Sent Events, each stream on the (virtual) thread of its request.
 *
 * <p>A stream first tells the past: update by update where all of them are still known, else from
 * the job's state with {@code truncated}. Then it follows until the job ends. A reader that does
 * not keep up is disconnected with a {@code retry:}; it comes back with {@code Last-Event-ID} and
 * has lost nothing.
 */
public final class JobStreams implements SmartLifecycle {
  /** Updates that a slow reader may lag behind. Full: the stream ends and can be resumed. */
  private static final int MAX_LAG = 1_000;

  /**
   * More streams than this are refused with 503: half of the server's connections are for others.
   */
  private static final int MAX_STREAMS = 500;

  /** An update is told before the owner's store has it; so long it may take to have it. */
  private static final Duration MAX_CATCH_UP = Duration.ofSeconds(2);

  private static final Duration LOOK_UP = Duration.ofSeconds(1);
  private static final byte[] KEEP_ALIVE = ": keep-alive\n\n".getBytes(StandardCharsets.UTF_8);
  private static final byte[] RETRY = "retry: 1000\n\n".getBytes(StandardCharsets.UTF_8);

  private final JobUpdates updates;
  private final Duration keepAlive;
  private final Runnable onStop;
  private final AtomicInteger open = new AtomicInteger();
  private volatile boolean running;

  /**
   * @param keepAlive a comment is sent after so long a silence: proxies close quiet connections,
   *     and a reader that went away is noticed
   * @param onStop called when the server begins to stop
   */
  public JobStreams(JobUpdates updates, Duration keepAlive, Runnable onStop) {
    this.updates = updates;
    this.onStop = onStop;
    this.keepAlive = keepAlive;
  }

  /**
   * Answers with the stream; returns when it has ended.
   *
   * @param reads reads the job, now
   * @param last what the reader has seen; empty for everything of this run
   * @throws IOException if the reader goes away
   */
  void stream(
      JobId jobId,
      Supplier<JobDocument> reads,
      Optional<EventId> last,
      HttpServletResponse response)
      throws IOException {
    if (open.incrementAndGet() > MAX_STREAMS) {
      open.decrementAndGet();
      throw Problem.of(503, "busy", "The gateway is busy", "too many event streams are open")
          .withRetryAfter(Duration.ofSeconds(5))
          .asException();
    }
    BlockingQueue<JobUpdate> live = new ArrayBlockingQueue<>(MAX_LAG);
    AtomicBoolean overflow = new AtomicBoolean();
    // 1. Listen. 2. Read the state. 3. Tell the past up to the state. 4. Tell what was heard since,
    // without what is older than the state. Any other order loses or repeats an update.
    try (JobUpdates.Listening _ =
        updates.listen(
            jobId,
            update -> {
              if (update.version() > 0 && !live.offer(update)) {
                overflow.set(true);
              }
            })) {
      JobDocument job = reads.get();
      EventId now = new EventId(job.runNo(), job.version());
      if (job.status().ended() && last.isPresent() && last.get().compareTo(now) >= 0) {
        // Nothing more will come: 204 tells an EventSource not to connect again.
        response.setStatus(204);
        return;
      }
      response.setStatus(200);
      response.setHeader("Content-Type", "text/event-stream;charset=UTF-8");
      response.setHeader("Cache-Control", "no-store");
      response.setHeader("X-Accel-Buffering", "no");
      OutputStream out = response.getOutputStream();
      EventId told = tellPast(out, job, last.orElse(new EventId(job.runNo(), 0)));
      out.flush();
      if (!job.status().ended()) {
        follow(out, reads, live, overflow, told);
      }
    } finally {
      open.decrementAndGet();
    }
  }

  /** Tells what the state has beyond {@code told}, and returns what is told then. */
  private EventId tellPast(OutputStream out, JobDocument job, EventId told) throws IOException {
    EventId now = new EventId(job.runNo(), job.version());
    if (told.compareTo(now) >= 0) {
      return told;
    }
    for (JobEvent event : past(job, told, now)) {
      write(out, event);
    }
    return now;
  }

  /** The updates after {@code told} up to {@code now}, one by one if all of them are known. */
  private List<JobEvent> past(JobDocument job, EventId told, EventId now) {
    List<JobEvent> known = new ArrayList<>();
    EventId at = told;
    if (told.runNo() == now.runNo()) {
      for (JobUpdate update : updates.recent(job.jobId())) {
        EventId id = EventId.of(update);
        JobStatus status = update.status();
        if (update.version() == at.version() + 1
            && update.runNo() == at.runNo()
            && status != null) {
          known.add(JobEvent.of(update, status));
          at = id;
        }
        if (at.equals(now)) {
          return known;
        }
      }
    }
    return JobEvent.pastOf(job);
  }

  private void follow(
      OutputStream out,
      Supplier<JobDocument> reads,
      BlockingQueue<JobUpdate> live,
      AtomicBoolean overflow,
      EventId from)
      throws IOException {
    EventId told = from;
    long lastWrite = System.nanoTime();
    long lookAt = lastWrite + MAX_CATCH_UP.toNanos();
    boolean caughtUp = false;
    while (true) {
      JobUpdate update = poll(live);
      if (update == null) {
        if (!caughtUp && System.nanoTime() - lookAt >= 0) {
          // What was told before we listened, and was not in the state that we read then.
          JobDocument job = now(reads);
          caughtUp = job != null;
          lookAt = System.nanoTime() + MAX_CATCH_UP.toNanos();
          if (job != null && live.isEmpty()) {
            told = tellPast(out, job, told);
            out.flush();
            lastWrite = System.nanoTime();
            if (job.status().ended()) {
              return;
            }
          }
        }
        if (!running || overflow.get() || Thread.currentThread().isInterrupted()) {
          out.write(RETRY);
          out.flush();
          return;
        }
        if (System.nanoTime() - lastWrite >= keepAlive.toNanos()) {
          out.write(KEEP_ALIVE);
          out.flush();
          lastWrite = System.nanoTime();
        }
        continue;
      }
      JobStatus status = update.status();
      EventId id = EventId.of(update);
      if (status == null || id.compareTo(told) <= 0) {
        continue;
      }
      write(out, JobEvent.of(update, status));
      told = id;
      lastWrite = System.nanoTime();
      if (live.isEmpty()) {
        out.flush();
      }
      if (status.ended()) {
        out.flush();
        return;
      }
    }
  }

  /** Null while it cannot be known. */
  private static @Nullable JobDocument now(Supplier<JobDocument> reads) {
    try {
      return reads.get();
    } catch (ProblemException notNow) {
      return null;
    }
  }

  private static @Nullable JobUpdate poll(BlockingQueue<JobUpdate> live) {
    try {
      return live.poll(LOOK_UP.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  private static void write(OutputStream out, JobEvent event) throws IOException {
    StringBuilder head = new StringBuilder("event: update\n");
    if (event.version() > 0) {
      head.append("id: ").append(event.id()).append('\n');
    }
    head.append("data: ");
    out.write(head.toString().getBytes(StandardCharsets.UTF_8));
    out.write(Json.write(event)); // On one line: JSON escapes line breaks.
    out.write('\n');
    out.write('\n');
  }

  @Override
  public void start() {
    running = true;
  }

  /** Streams notice within a second, say {@code retry:} and end. */
  @Override
  public void stop() {
    running = false;
    onStop.run();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** Stops before the web server begins to wait for its requests. */
  @Override
  public int getPhase() {
    return SmartLifecycle.DEFAULT_PHASE;
  }
}
