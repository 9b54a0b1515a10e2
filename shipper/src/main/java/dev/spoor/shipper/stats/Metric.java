package dev.spoor.shipper.stats;

import dev.spoor.contract.telemetry.Events;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.telemetry.GenAi;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What is counted, a closed set. Each record counts for the metrics of its event and for those of
 * every record; a series of a metric is one combination of the values of its labels.
 */
@SuppressWarnings("ImmutableEnumChecker") // Written by the constructor only.
enum Metric {
  /** HTTP requests that have ended; a failure is an answer of 500 and above, or none. */
  REQUESTS(
      new Shape()
          .events(Events.HTTP_REQUEST_COMPLETED, Events.HTTP_REQUEST_FAILED)
          .label("route", Fields.ROUTE)
          .label("method", Fields.METHOD)
          .label("status_code", Fields.STATUS_CODE)
          .label("service", Fields.SERVICE)
          .millis(Fields.DURATION_MS)),
  /** Jobs that were submitted. */
  SUBMITS(new Shape().events(Events.JOB_SUBMITTED).label("flow_id", Fields.FLOW_ID)),
  /** Jobs that a worker has started on, each attempt, with how long they had waited. */
  STARTS(
      new Shape()
          .events(Events.JOB_STARTED)
          .label("flow_id", Fields.FLOW_ID)
          .millis(Fields.QUEUE_MS)),
  /** Jobs that have ended; a cancelled one is neither a success nor a failure. */
  JOBS(
      new Shape()
          .events(
              Events.JOB_SUCCEEDED,
              Events.JOB_FAILED,
              Events.JOB_DEAD,
              Events.JOB_EXPIRED,
              Events.JOB_CANCELLED)
          .label("flow_id", Fields.FLOW_ID)
          .label("status", Fields.EVENT)
          .millis(Fields.DURATION_MS)
          .sum("input_tokens", Fields.INPUT_TOKENS)
          .sum("output_tokens", Fields.OUTPUT_TOKENS)
          .sum("cost_usd", Fields.COST_USD)),
  /** Executions of agents. */
  AGENTS(
      new Shape()
          .events(Events.AGENT_EXECUTION_COMPLETED, Events.AGENT_EXECUTION_FAILED)
          .label("agent_id", Fields.AGENT_ID)
          .label("flow_id", Fields.FLOW_ID)
          .millis(Fields.DURATION_MS)),
  /** Calls of models. */
  LLM(
      new Shape()
          .events(Events.LLM_CALL_COMPLETED, Events.LLM_CALL_FAILED)
          .label("model", GenAi.REQUEST_MODEL)
          .label("provider", GenAi.PROVIDER_NAME)
          .label("agent_id", Fields.AGENT_ID)
          .label("flow_id", Fields.FLOW_ID)
          .millis(Fields.DURATION_MS)
          .sum("input_tokens", GenAi.USAGE_INPUT_TOKENS)
          .sum("output_tokens", GenAi.USAGE_OUTPUT_TOKENS)
          .sum("cached_input_tokens", Fields.CACHED_INPUT_TOKENS)
          .sum("cost_usd", Fields.COST_USD)),
  /** Calls of tools. */
  TOOLS(
      new Shape()
          .events(Events.TOOL_CALL_COMPLETED, Events.TOOL_CALL_FAILED)
          .label("tool", GenAi.TOOL_NAME)
          .label("agent_id", Fields.AGENT_ID)
          .millis(Fields.DURATION_MS)),
  /** Reads, writes and deletes of agents' memory. */
  MEMORY(
      new Shape()
          .events(Events.MEMORY_READ, Events.MEMORY_WRITE, Events.MEMORY_DELETE)
          .label("operation", Fields.EVENT)
          .label("agent_id", Fields.AGENT_ID)
          .millis(Fields.DURATION_MS)
          .sum("size_bytes", Fields.SIZE_BYTES)
          .matches("cache_hits", Fields.CACHE, "hit")
          .matches("cache_misses", Fields.CACHE, "miss")),
  /** Records of level {@code ERROR}, whatever their event. */
  ERRORS(
      new Shape()
          .level("ERROR")
          .label("error_category", Fields.ERROR_CATEGORY)
          .label("service", Fields.SERVICE)),
  /** All records. */
  RECORDS(new Shape().label("level", Fields.LEVEL).label("service", Fields.SERVICE)),
  /** Jobs that wait or run, as processes have sampled it: a gauge, which is not added up. */
  QUEUE(new Shape().events(Events.RUNTIME_SAMPLE).gauge(Fields.QUEUE_DEPTH));

  /** Every metric has it, the last of its labels. */
  static final String TENANT = "tenant";

  private static final Map<String, List<Metric>> BY_EVENT = new HashMap<>();
  private static final List<Metric> ALWAYS = new ArrayList<>();

  static {
    for (Metric metric : values()) {
      metric.shape.events.forEach(
          event -> BY_EVENT.computeIfAbsent(event, _ -> new ArrayList<>()).add(metric));
      if (metric.shape.events.isEmpty()) {
        ALWAYS.add(metric);
      }
    }
    BY_EVENT.values().forEach(metrics -> metrics.addAll(ALWAYS));
  }

  private final Shape shape;
  private final List<String> labels;

  Metric(Shape shape) {
    this.shape = shape;
    List<String> names = new ArrayList<>(shape.labels.stream().map(Label::name).toList());
    names.add(TENANT);
    this.labels = List.copyOf(names);
  }

  private record Label(String name, String field) {}

  /**
   * What is added up.
   *
   * @param value null for the field's number, else one is added for each record with this text
   */
  private record Sum(String name, String field, @Nullable String value) {}

  /** What there is to a metric. */
  private static final class Shape {
    private List<String> events = List.of();
    private @Nullable String level;
    private final List<Label> labels = new ArrayList<>();
    private final List<Sum> sums = new ArrayList<>();
    private @Nullable String sampled;
    private boolean gauge;

    Shape events(String... names) {
      events = List.of(names);
      return this;
    }

    Shape level(String name) {
      level = name;
      return this;
    }

    Shape label(String name, String field) {
      labels.add(new Label(name, field));
      return this;
    }

    Shape millis(String field) {
      sampled = field;
      return this;
    }

    Shape gauge(String field) {
      sampled = field;
      gauge = true;
      return this;
    }

    Shape sum(String name, String field) {
      sums.add(new Sum(name, field, null));
      return this;
    }

    Shape matches(String name, String field, String value) {
      sums.add(new Sum(name, field, value));
      return this;
    }
  }

  String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<Metric> named(String name) {
    return Arrays.stream(values()).filter(metric -> metric.wireName().equals(name)).findFirst();
  }

  static List<String> names() {
    return Arrays.stream(values()).map(Metric::wireName).toList();
  }

  /** Names of its labels. */
  List<String> labels() {
    return labels;
  }

  /** Names of what it adds up. */
  List<String> sums() {
    return shape.sums.stream().map(Sum::name).toList();
  }

  int sumCount() {
    return shape.sums.size();
  }

  /** Whether its values are milliseconds. */
  boolean isTimed() {
    return shape.sampled != null && !shape.gauge;
  }

  /** Whether it is a level at a time, and not events. */
  boolean isGauge() {
    return shape.gauge;
  }

  /** Those that a record may count for; {@link #observe} has the last word. */
  static List<Metric> of(JsonNode record) {
    return BY_EVENT.getOrDefault(text(record, Fields.EVENT), ALWAYS);
  }

  /** What a record adds, null if nothing. */
  @Nullable Observation observe(JsonNode record) {
    if (shape.level != null && !shape.level.equals(text(record, Fields.LEVEL))) {
      return null;
    }
    Double sample = null;
    if (shape.sampled != null) {
      sample = number(record.path(shape.sampled));
      if (sample == null && shape.gauge) {
        return null;
      }
    }
    String[] values = new String[labels.size()];
    for (int i = 0; i < shape.labels.size(); i++) {
      values[i] = label(record, shape.labels.get(i));
    }
    values[values.length - 1] = text(record, Fields.TENANT);
    double[] sums = new double[shape.sums.size()];
    for (int i = 0; i < sums.length; i++) {
      Sum sum = shape.sums.get(i);
      if (sum.value != null) {
        sums[i] = sum.value.equals(text(record, sum.field)) ? 1 : 0;
      } else {
        Double number = number(record.path(sum.field));
        sums[i] = number == null ? 0 : number;
      }
    }
    return new Observation(new Series(this, List.of(values)), outcome(record), sample, sums);
  }

  private static String label(JsonNode record, Label label) {
    if (label.field.equals(Fields.EVENT)) {
      // job.failed, memory.read: the last word is what tells them apart.
      String event = text(record, Fields.EVENT);
      return event.substring(event.lastIndexOf('.') + 1);
    }
    JsonNode value = record.path(label.field);
    String text = value.isString() || value.isNumber() ? value.asString() : "";
    return text.length() <= Series.MAX_VALUE ? text : text.substring(0, Series.MAX_VALUE);
  }

  /** How a record ended what it tells of. */
  enum Outcome {
    SUCCESS,
    FAILURE,
    NEITHER
  }

  private Outcome outcome(JsonNode record) {
    return switch (text(record, Fields.EVENT)) {
      case Events.HTTP_REQUEST_COMPLETED ->
          record.path(Fields.STATUS_CODE).asInt(0) >= 500 ? Outcome.FAILURE : Outcome.SUCCESS;
      case Events.HTTP_REQUEST_FAILED,
          Events.JOB_FAILED,
          Events.JOB_DEAD,
          Events.JOB_EXPIRED,
          Events.AGENT_EXECUTION_FAILED,
          Events.LLM_CALL_FAILED,
          Events.TOOL_CALL_FAILED ->
          Outcome.FAILURE;
      case Events.JOB_SUCCEEDED,
          Events.AGENT_EXECUTION_COMPLETED,
          Events.LLM_CALL_COMPLETED,
          Events.TOOL_CALL_COMPLETED ->
          Outcome.SUCCESS;
      default -> Outcome.NEITHER;
    };
  }

  /** Whether its records succeed or fail. */
  boolean isJudged() {
    return switch (this) {
      case REQUESTS, JOBS, AGENTS, LLM, TOOLS -> true;
      case SUBMITS, STARTS, MEMORY, ERRORS, RECORDS, QUEUE -> false;
    };
  }

  private static String text(JsonNode record, String field) {
    JsonNode value = record.path(field);
    return value.isString() ? value.stringValue() : "";
  }

  /** A finite number that is not negative, which all figures are. */
  private static @Nullable Double number(JsonNode value) {
    if (!value.isNumber()) {
      return null;
    }
    double number = value.doubleValue();
    return Double.isFinite(number) && number >= 0 ? number : null;
  }
}
