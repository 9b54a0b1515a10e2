package dev.spoor.shipper.timeline;

import dev.spoor.contract.telemetry.Events;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.telemetry.GenAi;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Puts a job's records together. Records of one job come from several processes with several
 * clocks, some may be missing, so nothing is taken for granted: what has an end and no beginning
 * begins a duration before it, what has a beginning and no end is running or was interrupted.
 */
final class TimelineBuilder {
  private final Instant zero;
  private final TreeMap<AttemptKey, Attempt> attempts = new TreeMap<>();
  private final List<Timeline.Event> events = new ArrayList<>();
  private String status = "unknown";
  private @Nullable String flowId;
  private @Nullable Double queueMs;
  private @Nullable Instant endedAt;

  private record AttemptKey(int runNo, int attempt) implements Comparable<AttemptKey> {
    private static final Comparator<AttemptKey> ORDER =
        Comparator.comparingInt(AttemptKey::runNo).thenComparingInt(AttemptKey::attempt);

    @Override
    public int compareTo(AttemptKey other) {
      return ORDER.compare(this, other);
    }
  }

  private record StepKey(String stepId, int iteration) {}

  private static final class Attempt {
    @Nullable Instant startedAt;
    @Nullable Instant endedAt;
    @Nullable String status;
    @Nullable String workerId;
    @Nullable String error;
    @Nullable String errorCategory;
    final Map<StepKey, Step> steps = new java.util.LinkedHashMap<>();

    /** Of calls that name no step. */
    final List<Call> calls = new ArrayList<>();
  }

  private static final class Step {
    @Nullable Instant startedAt;
    @Nullable JsonNode end;
    @Nullable Instant endedAt;
    @Nullable String agentId;
    final List<Call> calls = new ArrayList<>();
  }

  private record Call(String kind, String name, JsonNode fields, Instant endedAt) {}

  private record Sum(long inputTokens, long outputTokens, @Nullable BigDecimal cost, int unpriced) {
    static final Sum NOTHING = new Sum(0, 0, null, 0);

    Sum plus(Sum other) {
      return new Sum(
          inputTokens + other.inputTokens,
          outputTokens + other.outputTokens,
          cost == null ? other.cost : other.cost == null ? cost : cost.add(other.cost),
          unpriced + other.unpriced);
    }
  }

  private record Summed(Span span, Sum sum) {}

  private TimelineBuilder(Instant zero) {
    this.zero = zero;
  }

  /**
   * @param records of one job, oldest first, at least one
   */
  static Timeline build(String jobId, List<JsonNode> records, boolean truncated) {
    Instant zero =
        records.stream().map(TimelineBuilder::time).min(Comparator.naturalOrder()).orElseThrow();
    TimelineBuilder builder = new TimelineBuilder(zero);
    records.forEach(builder::add);
    return builder.finish(jobId, truncated);
  }

  private void add(JsonNode record) {
    String event = text(record, Fields.EVENT, "");
    if (flowId == null) {
      flowId = textOrNull(record, Fields.FLOW_ID);
    }
    if (event.startsWith("job.")) {
      jobEvent(event, record);
      return;
    }
    switch (event) {
      case Events.AGENT_EXECUTION_STARTED -> {
        Step step = step(record);
        step.startedAt = time(record);
        step.agentId = textOrNull(record, Fields.AGENT_ID);
      }
      case Events.AGENT_EXECUTION_COMPLETED, Events.AGENT_EXECUTION_FAILED -> {
        Step step = step(record);
        step.end = record;
        step.endedAt = time(record);
        step.agentId = textOrNull(record, Fields.AGENT_ID);
      }
      case Events.LLM_CALL_COMPLETED, Events.LLM_CALL_FAILED ->
          call("llm_call", text(record, GenAi.REQUEST_MODEL, "model"), record);
      case Events.TOOL_CALL_COMPLETED, Events.TOOL_CALL_FAILED ->
          call("tool_call", text(record, GenAi.TOOL_NAME, "tool"), record);
      case Events.MEMORY_READ, Events.MEMORY_WRITE, Events.MEMORY_DELETE ->
          call("memory", event + " " + text(record, Fields.MEMORY_SCOPE, ""), record);
      default -> {
        // Request logs and whatever is yet to come have no place in the tree.
      }
    }
  }

  private void jobEvent(String event, JsonNode record) {
    Instant at = time(record);
    events.add(
        new Timeline.Event(
            event,
            offset(at),
            number(record, Fields.RUN_NO),
            number(record, Fields.ATTEMPT),
            textOrNull(record, Fields.MESSAGE)));
    if (record.path(Fields.QUEUE_MS).isNumber()) {
      queueMs = record.path(Fields.QUEUE_MS).doubleValue();
    }
    switch (event) {
      case Events.JOB_SUBMITTED -> {
        status = "queued";
        endedAt = null;
      }
      case Events.JOB_STARTED -> {
        status = "running";
        endedAt = null;
        Attempt attempt = attempt(record);
        attempt.startedAt = at;
        attempt.workerId = textOrNull(record, Fields.WORKER_ID);
      }
      case Events.JOB_RETRIED -> ended(record, "retrying", "failure", at, false);
      case Events.JOB_LEASE_LOST -> ended(record, "queued", "lease_lost", at, false);
      case Events.JOB_RELEASED -> ended(record, "queued", "released", at, false);
      case Events.JOB_SUCCEEDED -> ended(record, "succeeded", "success", at, true);
      case Events.JOB_FAILED -> ended(record, "failed", "failure", at, true);
      case Events.JOB_DEAD -> ended(record, "dead", "failure", at, true);
      case Events.JOB_CANCELLED -> ended(record, "cancelled", "cancelled", at, true);
      case Events.JOB_EXPIRED -> ended(record, "expired", "expired", at, true);
      default -> {
        // A state of a later version changes nothing that is known here.
      }
    }
  }

  private void ended(
      JsonNode record, String jobStatus, String attemptStatus, Instant at, boolean last) {
    status = jobStatus;
    endedAt = last ? at : null;
    Integer no = number(record, Fields.ATTEMPT);
    if (no == null || no < 1) {
      return;
    }
    AttemptKey key = key(record);
    // A job that is cancelled or expires in the queue has no attempt that this would be the end of.
    Attempt attempt =
        attemptStatus.equals("cancelled") || attemptStatus.equals("expired")
            ? attempts.get(key)
            : attempt(record);
    if (attempt != null && attempt.status == null) {
      attempt.status = attemptStatus;
      attempt.endedAt = at;
      attempt.error = textOrNull(record, Fields.ERROR);
      attempt.errorCategory = textOrNull(record, Fields.ERROR_CATEGORY);
      if (attempt.workerId == null) {
        attempt.workerId = textOrNull(record, Fields.WORKER_ID);
      }
    }
  }

  private void call(String kind, String name, JsonNode record) {
    Call call = new Call(kind, name.strip(), record, time(record));
    if (textOrNull(record, Fields.STEP_ID) == null) {
      attempt(record).calls.add(call);
    } else {
      step(record).calls.add(call);
    }
  }

  private Attempt attempt(JsonNode record) {
    return attempts.computeIfAbsent(key(record), none -> new Attempt());
  }

  private static AttemptKey key(JsonNode record) {
    Integer run = number(record, Fields.RUN_NO);
    Integer attempt = number(record, Fields.ATTEMPT);
    return new AttemptKey(run == null ? 1 : run, attempt == null ? 1 : attempt);
  }

  private Step step(JsonNode record) {
    Integer iteration = number(record, Fields.ITERATION);
    return attempt(record)
        .steps
        .computeIfAbsent(
            new StepKey(text(record, Fields.STEP_ID, "?"), iteration == null ? 1 : iteration),
            none -> new Step());
  }

  private Timeline finish(String jobId, boolean truncated) {
    List<Span> spans = new ArrayList<>();
    Sum sum = Sum.NOTHING;
    for (Map.Entry<AttemptKey, Attempt> entry : attempts.entrySet()) {
      Summed summed = attemptSpan(entry.getKey(), entry.getValue());
      spans.add(summed.span);
      sum = sum.plus(summed.sum);
    }
    return new Timeline(
        jobId,
        flowId,
        status,
        endedAt != null,
        truncated,
        zero,
        endedAt == null ? null : offset(endedAt),
        queueMs,
        sum.inputTokens,
        sum.outputTokens,
        sum.cost,
        sum.unpriced,
        spans,
        events);
  }

  private Summed attemptSpan(AttemptKey key, Attempt attempt) {
    List<Span> children = new ArrayList<>();
    Sum sum = Sum.NOTHING;
    for (Map.Entry<StepKey, Step> step : attempt.steps.entrySet()) {
      Summed summed = stepSpan(step.getKey(), step.getValue(), attempt.status != null);
      children.add(summed.span);
      sum = sum.plus(summed.sum);
    }
    for (Call call : attempt.calls) {
      Summed summed = callSpan(call);
      children.add(summed.span);
      sum = sum.plus(summed.sum);
    }
    children.sort(Comparator.comparingDouble(Span::offsetMs));
    double from =
        attempt.startedAt != null
            ? offset(attempt.startedAt)
            : children.isEmpty()
                ? attempt.endedAt == null ? 0 : offset(attempt.endedAt)
                : children.getFirst().offsetMs();
    return new Summed(
        new Span(
            "attempt",
            (key.runNo > 1 ? "run " + key.runNo + ", " : "") + "attempt " + key.attempt,
            attempt.status == null ? "running" : attempt.status,
            from,
            attempt.endedAt == null ? null : Math.max(0, offset(attempt.endedAt) - from),
            key.runNo,
            key.attempt,
            null,
            null,
            attempt.workerId,
            null,
            null,
            attempt.error,
            attempt.errorCategory,
            sum.inputTokens,
            sum.outputTokens,
            sum.cost,
            sum.unpriced,
            children),
        sum);
  }

  private Summed stepSpan(StepKey key, Step step, boolean attemptEnded) {
    List<Span> children = new ArrayList<>();
    Sum sum = Sum.NOTHING;
    for (Call call : step.calls) {
      Summed summed = callSpan(call);
      children.add(summed.span);
      sum = sum.plus(summed.sum);
    }
    children.sort(Comparator.comparingDouble(Span::offsetMs));
    JsonNode end = step.end;
    Double duration = end == null ? null : duration(end);
    double from;
    if (step.startedAt != null) {
      from = offset(step.startedAt);
    } else if (step.endedAt != null) {
      from = Math.max(0, offset(step.endedAt) - (duration == null ? 0 : duration));
    } else {
      from = children.isEmpty() ? 0 : children.getFirst().offsetMs();
    }
    if (duration == null && step.endedAt != null) {
      duration = Math.max(0, offset(step.endedAt) - from);
    }
    return new Summed(
        new Span(
            "step",
            key.iteration > 1 ? key.stepId + " #" + key.iteration : key.stepId,
            end != null ? outcome(end) : attemptEnded ? "interrupted" : "running",
            from,
            duration,
            null,
            null,
            key.iteration,
            step.agentId,
            null,
            end == null ? null : textOrNull(end, Fields.ACTION),
            null,
            end == null ? null : textOrNull(end, Fields.ERROR),
            end == null ? null : textOrNull(end, Fields.ERROR_CATEGORY),
            sum.inputTokens,
            sum.outputTokens,
            sum.cost,
            sum.unpriced,
            children),
        sum);
  }

  private Summed callSpan(Call call) {
    JsonNode fields = call.fields;
    Double duration = duration(fields);
    boolean model = call.kind.equals("llm_call");
    BigDecimal cost =
        fields.path(Fields.COST_USD).isNumber()
            ? fields.path(Fields.COST_USD).decimalValue()
            : null;
    long input = fields.path(GenAi.USAGE_INPUT_TOKENS).asLong(0);
    long output = fields.path(GenAi.USAGE_OUTPUT_TOKENS).asLong(0);
    boolean failed = outcome(fields).equals("failure");
    Sum sum = model ? new Sum(input, output, cost, cost == null && !failed ? 1 : 0) : Sum.NOTHING;
    return new Summed(
        new Span(
            call.kind,
            call.name,
            outcome(fields),
            Math.max(0, offset(call.endedAt) - (duration == null ? 0 : duration)),
            duration,
            null,
            null,
            null,
            null,
            null,
            null,
            textOrNull(fields, Fields.CACHE),
            textOrNull(fields, Fields.ERROR),
            textOrNull(fields, Fields.ERROR_CATEGORY),
            model ? input : null,
            model ? output : null,
            cost,
            model && sum.unpriced > 0 ? sum.unpriced : null,
            List.of()),
        sum);
  }

  private static String outcome(JsonNode record) {
    String status = text(record, Fields.STATUS, "");
    if (!status.isEmpty()) {
      return status;
    }
    return text(record, Fields.EVENT, "").endsWith(".failed") ? "failure" : "success";
  }

  private double offset(Instant at) {
    return Duration.between(zero, at).toNanos() / 1_000_000.0;
  }

  private static @Nullable Double duration(JsonNode record) {
    JsonNode duration = record.path(Fields.DURATION_MS);
    return duration.isNumber() ? Math.max(0, duration.doubleValue()) : null;
  }

  /** The store has checked it. */
  private static Instant time(JsonNode record) {
    return Instant.parse(record.path(Fields.TIMESTAMP).stringValue());
  }

  private static String text(JsonNode record, String field, String otherwise) {
    String text = textOrNull(record, field);
    return text == null ? otherwise : text;
  }

  private static @Nullable String textOrNull(JsonNode record, String field) {
    JsonNode value = record.path(field);
    return value.isString() && !value.stringValue().isEmpty() ? value.stringValue() : null;
  }

  /** Correlation fields travel as text, so a number may be one too. */
  private static @Nullable Integer number(JsonNode record, String field) {
    JsonNode value = record.path(field);
    if (value.isIntegralNumber() && value.canConvertToInt()) {
      return value.intValue();
    }
    if (value.isString() && value.stringValue().matches("\\d{1,9}")) {
      return Integer.valueOf(value.stringValue());
    }
    return null;
  }
}
