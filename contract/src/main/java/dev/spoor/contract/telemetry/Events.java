package dev.spoor.contract.telemetry;

/** Values of the field {@code event}: what kind of record it is. */
public final class Events {
  /** A plain log line. */
  public static final String LOG = "log";

  public static final String HTTP_REQUEST_STARTED = "http.request.started";
  public static final String HTTP_REQUEST_COMPLETED = "http.request.completed";
  public static final String HTTP_REQUEST_FAILED = "http.request.failed";

  public static final String JOB_SUBMITTED = "job.submitted";
  public static final String JOB_STARTED = "job.started";
  public static final String JOB_RETRIED = "job.retried";
  public static final String JOB_SUCCEEDED = "job.succeeded";
  public static final String JOB_FAILED = "job.failed";
  public static final String JOB_CANCELLED = "job.cancelled";
  public static final String JOB_EXPIRED = "job.expired";
  public static final String JOB_DEAD = "job.dead";
  public static final String JOB_LEASE_LOST = "job.lease_lost";
  public static final String JOB_RELEASED = "job.released";

  public static final String AGENT_EXECUTION_STARTED = "agent.execution.started";
  public static final String AGENT_EXECUTION_COMPLETED = "agent.execution.completed";
  public static final String AGENT_EXECUTION_FAILED = "agent.execution.failed";

  public static final String LLM_CALL_COMPLETED = "llm.call.completed";
  public static final String LLM_CALL_FAILED = "llm.call.failed";
  public static final String TOOL_CALL_COMPLETED = "tool.call.completed";
  public static final String TOOL_CALL_FAILED = "tool.call.failed";

  public static final String MEMORY_READ = "memory.read";
  public static final String MEMORY_WRITE = "memory.write";
  public static final String MEMORY_DELETE = "memory.delete";

  /** The source has said its last word; {@code last_seq} is its last record before this one. */
  public static final String SOURCE_CLOSED = "source.closed";

  /**
   * The records {@code from} … {@code to} of {@code gap_source} were dropped, for {@code reason}.
   */
  public static final String GAP = "gap";

  public static final String RUNTIME_SAMPLE = "runtime.sample";

  private Events() {}
}
