package dev.spoor.worker.execution;

import dev.spoor.agent.Tool;
import dev.spoor.agent.flow.FlowStep;
import dev.spoor.agent.memory.MemoryScope;
import dev.spoor.agent.model.ModelResponse;
import dev.spoor.contract.job.JobError;
import dev.spoor.contract.job.StepKey;
import dev.spoor.contract.ledger.WorkerMessage.Grant;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.telemetry.GenAi;
import dev.spoor.contract.telemetry.SemConv;
import dev.spoor.telemetry.correlation.TraceContext;
import dev.spoor.telemetry.tracing.EndedSpan;
import dev.spoor.telemetry.tracing.EndedSpan.Failure;
import dev.spoor.telemetry.tracing.EndedSpan.Kind;
import dev.spoor.telemetry.tracing.Tracing;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a tracing tool is told of runs: job, step, agent, and the agent's model calls, tools and
 * memory. Each method tells of the span that the caller's correlation stands in, so that it has the
 * ids of the records beside it. Thread-safe; costs nothing while tracing is off.
 *
 * <p>Times are of {@link System#nanoTime}.
 */
final class Spans {
  private final Tracing tracing;

  Spans(Tracing tracing) {
    this.tracing = tracing;
  }

  /** The first span of a job that came without a trace. */
  TraceContext begin() {
    return tracing.begin();
  }

  /**
   * How long the job waited in the queue, beside the job's span and not above it: that had not
   * begun. The wait began by the broker's clock, so it is as exact as the two clocks agree.
   *
   * @param job span of the job that begins now
   */
  void queued(Grant grant, TraceContext job, @Nullable String parentSpanId, Instant now) {
    if (!tracing.isOn() || parentSpanId == null) {
      return;
    }
    long end = System.nanoTime();
    long waited = Math.max(0, Duration.between(grant.queuedAt(), now).toNanos());
    tracing.ended(
        new EndedSpan(
            "queue",
            Kind.INTERNAL,
            job.child(),
            parentSpanId,
            end - waited,
            end,
            Map.of(
                own(Fields.JOB_ID),
                grant.jobId().toString(),
                own(Fields.FLOW_ID),
                grant.spec().flow().value(),
                own(Fields.ATTEMPT),
                grant.attempt()),
            null));
  }

  /**
   * An attempt, from grant to its last word to the ledger.
   *
   * @param error null if it succeeded
   */
  void job(Grant grant, long begin, @Nullable JobError error) {
    ended("job " + grant.spec().flow(), Kind.CONSUMER, begin, Map.of(), failure(error));
  }

  void step(StepKey key, long begin, @Nullable JobError error) {
    ended("step " + key.stepId(), Kind.INTERNAL, begin, Map.of(), failure(error));
  }

  void agent(FlowStep step, long begin, @Nullable JobError error) {
    ended(
        GenAi.Operation.INVOKE_AGENT + " " + step.agentId(),
        Kind.INTERNAL,
        begin,
        Map.of(
            GenAi.OPERATION_NAME,
            GenAi.Operation.INVOKE_AGENT,
            GenAi.AGENT_NAME,
            step.agentId().value()),
        failure(error));
  }

  /**
   * @param response null if there was none
   * @param cost null if it is not known
   */
  void model(
      String provider,
      String requestModel,
      @Nullable ModelResponse response,
      @Nullable BigDecimal cost,
      long nanos,
      @Nullable JobError error) {
    if (!tracing.isOn()) {
      return;
    }
    Map<String, Object> attributes = new HashMap<>();
    attributes.put(GenAi.OPERATION_NAME, GenAi.Operation.CHAT);
    attributes.put(GenAi.PROVIDER_NAME, provider);
    attributes.put(GenAi.REQUEST_MODEL, requestModel);
    if (response != null) {
      attributes.put(GenAi.RESPONSE_MODEL, response.responseModel());
      attributes.put(GenAi.USAGE_INPUT_TOKENS, response.inputTokens());
      attributes.put(GenAi.USAGE_OUTPUT_TOKENS, response.outputTokens());
      attributes.put(own(Fields.CACHED_INPUT_TOKENS), response.cachedInputTokens());
    }
    if (cost != null) {
      attributes.put(own(Fields.COST_USD), cost);
    }
    ended(
        GenAi.Operation.CHAT + " " + requestModel,
        Kind.CLIENT,
        System.nanoTime() - nanos,
        attributes,
        failure(error));
  }

  void tool(Tool tool, long nanos, @Nullable JobError error) {
    ended(
        GenAi.Operation.EXECUTE_TOOL + " " + tool.name(),
        Kind.INTERNAL,
        System.nanoTime() - nanos,
        Map.of(GenAi.OPERATION_NAME, GenAi.Operation.EXECUTE_TOOL, GenAi.TOOL_NAME, tool.name()),
        failure(error));
  }

  /**
   * @param event as the record names it
   * @param cache {@code hit}, {@code miss} or {@code none}
   */
  void memory(String event, MemoryScope scope, String cache, int sizeBytes, long nanos) {
    ended(
        event,
        Kind.INTERNAL,
        System.nanoTime() - nanos,
        Map.of(
            own(Fields.MEMORY_SCOPE),
            scope.wireName(),
            own(Fields.CACHE),
            cache,
            own(Fields.SIZE_BYTES),
            sizeBytes),
        null);
  }

  void memoryFailed(String event, MemoryScope scope, long nanos, Throwable thrown) {
    ended(
        event,
        Kind.INTERNAL,
        System.nanoTime() - nanos,
        Map.of(own(Fields.MEMORY_SCOPE), scope.wireName()),
        Failure.of(thrown));
  }

  private void ended(
      String name,
      Kind kind,
      long begin,
      Map<String, Object> attributes,
      @Nullable Failure failure) {
    if (tracing.isOn()) {
      tracing.endedHere(name, kind, begin, System.nanoTime(), attributes, failure);
    }
  }

  private static @Nullable Failure failure(@Nullable JobError error) {
    if (error == null) {
      return null;
    }
    String type = error.type();
    return new Failure(
        type == null ? error.category().wireName() : type, error.message(), type != null);
  }

  private static String own(String field) {
    return SemConv.OWN + field;
  }
}
