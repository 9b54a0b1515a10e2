package dev.spoor.contract.telemetry;

/**
 * Field names of a telemetry record: one flat JSON object, the same on stdout, on the topic and in
 * the store. GenAI names live in {@link GenAi}.
 */
public final class Fields {
  public static final String TIMESTAMP = "timestamp";
  public static final String TIMESTAMP_ORIGINAL = "timestamp_original";
  public static final String LEVEL = "level";
  public static final String EVENT = "event";
  public static final String MESSAGE = "message";
  public static final String LOGGER = "logger";
  public static final String MODULE = "module";
  public static final String FUNCTION = "function";
  public static final String LINE = "line";
  public static final String THREAD = "thread";

  public static final String SERVICE = "service";
  public static final String INSTANCE = "instance";
  public static final String VERSION = "version";
  public static final String ENVIRONMENT = "environment";
  public static final String SOURCE = "source";
  public static final String SEQ = "seq";

  public static final String REQUEST_ID = "request_id";
  public static final String TRACE_ID = "trace_id";
  public static final String SPAN_ID = "span_id";
  public static final String PARENT_SPAN_ID = "parent_span_id";

  /** Two hexadecimal digits as in {@code traceparent}; only where they are not {@code 01}. */
  public static final String TRACE_FLAGS = "trace_flags";

  public static final String TENANT = "tenant";
  public static final String SESSION_ID = "session_id";
  public static final String JOB_ID = "job_id";
  public static final String RUN_NO = "run_no";
  public static final String FLOW_ID = "flow_id";
  public static final String STEP_ID = "step_id";
  public static final String ITERATION = "iteration";
  public static final String AGENT_ID = "agent_id";
  public static final String ATTEMPT = "attempt";
  public static final String WORKER_ID = "worker_id";
  public static final String LABELS = "labels";

  /** Milliseconds, with decimals where it matters. */
  public static final String DURATION_MS = "duration_ms";

  /** {@code success} or {@code failure}, for an event that ends something. */
  public static final String STATUS = "status";

  public static final String ERROR = "error";
  public static final String ERROR_TYPE = "error_type";
  public static final String ERROR_CATEGORY = "error_category";

  /** 16 hexadecimal digits, the same for the same fault; only where there is an exception. */
  public static final String ERROR_FINGERPRINT = "error_fingerprint";

  public static final String EXCEPTION = "exception";

  public static final String METHOD = "method";
  public static final String PATH = "path";
  public static final String ROUTE = "route";
  public static final String CLIENT = "client";
  public static final String STATUS_CODE = "status_code";
  public static final String REQUEST_BYTES = "request_bytes";
  public static final String RESPONSE_BYTES = "response_bytes";

  public static final String QUEUE_MS = "queue_ms";
  public static final String INPUT_TOKENS = "input_tokens";
  public static final String OUTPUT_TOKENS = "output_tokens";
  public static final String CACHED_INPUT_TOKENS = "cached_input_tokens";
  public static final String COST_USD = "cost_usd";
  public static final String ACTION = "action";
  public static final String REASON = "reason";

  public static final String MEMORY_SCOPE = "memory_scope";
  public static final String MEMORY_ENTRIES = "memory_entries";
  public static final String MEMORY_BYTES = "memory_bytes";
  public static final String MEMORY_KEY_HASH = "memory_key_hash";

  /** {@code hit}, {@code miss} or {@code none}. */
  public static final String CACHE = "cache";

  public static final String SIZE_BYTES = "size_bytes";
  public static final String SCOPE_BYTES = "scope_bytes";

  public static final String LAST_SEQ = "last_seq";

  /** In a gap record: the source whose records are gone. */
  public static final String GAP_SOURCE = "gap_source";

  public static final String FROM = "from";
  public static final String TO = "to";

  public static final String MEMORY_USED_BYTES = "memory_used_bytes";
  public static final String MEMORY_MAX_BYTES = "memory_max_bytes";
  public static final String MEMORY_RATIO = "memory_ratio";
  public static final String CPU_PERCENT = "cpu_percent";
  public static final String THREADS = "threads";
  public static final String QUEUE_DEPTH = "queue_depth";
  public static final String JOBS_IN_FLIGHT = "jobs_in_flight";

  private Fields() {}
}
