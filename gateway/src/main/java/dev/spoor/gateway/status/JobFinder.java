package dev.spoor.gateway.status;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.TenantId;
import dev.spoor.gateway.command.RequestContext;
import dev.spoor.gateway.ledger.JobReads;
import dev.spoor.gateway.updates.JobUpdates;
import dev.spoor.telemetry.problem.Problem;
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
   * @param forwarded whether another gateway asks: then it is not asked in turn
   * @throws dev.spoor.telemetry.problem.ProblemException 404, or 503 while it cannot be known
   */
  JobDocument find(TenantId tenant, JobId jobId, boolean forwarded, RequestContext context) {
    return switch (reads.job(jobId)) {
      case JobReads.Found.Here here -> {
        if (!here.job().spec().tenant().equals(tenant)) {
          throw noSuchJob().asException();
        }
        yield JobDocument.of(here.job());
      }
      case JobReads.Found.Absent _ -> throw noSuchJob().asException();
      case JobReads.Found.Moving _ -> throw Owners.unavailable("the job's partition is moving");
      case JobReads.Found.Elsewhere elsewhere -> {
        // Two gateways that each think the other is the owner would send it to and fro.
        if (forwarded) {
          throw Owners.unavailable("the job's partition is moving");
        }
        Optional<JobDocument> found = owners.job(elsewhere.owner(), jobId, context);
        yield found.orElseThrow(() -> noSuchJob().asException());
      }
    };
  }

  /** The job when it has ended, or as it is after {@code maxWait}. */
  JobDocument await(
      TenantId tenant, JobId jobId, boolean forwarded, RequestContext context, Duration maxWait) {
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
      JobDocument job = find(tenant, jobId, forwarded, context);
      if (job.status().ended()
          || !sleepUntil(CompletableFuture.anyOf(ended, stopping), deadline - System.nanoTime())
          || stopping.isDone()) {
        return job.status().ended() ? job : find(tenant, jobId, forwarded, context);
      }
    }
    long patience = System.nanoTime() + MAX_CATCH_UP.toNanos();
    JobDocument job = find(tenant, jobId, forwarded, context);
    long pauseMillis = 2;
    while (!job.status().ended() && System.nanoTime() < patience) {
      sleepUntil(stopping, TimeUnit.MILLISECONDS.toNanos(pauseMillis));
      pauseMillis = Math.min(100, pauseMillis * 2);
      job = find(tenant, jobId, forwarded, context);
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
