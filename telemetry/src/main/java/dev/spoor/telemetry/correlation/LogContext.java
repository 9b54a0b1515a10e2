package dev.spoor.telemetry.correlation;

import dev.spoor.contract.telemetry.Fields;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fields of one job, step or agent, and a factory of what carries them to any thread: loggers,
 * tasks, executors. Immutable; thread-safe; holds nothing open.
 *
 * <pre>{@code
 * LogContext job = LogContext.of(Map.of(Fields.JOB_ID, id));
 * LogContext step = job.with(Map.of(Fields.STEP_ID, name));
 * Logger log = step.logger(Desk.class);                // says so on every thread
 * pool.submit(step.wrap(() -> work()));                // and all that work() logs with any logger
 * future.whenCompleteAsync(seen, step.executor(pool)); // whoever completes it
 * future.whenCompleteAsync(seen, step.executor(Runnable::run)); // at once, on his thread
 * }</pre>
 *
 * <p>A thread may have fields of its own, as {@link Correlation} keeps them. One that stands in
 * this context already, maybe in a deeper span, keeps them as they are. One that is about something
 * else, as another job may leave a pool's thread, has them put away for as long. To one that is
 * about nothing these are added.
 */
public final class LogContext {
  /** They tell where in the work somebody is, not what it is about. */
  private static final Set<String> SPAN = Set.of(Fields.SPAN_ID, Fields.PARENT_SPAN_ID);

  /** They tell what a thread is about; whatever else is there is the caller's own. */
  private static final List<String> ABOUT =
      List.of(
          Fields.JOB_ID,
          Fields.REQUEST_ID,
          Fields.TRACE_ID,
          Fields.TENANT,
          Fields.SESSION_ID,
          Fields.RUN_NO,
          Fields.FLOW_ID,
          Fields.STEP_ID,
          Fields.ITERATION,
          Fields.AGENT_ID,
          Fields.ATTEMPT,
          Fields.WORKER_ID);

  private final Map<String, String> fields;

  private LogContext(Map<String, String> fields) {
    this.fields = Map.copyOf(fields);
  }

  /** What the current thread is about now. */
  public static LogContext here() {
    return new LogContext(Correlation.current());
  }

  /** These fields and no others. Names are those of {@link Fields}. */
  public static LogContext of(Map<String, String> fields) {
    return new LogContext(fields);
  }

  /** This with more fields, for what is inside of it; those it has get the new values. */
  public LogContext with(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(fields);
    all.putAll(more);
    return new LogContext(all);
  }

  /** The fields. */
  public Map<String, String> fields() {
    return fields;
  }

  /** A logger whose records have these fields, whatever thread it is called on. */
  public Logger logger(String name) {
    return new BoundLogger(LoggerFactory.getLogger(name), this);
  }

  /** A logger whose records have these fields, whatever thread it is called on. */
  public Logger logger(Class<?> type) {
    return logger(type.getName());
  }

  /** Gives the current thread these fields until the scope is closed. */
  public Correlation.Scope open() {
    if (isHere()) {
      return () -> {};
    }
    for (String field : ABOUT) {
      if (Correlation.valueOf(field) != null) {
        return Correlation.replaceAll(fields);
      }
    }
    return Correlation.open(fields);
  }

  private boolean isHere() {
    for (Map.Entry<String, String> field : fields.entrySet()) {
      if (!SPAN.contains(field.getKey())
          && !field.getValue().equals(Correlation.valueOf(field.getKey()))) {
        return false;
      }
    }
    return true;
  }

  /** The task with these fields, wherever it runs. */
  public Runnable wrap(Runnable task) {
    return () -> {
      try (var _ = open()) {
        task.run();
      }
    };
  }

  /** The task with these fields, wherever it runs. */
  public <T extends @Nullable Object> Callable<T> wrap(Callable<T> task) {
    return () -> {
      try (var _ = open()) {
        return task.call();
      }
    };
  }

  /**
   * Runs what it is given in this context and not in that of whoever hands it over. With {@code
   * Runnable::run} it is a context for callbacks.
   */
  public Executor executor(Executor executor) {
    return task -> executor.execute(wrap(task));
  }

  /** The same for an executor that is shut down; that shuts down the one behind it. */
  public ExecutorService executor(ExecutorService executor) {
    return new BoundExecutor(executor);
  }

  /** Makes threads that run in this context, for what takes a factory. */
  public ThreadFactory threads(ThreadFactory factory) {
    return task -> factory.newThread(wrap(task));
  }

  private final class BoundExecutor extends AbstractExecutorService {
    private final ExecutorService executor;

    BoundExecutor(ExecutorService executor) {
      this.executor = executor;
    }

    @Override
    public void execute(Runnable task) {
      executor.execute(wrap(task));
    }

    @Override
    public void shutdown() {
      executor.shutdown();
    }

    @Override
    public List<Runnable> shutdownNow() {
      return executor.shutdownNow();
    }

    @Override
    public boolean isShutdown() {
      return executor.isShutdown();
    }

    @Override
    public boolean isTerminated() {
      return executor.isTerminated();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
      return executor.awaitTermination(timeout, unit);
    }
  }
}
