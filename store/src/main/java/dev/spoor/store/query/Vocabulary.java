package dev.spoor.store.query;

import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.telemetry.GenAi;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Every field of the vocabulary with its type, and the names that people know from ECS. Whatever is
 * not here is {@link FieldType#FLAT}.
 */
public final class Vocabulary {
  /** The field that is searched when a query names none. */
  public static final Field DEFAULT = new Field(Fields.MESSAGE, FieldType.TEXT);

  private static final Map<String, Field> FIELDS = new HashMap<>();
  private static final Map<String, String> ALIASES =
      Map.ofEntries(
          Map.entry("@timestamp", Fields.TIMESTAMP),
          Map.entry("log.level", Fields.LEVEL),
          Map.entry("log.logger", Fields.LOGGER),
          Map.entry("service.name", Fields.SERVICE),
          Map.entry("trace.id", Fields.TRACE_ID),
          Map.entry("span.id", Fields.SPAN_ID),
          Map.entry("error.message", Fields.ERROR),
          Map.entry("error.type", Fields.ERROR_TYPE),
          Map.entry("error.stack_trace", Fields.EXCEPTION),
          Map.entry("event.duration", Fields.DURATION_MS),
          Map.entry("http.request.method", Fields.METHOD),
          Map.entry("http.response.status_code", Fields.STATUS_CODE),
          Map.entry("gen_ai.agent.name", Fields.AGENT_ID));

  static {
    add(FieldType.DATE, Fields.TIMESTAMP);
    add(FieldType.TEXT, Fields.MESSAGE, Fields.ERROR, Fields.EXCEPTION);
    add(
        FieldType.KEYWORD,
        Fields.TIMESTAMP_ORIGINAL,
        Fields.LEVEL,
        Fields.EVENT,
        Fields.LOGGER,
        Fields.MODULE,
        Fields.FUNCTION,
        Fields.THREAD,
        Fields.SERVICE,
        Fields.INSTANCE,
        Fields.VERSION,
        Fields.ENVIRONMENT,
        Fields.SOURCE,
        Fields.REQUEST_ID,
        Fields.TRACE_ID,
        Fields.SPAN_ID,
        Fields.PARENT_SPAN_ID,
        Fields.TRACE_FLAGS,
        Fields.TENANT,
        Fields.SESSION_ID,
        Fields.JOB_ID,
        Fields.FLOW_ID,
        Fields.STEP_ID,
        Fields.AGENT_ID,
        Fields.WORKER_ID,
        Fields.STATUS,
        Fields.ERROR_TYPE,
        Fields.ERROR_CATEGORY,
        Fields.ERROR_FINGERPRINT,
        Fields.METHOD,
        Fields.PATH,
        Fields.ROUTE,
        Fields.CLIENT,
        Fields.ACTION,
        Fields.REASON,
        Fields.MEMORY_SCOPE,
        Fields.MEMORY_KEY_HASH,
        Fields.CACHE,
        Fields.GAP_SOURCE,
        GenAi.OPERATION_NAME,
        GenAi.PROVIDER_NAME,
        GenAi.REQUEST_MODEL,
        GenAi.RESPONSE_MODEL,
        GenAi.TOOL_NAME);
    add(
        FieldType.LONG,
        Fields.LINE,
        Fields.SEQ,
        Fields.RUN_NO,
        Fields.ITERATION,
        Fields.ATTEMPT,
        Fields.STATUS_CODE,
        Fields.REQUEST_BYTES,
        Fields.RESPONSE_BYTES,
        Fields.INPUT_TOKENS,
        Fields.OUTPUT_TOKENS,
        Fields.CACHED_INPUT_TOKENS,
        Fields.MEMORY_ENTRIES,
        Fields.MEMORY_BYTES,
        Fields.SIZE_BYTES,
        Fields.SCOPE_BYTES,
        Fields.LAST_SEQ,
        Fields.FROM,
        Fields.TO,
        Fields.MEMORY_USED_BYTES,
        Fields.MEMORY_MAX_BYTES,
        Fields.THREADS,
        Fields.QUEUE_DEPTH,
        Fields.JOBS_IN_FLIGHT,
        GenAi.USAGE_INPUT_TOKENS,
        GenAi.USAGE_OUTPUT_TOKENS);
    add(
        FieldType.DOUBLE,
        Fields.DURATION_MS,
        Fields.QUEUE_MS,
        Fields.COST_USD,
        Fields.MEMORY_RATIO,
        Fields.CPU_PERCENT);
    add(FieldType.FLAT, Fields.LABELS);
  }

  private Vocabulary() {}

  /** The field of that name or alias. */
  public static Field field(String name) {
    String own = ALIASES.getOrDefault(name, name);
    Field known = FIELDS.get(own);
    return known == null ? new Field(own, FieldType.FLAT) : known;
  }

  /** The type of a field of a record, null if the vocabulary does not have it. No aliases here. */
  public static @Nullable FieldType typeOf(String name) {
    Field known = FIELDS.get(name);
    return known == null ? null : known.type();
  }

  /** All fields of the vocabulary. */
  public static Collection<Field> all() {
    return FIELDS.values();
  }

  /** Known name to our name. */
  public static Map<String, String> aliases() {
    return ALIASES;
  }

  private static void add(FieldType type, String... names) {
    for (String name : names) {
      FIELDS.put(name, new Field(name, type));
    }
  }
}
