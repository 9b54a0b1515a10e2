package dev.spoor.gateway.status;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.gateway.ledger.JobReads;
import dev.spoor.gateway.updates.JobUpdates;
import dev.spoor.telemetry.problem.Problem;
import dev.spoor.telemetry.problem.ProblemException;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Finds a job wherever it is owned, and waits for its end. Thread-safe. */
public final class JobFinder {
  /** An end is told before the owner's store has it; so long it may take to have it. */
  private static final Duration MAX_CATCH_UP = Duration.ofSeconds(2);

  private final JobReads reads;
  private final Owners owners;
  private final JobUpdates updates;
  private final CompletableFuture<Void> stopping = new CompletableFuture<>();

  public JobFinder(JobReads reads, Owners owners, JobUpdates updates) {
    this.reads = reads;
    this.owners = owners;
    this.updates = updates;
  }

  /**
   * The job as it is now.
   *
   * @throws dev.spoor.telemetry.problem.ProblemException 404, or 503 while it cannot be known
   */
  JobDocument find(Asker asker, JobId jobId) {
    return switch (reads.job(jobId)) {
      case JobReads.Found.Here here -> {
        if (!here.job().spec().tenant().equals(asker.tenant())) {
          throw noSuchJob().asException();
        }
        yield JobDocument.of(here.job());
      }
      case JobReads.Found.Absent _ -> throw noSuchJob().asException();
      case JobReads.Found.Moving _ -> throw Owners.unavailable("the job's partition is moving");
      case JobReads.Found.Elsewhere elsewhere -> {
        // Two gateways that each think the other is the owner would send it to and fro.
        if (asker.forwarded()) {
          throw Owners.unavailable("the job's partition is moving");
        }
        Optional<JobDocument> found = owners.job(elsewhere.owner(), jobId, asker);
        yield found.orElseThrow(() -> noSuchJob().asException());
      }
    };
  }

  /**
   * Whether the caller has this job.
   *
   * @throws ProblemException 503 while it cannot be known
   */
  public boolean isThere(JobId jobId, HttpServletRequest request) {
    try {
      find(Asker.of(request), jobId);
      return true;
    } catch (ProblemException no) {
      if (no.problem().status() == 404) {
        return false;
      }
      throw no;
    }
  }

  /** The job when it has ended, or as it is after {@code maxWait}. */
  JobDocument await(Asker asker, JobId jobId, Duration maxWait) {
    long deadline = System.nanoTime() + maxWait.toNanos();
    CompletableFuture<Void> ended = new CompletableFuture<>();
    // Listen before reading: an end between the two would be missed.
    try (JobUpdates.Listening _ =
        updates.listen(
            jobId,
            update -> {
              JobStatus status = update.status();
              if (status != null && status.ended() && update.version() > 0) {
                ended.complete(null);
              }
            })) {
      CompletableFuture<Object> event = CompletableFuture.anyOf(ended, stopping);
      JobDocument job = find(asker, jobId);
      // An end that was told before we listened, and that the owner's store had not: looked for
      // once more when it must have it.
      if (!job.status().ended()
          && !sleepUntil(event, Math.min(MAX_CATCH_UP.toNanos(), deadline - System.nanoTime()))) {
        job = find(asker, jobId);
      }
      if (job.status().ended()
          || !sleepUntil(event, deadline - System.nanoTime())
          || stopping.isDone()) {
        return job.status().ended() ? job : find(asker, jobId);
      }
    }
    long patience = System.nanoTime() + MAX_CATCH_UP.toNanos();
    JobDocument job = find(asker, jobId);
    long pauseMillis = 2;
    while (!job.status().ended() && System.nanoTime() < patience) {
      sleepUntil(stopping, TimeUnit.MILLISECONDS.toNanos(pauseMillis));
      pauseMillis = Math.min(100, pauseMillis * 2);
      job = find(asker, jobId);
    }
    return job;
  }

  /** Ends every waiting at once: the server stops. */
  public void stopWaiting() {
    stopping.complete(null);
  }

  private static boolean sleepUntil(CompletableFuture<?> event, long nanos) {
    if (nanos <= 0) {
      return event.isDone();
    }
    try {
      event.get(nanos, TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("an end is never an exception", e);
    }
  }

  static Problem noSuchJob() {
    return Problem.of(
        404,
        "no-such-job",
        "No such job",
        "there is no such job; one that was accepted a moment ago may need a moment more");
  }
}
