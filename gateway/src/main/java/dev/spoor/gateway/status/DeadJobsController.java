package dev.spoor.gateway.status;

import dev.spoor.access.Requires;
import dev.spoor.access.Scope;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.ledger.AnswerOutcome;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.wire.Json;
import dev.spoor.gateway.command.Commands;
import dev.spoor.gateway.ledger.JobReads;
import dev.spoor.gateway.ledger.JobReads.Place;
import dev.spoor.gateway.ledger.JobView;
import dev.spoor.gateway.submit.SubmitController;
import dev.spoor.telemetry.problem.Problem;
import dev.spoor.telemetry.problem.ProblemException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code GET /v1/dead-letters} and {@code POST /v1/dead-letters/replay}: the caller's jobs that
 * have ended badly, of all gateways, the latest end first.
 *
 * <p>A page is what lies below a {@link Place}, so what ends meanwhile, replayed jobs that end
 * again among it, is above and in no later page. A replay writes one command a job and waits for
 * the ledger's answer; the ledger remembers the call, so the same call again moves no job twice.
 */
@RestController
public final class DeadJobsController {
  static final Duration MAX_TIME = Duration.ofSeconds(15);

  /** Jobs whose commands are written before the next are looked for. */
  private static final int PIECE = 500;

  /** Commands of one call that wait for their answer at once. */
  private static final int AT_ONCE = 128;

  /** Calls that replay at once; each may hold {@link #PIECE} jobs. */
  private static final int MAX_CALLS = 4;

  private final JobReads reads;
  private final Owners owners;
  private final Commands commands;
  private final Supplier<String> keys;
  private final Clock clock;
  private final Semaphore calls = new Semaphore(MAX_CALLS);

  /**
   * @param keys makes a key that nobody has used; for calls without one
   */
  public DeadJobsController(
      JobReads reads, Owners owners, Commands commands, Supplier<String> keys, Clock clock) {
    this.reads = reads;
    this.owners = owners;
    this.commands = commands;
    this.keys = keys;
    this.clock = clock;
  }

  private record Listing(List<JobDocument> jobs, @Nullable String nextCursor) {}

  /**
   * The answer to a replay.
   *
   * @param matched jobs that were wanted
   * @param replayed of these, queued again now; in a dry run, those that would be
   * @param already of these, replayed by this call before
   * @param refused of these, by why: the state they are in now, or {@code not_found}
   * @param undecided of these, not known or not written: {@code next_cursor} begins with them
   * @param key the call's
   */
  private record Replay(
      boolean dryRun,
      int matched,
      int replayed,
      int already,
      Map<String, Integer> refused,
      int undecided,
      String key,
      @Nullable String nextCursor) {}

  @Requires(Scope.READ)
  @GetMapping(path = "/v1/dead-letters", produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<byte[]> list(HttpServletRequest request) {
    Asker asker = Asker.of(request);
    EndedFilter filter = EndedFilter.ofList(request.getParameterMap(), clock.instant());
    if (asker.forwarded()) {
      JobReads.Ended here =
          reads.ended(filter.query(asker.tenant(), filter.place(), filter.limit()));
      if (!here.here().containsAll(JobsController.asked(request))) {
        throw notServed();
      }
      return answer(documents(here.stretch()));
    }
    JobReads.Stretch<JobDocument> page = page(asker, filter, filter.place(), filter.limit());
    Place reached = page.reached();
    return answer(
        new Listing(
            page.rows().stream().map(JobReads.Row::job).toList(),
            reached == null ? null : new EndedFilter.Cursor(reached, null).text()));
  }

  @Requires(Scope.SUBMIT)
  @PostMapping(path = "/v1/dead-letters/replay", produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<byte[]> replay(HttpServletRequest request) throws IOException {
    Asker asker = Asker.of(request);
    EndedFilter filter = EndedFilter.ofReplay(request.getParameterMap(), clock.instant());
    boolean fromStart = JobsController.fromStart(request);
    String key =
        Optional.ofNullable(SubmitController.idempotencyKey(request))
            .or(() -> Optional.ofNullable(filter.key()))
            .orElseGet(keys);
    if (!calls.tryAcquire()) {
      throw Owners.unavailable("other calls replay jobs");
    }
    try {
      return answer(new Call(asker, filter, fromStart, key).run());
    } finally {
      calls.release();
    }
  }

  /** One replay of many jobs. Confined to the request's thread but for {@link #ask}. */
  private final class Call {
    private final Asker asker;
    private final EndedFilter filter;
    private final boolean fromStart;
    private final String key;
    private final String callId;
    private final Map<String, Integer> refused = new TreeMap<>();
    private int matched;
    private int replayed;
    private int already;
    private int undecided;

    private Call(Asker asker, EndedFilter filter, boolean fromStart, String key) {
      this.asker = asker;
      this.filter = filter;
      this.fromStart = fromStart;
      this.key = key;
      this.callId = JobId.ofKey(asker.tenant(), key).toString();
    }

    private Replay run() {
      long deadline = System.nanoTime() + MAX_TIME.toNanos();
      Place place = filter.place();
      int left = filter.limit();
      boolean more = true;
      while (more && left > 0 && undecided == 0 && System.nanoTime() - deadline < 0) {
        JobReads.Stretch<JobDocument> page;
        try {
          page = page(asker, filter, place, Math.min(left, PIECE));
        } catch (ProblemException unavailable) {
          if (matched == 0) {
            throw unavailable;
          }
          // What was done has to be told; the cursor leads to the rest.
          break;
        }
        matched += page.rows().size();
        left -= page.rows().size();
        if (filter.dryRun()) {
          replayed += page.rows().size();
        } else {
          replay(page.rows());
        }
        if (undecided == 0) {
          place = page.reached();
          more = place != null;
        }
      }
      String next = more ? new EndedFilter.Cursor(place, key).text() : null;
      return new Replay(filter.dryRun(), matched, replayed, already, refused, undecided, key, next);
    }

    /**
     * @throws ProblemException 503 if nothing is known of any job of this call
     */
    private void replay(List<JobReads.Row<JobDocument>> rows) {
      Iterator<JobReads.Row<JobDocument>> jobs = rows.iterator();
      ConcurrentLinkedQueue<Commands.Answered> answers = new ConcurrentLinkedQueue<>();
      // Closing waits for all: each ask has its own limit, and after one without an answer none
      // is begun.
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int i = 0; i < Math.min(AT_ONCE, rows.size()); i++) {
          threads.execute(() -> {
            JobId next = next(jobs);
            while (next != null) {
              Commands.Answered answered = ask(next);
              answers.add(answered);
              next = answered instanceof Commands.Answered.Answer ? next(jobs) : null;
            }
          });
        }
      }
      answers.forEach(this::count);
      undecided += rows.size() - answers.size();
      if (undecided > 0 && undecided == matched) {
        throw nothingKnown(answers);
      }
    }

    private static @Nullable JobId next(Iterator<JobReads.Row<JobDocument>> jobs) {
      synchronized (jobs) {
        return jobs.hasNext() ? jobs.next().job().jobId() : null;
      }
    }

    private Commands.Answered ask(JobId jobId) {
      return commands.ask(
          jobId,
          asker.context(),
          requestId -> new LedgerInput.Replay(jobId, requestId, asker.tenant(), fromStart, callId));
    }

    private void count(Commands.Answered answered) {
      if (!(answered instanceof Commands.Answered.Answer given)) {
        undecided++;
        return;
      }
      AnswerOutcome outcome = given.answer().outcome();
      JobStatus status = given.update().status();
      switch (outcome) {
        case DONE -> replayed++;
        case REPLAYED -> already++;
        case NOT_FOUND -> refused.merge("not_found", 1, Integer::sum);
        case WRONG_STATE ->
            refused.merge(status == null ? "unknown" : status.wireName(), 1, Integer::sum);
        case QUEUE_FULL, BODY_DIFFERS ->
            throw new IllegalStateException("the ledger answers a replay with " + outcome);
      }
    }

    private RuntimeException nothingKnown(Iterable<Commands.Answered> answers) {
      String outcome = "not_accepted";
      String reason = "nothing was written";
      for (Commands.Answered answered : answers) {
        switch (answered) {
          case Commands.Answered.Unknown unknown -> {
            outcome = "unknown";
            reason = unknown.reason();
          }
          case Commands.Answered.NotAccepted not ->
              reason = outcome.equals("unknown") ? reason : not.reason();
          case Commands.Answered.Answer _ -> throw new IllegalStateException("an answer is known");
        }
      }
      return Problem.of(
              503,
              outcome.equals("unknown") ? "outcome-unknown" : "not-accepted",
              "The replay did not get through",
              reason
                  + "; repeat it with this key as Idempotency-Key: no job is replayed twice for it")
          .with("outcome", outcome)
          .with("key", key)
          .withRetryAfter(Duration.ofSeconds(2))
          .asException();
    }
  }

  /**
   * A page of all gateways' jobs.
   *
   * @throws ProblemException 503 while a part of the jobs cannot be read
   */
  private JobReads.Stretch<JobDocument> page(
      Asker asker, EndedFilter filter, @Nullable Place place, int limit) {
    JobReads.Ended here = reads.ended(filter.query(asker.tenant(), place, limit));
    if (here.moving()) {
      // A part of the jobs would look like all of them.
      throw notServed();
    }
    List<JobReads.Stretch<JobDocument>> all = new ArrayList<>();
    all.add(documents(here.stretch()));
    here.elsewhere()
        .forEach((owner, partitions) ->
            all.add(owners.ended(owner, partitions, filter.forwarded(place, limit), asker)));
    return JobReads.Stretch.merge(all, limit);
  }

  private static JobReads.Stretch<JobDocument> documents(JobReads.Stretch<JobView> stretch) {
    return new JobReads.Stretch<>(
        stretch.rows().stream()
            .map(row -> new JobReads.Row<>(row.place(), JobDocument.of(row.job())))
            .toList(),
        stretch.reached());
  }

  private static RuntimeException notServed() {
    return Owners.unavailable("the ledger does not serve all of its partitions now");
  }

  private static ResponseEntity<byte[]> answer(Object body) {
    return ResponseEntity.ok()
        .contentType(MediaType.APPLICATION_JSON)
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .body(Json.write(body));
  }
}
