package dev.spoor.worker.execution;

import dev.spoor.agent.AgentException;
import dev.spoor.agent.AgentOutcome;
import dev.spoor.agent.flow.Flow;
import dev.spoor.agent.flow.FlowProgress;
import dev.spoor.agent.flow.FlowProgress.Next;
import dev.spoor.agent.flow.FlowStep;
import dev.spoor.agent.memory.MemoryScope;
import dev.spoor.contract.job.ErrorCategory;
import dev.spoor.contract.job.JobError;
import dev.spoor.contract.job.StepId;
import dev.spoor.contract.job.StepKey;
import dev.spoor.contract.job.StepSummary;
import dev.spoor.contract.job.Usage;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.ledger.LedgerInput.AttemptFailed;
import dev.spoor.contract.ledger.LedgerInput.End;
import dev.spoor.contract.ledger.LedgerInput.StepCompleted;
import dev.spoor.contract.ledger.WorkerMessage.CompletedStep;
import dev.spoor.contract.ledger.WorkerMessage.Grant;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Json;
import dev.spoor.telemetry.correlation.Correlation;
import dev.spoor.telemetry.correlation.LogContext;
import dev.spoor.telemetry.correlation.TraceContext;
import dev.spoor.worker.execution.Trail.MemoryContext;
import dev.spoor.worker.memory.ScopeKey;
import dev.spoor.worker.report.LedgerWriter;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Runs one granted job on the calling virtual thread, from behind its completed steps to its end.
 * Thread-safe: keeps nothing of a job.
 *
 * <p>A completed step is in the ledger's log before the next one begins: so its model calls are not
 * repeated, whatever dies. The job's thread alone moves through the flow and talks to the ledger;
 * branches have threads of their own for their agents only.
 */
final class JobRunner {
  private static final Logger log = LoggerFactory.getLogger(JobRunner.class);

  /** The ledger refuses larger ones, and says so; here the agent learns it with its own trail. */
  static final int MAX_OUTPUT_BYTES = 256 * 1024;

  private final ExecutionParts parts;
  private final LedgerWriter ledger;

  JobRunner(ExecutionParts parts, LedgerWriter ledger) {
    this.parts = parts;
    this.ledger = ledger;
  }

  /** Where a job's memory of this scope is. */
  static ScopeKey scopeOf(Grant grant, MemoryScope scope) {
    String session = grant.spec().sessionId();
    // Without a session id a job is a session of its own: no other job comes to this name.
    String id =
        scope == MemoryScope.SESSION && session != null ? session : grant.jobId().toString();
    return new ScopeKey(scope, grant.spec().tenant(), id);
  }

  /** A step that has run, in whatever way it ended. */
  private sealed interface Ran {
    record Well(StepSummary summary, JsonNode output) implements Ran {}

    record Badly(Fault fault) implements Ran {}
  }

  /**
   * Runs the job and tells the ledger what became of it. Returns when the ledger's log has it, or
   * the run was halted: then nothing is told.
   */
  void run(JobRun run) {
    long begin = System.nanoTime();
    Grant grant = run.grant();
    String traceparent = grant.traceparent();
    TraceContext request =
        traceparent == null ? null : TraceContext.parse(traceparent).orElse(null);
    TraceContext span = request == null ? parts.spans().begin() : request.child();
    String parent = request == null ? null : request.spanId();
    parts.spans().queued(grant, span, parent, parts.clock().instant());
    LogContext context =
        GrantContext.of(grant, parts.workerId()).with(Correlation.fields(span, parent));
    try (var _ = context.open()) {
      JobError error = error(grant, "the run broke");
      try {
        run.enter();
        error = walk(run);
      } catch (InterruptedException e) {
        error = Fault.stopped(run.halted(), null).error();
        log.atDebug().log("job left: " + e.getMessage());
      } finally {
        run.leave();
        parts.spans().job(grant, begin, error);
      }
    }
  }

  /** Returns what the attempt ended with, null for success. */
  private @Nullable JobError walk(JobRun run) throws InterruptedException {
    Grant grant = run.grant();
    Flow flow = parts.flows().find(grant.spec().flow()).orElse(null);
    if (flow == null) {
      // Another worker may know it; this one is older or newer.
      return fail(run, new Fault(error(grant, "this worker does not know the flow"), true, 0));
    }
    Map<StepKey, CompletedStep> done = HashMap.newHashMap(grant.completed().size());
    Usage spent = Usage.NONE;
    for (CompletedStep completed : grant.completed()) {
      done.put(completed.step().key(), completed);
      spent = spent.plus(completed.step().usage());
    }
    Map<StepId, JsonNode> outputs = new HashMap<>();
    FlowProgress progress = FlowProgress.start(flow);
    CompletedStep[] last = new CompletedStep[1];
    Next next =
        progress.resume(key -> {
          CompletedStep completed = done.get(key);
          if (completed == null) {
            return null;
          }
          last[0] = completed;
          outputs.put(key.stepId(), completed.output());
          return completed.step().action();
        });
    CompletedStep lastDone = last[0];
    return switch (next) {
      case Next.Steps(List<StepKey> ready) -> {
        SpendingLimit limit = new SpendingLimit(grant.spec().budget(), spent);
        yield new Walk(run, flow, progress, outputs, limit).go(ready);
      }
      // The ledger has every step, but not that the last of them was the last: say it again.
      case Next.End() -> {
        if (lastDone != null) {
          checkpoint(run, lastDone.step(), lastDone.output(), new End(null));
        }
        yield null;
      }
      case Next.Stuck(String reason) -> fail(run, new Fault(error(grant, reason), false, 0));
    };
  }

  /** One run's way through its flow. Used by the job's thread only. */
  private final class Walk {
    private final JobRun run;
    private final Flow flow;
    private final FlowProgress progress;
    private final Map<StepId, JsonNode> outputs;
    private final SpendingLimit limit;
    // Bounded by the number of branches of the flow; each puts one.
    private final BlockingQueue<Ran> ran = new LinkedBlockingQueue<>();
    private int inBranches;
    private @Nullable Fault fault;

    Walk(
        JobRun run,
        Flow flow,
        FlowProgress progress,
        Map<StepId, JsonNode> outputs,
        SpendingLimit limit) {
      this.run = run;
      this.flow = flow;
      this.progress = progress;
      this.outputs = outputs;
      this.limit = limit;
    }

    @Nullable JobError go(List<StepKey> first) throws InterruptedException {
      try {
        return walk(first);
      } finally {
        // The slot is given back when the run's code has ended, and branches are its code.
        leaveBranches();
      }
    }

    private void leaveBranches() {
      boolean interrupted = false;
      while (inBranches > 0) {
        try {
          run.interruptOthers();
          if (ran.poll(1, TimeUnit.SECONDS) != null) {
            inBranches--;
          }
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    private @Nullable JobError walk(List<StepKey> first) throws InterruptedException {
      List<StepKey> due = first;
      while (true) {
        Ran step;
        if (inBranches == 0 && due.size() == 1) {
          step = runStep(run, flow, due.getFirst(), outputs, limit);
        } else {
          due.forEach(this::begin);
          step = ran.take();
          inBranches--;
        }
        run.check();
        switch (step) {
          case Ran.Badly(Fault what) -> {
            if (fault == null) {
              fault = what;
            }
            due = List.of();
          }
          case Ran.Well(StepSummary summary, JsonNode output) -> {
            switch (progress.complete(summary.key(), summary.action())) {
              case Next.Steps(List<StepKey> ready) -> {
                checkpoint(run, summary, output, null);
                outputs.put(summary.stepId(), output);
                // After a fault nothing new begins, but what other branches are paying for is kept.
                due = fault == null ? ready : List.of();
              }
              case Next.End() -> {
                checkpoint(run, summary, output, new End(null));
                return null;
              }
              case Next.Stuck(String reason) -> {
                JobError error =
                    new JobError(reason, null, ErrorCategory.INTERNAL, summary.stepId());
                checkpoint(run, summary, output, new End(error));
                // Branches beside it end with the run: the ledger stops listening.
                return error;
              }
            }
          }
        }
        if (fault != null && inBranches == 0) {
          return fail(run, fault);
        }
      }
    }

    private void begin(StepKey key) {
      inBranches++;
      Map<StepId, JsonNode> seen = Map.copyOf(outputs);
      Runnable branch =
          LogContext.here()
              .wrap(
                  (Runnable)
                      () -> {
                        try {
                          run.enter();
                          ran.add(runStep(run, flow, key, seen, limit));
                        } catch (InterruptedException halted) {
                          ran.add(new Ran.Badly(Fault.stopped(run.halted(), key.stepId())));
                        } catch (Throwable broken) {
                          // The job's thread waits for one answer of each branch.
                          ran.add(new Ran.Badly(Fault.of(broken, key.stepId(), parts.redactor())));
                        } finally {
                          run.leave();
                        }
                      });
      var _ = Thread.ofVirtual().name("branch-" + key.stepId()).start(branch);
    }
  }

  private Ran runStep(
      JobRun run, Flow flow, StepKey key, Map<StepId, JsonNode> outputs, SpendingLimit limit)
      throws InterruptedException {
    run.check();
    long begin = System.nanoTime();
    FlowStep step = flow.step(key.stepId());
    try (var _ = Correlation.open(fields(step, key));
        var _ = Correlation.openChild()) {
      JobError error = error(run.grant(), "the step broke");
      try {
        Ran ran = runAgent(run, flow, step, key, outputs, limit);
        error = ran instanceof Ran.Badly(Fault fault) ? fault.error() : null;
        return ran;
      } catch (InterruptedException e) {
        error = Fault.stopped(run.halted(), key.stepId()).error();
        throw e;
      } finally {
        parts.spans().step(key, begin, error);
      }
    }
  }

  private Ran runAgent(
      JobRun run,
      Flow flow,
      FlowStep step,
      StepKey key,
      Map<StepId, JsonNode> outputs,
      SpendingLimit limit)
      throws InterruptedException {
    Grant grant = run.grant();
    Map<String, String> labels = grant.spec().labels();
    Instant startedAt = parts.clock().instant();
    long begin = System.nanoTime();
    try (var _ = Correlation.openChild()) {
      StepContext context =
          new StepContext(run, step, key, outputs, limit, parts, LogContext.here());
      parts.trail().executionStarted(memoryContext(grant), labels);
      try {
        AgentOutcome outcome = step.agent().run(context);
        run.check();
        int outputBytes = sizeOf(outcome.output());
        long nanos = System.nanoTime() - begin;
        parts.spans().agent(step, begin, null);
        parts
            .trail()
            .executionCompleted(
                flow.id(), step.agentId(), outcome.action(), nanos, memoryContext(grant), labels);
        return new Ran.Well(
            new StepSummary(
                key.stepId(),
                key.iteration(),
                step.agentId(),
                outcome.action(),
                grant.attempt(),
                startedAt,
                nanos / 1_000_000,
                context.usage(),
                outputBytes),
            outcome.output());
      } catch (Throwable e) {
        // Errors too: a class that is missing or an assertion of an agent's ends its step only.
        Halt halt = run.halted();
        Fault fault =
            halt == null
                ? Fault.of(e, key.stepId(), parts.redactor())
                : Fault.stopped(halt, key.stepId());
        parts.spans().agent(step, begin, fault.error());
        parts
            .trail()
            .executionFailed(
                flow.id(),
                step.agentId(),
                fault.error(),
                e,
                halt,
                System.nanoTime() - begin,
                memoryContext(grant),
                labels);
        run.check();
        return new Ran.Badly(fault);
      }
    }
  }

  private static int sizeOf(JsonNode output) {
    int bytes = Json.write(output).length;
    if (bytes > MAX_OUTPUT_BYTES) {
      throw new AgentException(
          ErrorCategory.VALIDATION,
          false,
          "an output of " + bytes + " bytes; " + MAX_OUTPUT_BYTES + " at most");
    }
    return bytes;
  }

  private MemoryContext memoryContext(Grant grant) {
    MemoryScope scope = grant.spec().sessionId() == null ? MemoryScope.JOB : MemoryScope.SESSION;
    return new MemoryContext(scope, parts.memory().sizeIfKnown(scopeOf(grant, scope)));
  }

  private void checkpoint(JobRun run, StepSummary summary, JsonNode output, @Nullable End end)
      throws InterruptedException {
    tell(
        run,
        new StepCompleted(
            run.grant().jobId(), parts.workerId(), run.grant().epoch(), summary, output, end));
    if (end != null) {
      run.end();
      if (end.error() == null) {
        forget(run.grant());
      }
    }
  }

  /** Returns what the ledger was told. */
  private JobError fail(JobRun run, Fault fault) throws InterruptedException {
    tell(
        run,
        new AttemptFailed(
            run.grant().jobId(),
            parts.workerId(),
            run.grant().epoch(),
            fault.error(),
            fault.retryable(),
            fault.retryAfterMs()));
    run.end();
    return fault.error();
  }

  private void tell(JobRun run, LedgerInput.OfJob input) throws InterruptedException {
    run.check();
    Future<Void> written = ledger.send(input);
    try {
      written.get();
    } catch (ExecutionException e) {
      // Whether the log has it is not known. Saying no more is safe: the lease runs out, and the
      // job goes on from what the ledger has.
      log.atError()
          .setCause(e.getCause())
          .log("the ledger could not be told; the job is left to its lease");
      var _ = run.halt(Halt.UNREPORTABLE);
      run.check();
    }
  }

  /** A job that succeeded never runs again, and nobody else reads its memory. */
  private void forget(Grant grant) {
    try {
      parts.memory().drop(scopeOf(grant, MemoryScope.JOB));
      if (grant.spec().sessionId() == null) {
        parts.memory().drop(scopeOf(grant, MemoryScope.SESSION));
      }
    } catch (RuntimeException e) {
      log.atWarn().setCause(e).log("the memory of an ended job could not be dropped");
    }
  }

  private static JobError error(Grant grant, String message) {
    return new JobError(
        message + " (flow " + grant.spec().flow() + ")", null, ErrorCategory.INTERNAL, null);
  }

  private static Map<String, String> fields(FlowStep step, StepKey key) {
    Map<String, String> fields = new HashMap<>();
    fields.put(Fields.STEP_ID, key.stepId().value());
    fields.put(Fields.ITERATION, Integer.toString(key.iteration()));
    fields.put(Fields.AGENT_ID, step.agentId().value());
    return fields;
  }
}
