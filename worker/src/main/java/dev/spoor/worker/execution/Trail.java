package dev.spoor.worker.execution;

import dev.spoor.agent.Tool;
import dev.spoor.agent.memory.MemoryScope;
import dev.spoor.agent.memory.ScopeSize;
import dev.spoor.agent.model.ModelResponse;
import dev.spoor.contract.job.AgentId;
import dev.spoor.contract.job.FlowId;
import dev.spoor.contract.job.JobError;
import dev.spoor.contract.telemetry.Events;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.telemetry.GenAi;
import dev.spoor.telemetry.logging.Fingerprint;
import dev.spoor.worker.memory.CacheUse;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * What is told of agents' executions, model and tool calls and memory operations: a record, meters
 * and, for what an agent calls, a span each, with the same figures. Thread-safe. Records take the
 * job's and the step's fields from the caller's correlation.
 */
final class Trail {
  private static final Logger log = LoggerFactory.getLogger(Trail.class);
  private static final String SUCCESS = "success";
  private static final String FAILURE = "failure";
  private static final int KEY_HASH_BYTES = 8;

  private final MeterRegistry meters;
  private final Spans spans;
  // The registry's own look-up builds a sorted list of tags for each call; these maps are bounded
  // by flows, agents, models and a few words.
  private final Map<List<String>, Timer> timers = new ConcurrentHashMap<>();
  private final Map<List<String>, Counter> counters = new ConcurrentHashMap<>();
  private final Map<MemoryScope, AtomicLong> scopeBytes = new ConcurrentHashMap<>();

  Trail(MeterRegistry meters, Spans spans) {
    this.meters = meters;
    this.spans = spans;
    for (MemoryScope scope : MemoryScope.values()) {
      AtomicLong bytes = new AtomicLong();
      scopeBytes.put(scope, bytes);
      Gauge.builder("spoor.memory.size", bytes, AtomicLong::doubleValue)
          .description("Size of the scope that was written last")
          .baseUnit("bytes")
          .tag("scope", scope.wireName())
          .register(meters);
    }
  }

  /**
   * What an agent is about to find in its memory.
   *
   * @param size null if the backend does not say
   */
  record MemoryContext(MemoryScope scope, @Nullable ScopeSize size) {}

  void executionStarted(MemoryContext memory, Map<String, String> labels) {
    started(memory, labels).log("agent started");
  }

  private LoggingEventBuilder started(MemoryContext memory, Map<String, String> labels) {
    return with(log.atInfo(), memory, labels)
        .addKeyValue(Fields.EVENT, Events.AGENT_EXECUTION_STARTED);
  }

  void executionCompleted(
      FlowId flow,
      AgentId agent,
      String action,
      long nanos,
      MemoryContext memory,
      Map<String, String> labels) {
    execution(flow, agent, SUCCESS, nanos);
    with(log.atInfo(), memory, labels)
        .addKeyValue(Fields.EVENT, Events.AGENT_EXECUTION_COMPLETED)
        .addKeyValue(Fields.STATUS, SUCCESS)
        .addKeyValue(Fields.DURATION_MS, millis(nanos))
        .addKeyValue(Fields.ACTION, action)
        .log("agent completed");
  }

  /**
   * @param halt why the job was stopped, null if the agent itself failed
   */
  void executionFailed(
      FlowId flow,
      AgentId agent,
      JobError error,
      Throwable thrown,
      @Nullable Halt halt,
      long nanos,
      MemoryContext memory,
      Map<String, String> labels) {
    execution(flow, agent, FAILURE, nanos);
    LoggingEventBuilder event =
        failed(
            with(log.atLevel(halt == null ? Level.ERROR : Level.WARN), memory, labels)
                .addKeyValue(Fields.EVENT, Events.AGENT_EXECUTION_FAILED)
                .addKeyValue(Fields.DURATION_MS, millis(nanos)),
            error);
    if (halt == null) {
      event.setCause(thrown).log("agent failed: " + error.message());
    } else {
      event.addKeyValue(Fields.REASON, halt.wireName()).log("agent stopped: " + halt.wireName());
    }
  }

  /**
   * @param cost null if the price is not known
   */
  void modelCalled(
      String provider,
      String requestModel,
      AgentId agent,
      ModelResponse response,
      @Nullable BigDecimal cost,
      long nanos) {
    spans.model(provider, requestModel, response, cost, nanos, null);
    model(provider, requestModel, agent, SUCCESS, nanos);
    tokens(provider, requestModel, agent, "input", response.inputTokens());
    tokens(provider, requestModel, agent, "output", response.outputTokens());
    LoggingEventBuilder event =
        call(log.atInfo(), Events.LLM_CALL_COMPLETED, provider, requestModel, nanos)
            .addKeyValue(Fields.STATUS, SUCCESS)
            .addKeyValue(GenAi.RESPONSE_MODEL, response.responseModel())
            .addKeyValue(GenAi.USAGE_INPUT_TOKENS, response.inputTokens())
            .addKeyValue(GenAi.USAGE_OUTPUT_TOKENS, response.outputTokens())
            .addKeyValue(Fields.CACHED_INPUT_TOKENS, response.cachedInputTokens());
    if (cost != null) {
      event = event.addKeyValue(Fields.COST_USD, cost);
      counter(
              "spoor.llm.cost",
              "usd",
              List.of("provider", provider, "model", requestModel, "agent", agent.value()))
          .increment(cost.doubleValue());
    }
    event.log("model answered");
  }

  void modelFailed(
      String provider,
      String requestModel,
      AgentId agent,
      JobError error,
      Throwable thrown,
      long nanos) {
    spans.model(provider, requestModel, null, null, nanos, error);
    model(provider, requestModel, agent, FAILURE, nanos);
    failed(call(log.atWarn(), Events.LLM_CALL_FAILED, provider, requestModel, nanos), error)
        .addKeyValue(Fields.ERROR_FINGERPRINT, Fingerprint.of(thrown))
        .log("model call failed: " + error.message());
  }

  void toolCalled(Tool tool, long nanos) {
    spans.tool(tool, nanos, null);
    log.atInfo()
        .addKeyValue(Fields.EVENT, Events.TOOL_CALL_COMPLETED)
        .addKeyValue(GenAi.TOOL_NAME, tool.name())
        .addKeyValue(Fields.STATUS, SUCCESS)
        .addKeyValue(Fields.DURATION_MS, millis(nanos))
        .log("tool called");
  }

  void toolFailed(Tool tool, JobError error, Throwable thrown, long nanos) {
    spans.tool(tool, nanos, error);
    failed(
            log.atWarn()
                .addKeyValue(Fields.EVENT, Events.TOOL_CALL_FAILED)
                .addKeyValue(GenAi.TOOL_NAME, tool.name())
                .addKeyValue(Fields.DURATION_MS, millis(nanos)),
            error)
        .addKeyValue(Fields.ERROR_FINGERPRINT, Fingerprint.of(thrown))
        .log("tool failed: " + error.message());
  }

  /**
   * @param sizeBytes of the value, 0 if there is none
   */
  void memoryRead(MemoryScope scope, String key, CacheUse cache, int sizeBytes, long nanos) {
    spans.memory(Events.MEMORY_READ, scope, cache.wireName(), sizeBytes, nanos);
    memory("read", scope, sizeBytes == 0 ? "absent" : "found", nanos);
    if (cache != CacheUse.NONE) {
      counter(
              "spoor.memory.cache",
              null,
              List.of("operation", "read", "scope", scope.wireName(), "result", cache.wireName()))
          .increment();
    }
    memoryRecord(Events.MEMORY_READ, scope, key, cache.wireName(), sizeBytes, nanos)
        .log("memory read");
  }

  void memoryWritten(MemoryScope scope, String key, int sizeBytes, ScopeSize after, long nanos) {
    spans.memory(Events.MEMORY_WRITE, scope, "none", sizeBytes, nanos);
    memory("write", scope, "written", nanos);
    sized(scope, after);
    memoryRecord(Events.MEMORY_WRITE, scope, key, "none", sizeBytes, nanos)
        .addKeyValue(Fields.SCOPE_BYTES, after.bytes())
        .log("memory written");
  }

  void memoryDeleted(
      MemoryScope scope, String key, boolean existed, int sizeBytes, ScopeSize after, long nanos) {
    spans.memory(Events.MEMORY_DELETE, scope, "none", sizeBytes, nanos);
    memory("delete", scope, existed ? "deleted" : "absent", nanos);
    sized(scope, after);
    memoryRecord(Events.MEMORY_DELETE, scope, key, "none", sizeBytes, nanos)
        .addKeyValue(Fields.SCOPE_BYTES, after.bytes())
        .log("memory deleted");
  }

  /**
   * @param operation {@code read}, {@code write} or {@code delete}
   */
  void memoryFailed(String operation, MemoryScope scope, long nanos, Throwable thrown) {
    spans.memoryFailed("memory." + operation, scope, nanos, thrown);
    memory(operation, scope, FAILURE, nanos);
  }

  private static LoggingEventBuilder memoryRecord(
      String event, MemoryScope scope, String key, String cache, int sizeBytes, long nanos) {
    return log.atInfo()
        .addKeyValue(Fields.EVENT, event)
        .addKeyValue(Fields.MEMORY_SCOPE, scope.wireName())
        .addKeyValue(Fields.MEMORY_KEY_HASH, hash(key))
        .addKeyValue(Fields.CACHE, cache)
        .addKeyValue(Fields.SIZE_BYTES, sizeBytes)
        .addKeyValue(Fields.DURATION_MS, millis(nanos));
  }

  private static LoggingEventBuilder with(
      LoggingEventBuilder event, MemoryContext memory, Map<String, String> labels) {
    if (!labels.isEmpty()) {
      event = event.addKeyValue(Fields.LABELS, labels);
    }
    event = event.addKeyValue(Fields.MEMORY_SCOPE, memory.scope().wireName());
    ScopeSize size = memory.size();
    return size == null
        ? event
        : event
            .addKeyValue(Fields.MEMORY_ENTRIES, size.entries())
            .addKeyValue(Fields.MEMORY_BYTES, size.bytes());
  }

  private static LoggingEventBuilder call(
      LoggingEventBuilder builder, String event, String provider, String model, long nanos) {
    return builder
        .addKeyValue(Fields.EVENT, event)
        .addKeyValue(GenAi.OPERATION_NAME, GenAi.Operation.CHAT)
        .addKeyValue(GenAi.PROVIDER_NAME, provider)
        .addKeyValue(GenAi.REQUEST_MODEL, model)
        .addKeyValue(Fields.DURATION_MS, millis(nanos));
  }

  private static LoggingEventBuilder failed(LoggingEventBuilder event, JobError error) {
    LoggingEventBuilder told =
        event
            .addKeyValue(Fields.STATUS, FAILURE)
            .addKeyValue(Fields.ERROR, error.message())
            .addKeyValue(Fields.ERROR_CATEGORY, error.category().wireName());
    return error.type() == null ? told : told.addKeyValue(Fields.ERROR_TYPE, error.type());
  }

  private void execution(FlowId flow, AgentId agent, String status, long nanos) {
    timer(
            "spoor.agent.execution",
            List.of("agent", agent.value(), "flow", flow.value(), "status", status))
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  private void model(String provider, String model, AgentId agent, String status, long nanos) {
    timer(
            "spoor.llm.call",
            List.of("provider", provider, "model", model, "agent", agent.value(), "status", status))
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  private void tokens(String provider, String model, AgentId agent, String direction, long tokens) {
    counter(
            "spoor.llm.tokens",
            "tokens",
            List.of(
                "provider",
                provider,
                "model",
                model,
                "agent",
                agent.value(),
                "direction",
                direction))
        .increment((double) tokens);
  }

  private void memory(String operation, MemoryScope scope, String result, long nanos) {
    timer(
            "spoor.memory.operation",
            List.of("operation", operation, "scope", scope.wireName(), "result", result))
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  private void sized(MemoryScope scope, ScopeSize size) {
    AtomicLong bytes = scopeBytes.get(scope);
    if (bytes != null) {
      bytes.set(size.bytes());
    }
  }

  private Timer timer(String name, List<String> tags) {
    return timers.computeIfAbsent(
        keyOf(name, tags),
        _ -> Timer.builder(name).tags(tags.toArray(String[]::new)).register(meters));
  }

  private Counter counter(String name, @Nullable String unit, List<String> tags) {
    return counters.computeIfAbsent(
        keyOf(name, tags),
        _ ->
            Counter.builder(name)
                .baseUnit(unit)
                .tags(tags.toArray(String[]::new))
                .register(meters));
  }

  private static List<String> keyOf(String name, List<String> tags) {
    String[] key = new String[tags.size() + 1];
    key[0] = name;
    for (int i = 0; i < tags.size(); i++) {
      key[i + 1] = tags.get(i);
    }
    return List.of(key);
  }

  private static double millis(long nanos) {
    return Math.round(nanos / 1_000.0) / 1_000.0;
  }

  /** Keys may be made of users' text; records carry a hash by which equal keys are seen. */
  private static String hash(String key) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, KEY_HASH_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
