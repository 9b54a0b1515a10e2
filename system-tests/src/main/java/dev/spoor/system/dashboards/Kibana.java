package dev.spoor.system.dashboards;

import static dev.spoor.contract.telemetry.Fields.AGENT_ID;
import static dev.spoor.contract.telemetry.Fields.CACHE;
import static dev.spoor.contract.telemetry.Fields.COST_USD;
import static dev.spoor.contract.telemetry.Fields.DURATION_MS;
import static dev.spoor.contract.telemetry.Fields.ERROR;
import static dev.spoor.contract.telemetry.Fields.ERROR_CATEGORY;
import static dev.spoor.contract.telemetry.Fields.ERROR_TYPE;
import static dev.spoor.contract.telemetry.Fields.EVENT;
import static dev.spoor.contract.telemetry.Fields.FLOW_ID;
import static dev.spoor.contract.telemetry.Fields.JOBS_IN_FLIGHT;
import static dev.spoor.contract.telemetry.Fields.JOB_ID;
import static dev.spoor.contract.telemetry.Fields.LEVEL;
import static dev.spoor.contract.telemetry.Fields.MEMORY_RATIO;
import static dev.spoor.contract.telemetry.Fields.MEMORY_SCOPE;
import static dev.spoor.contract.telemetry.Fields.MESSAGE;
import static dev.spoor.contract.telemetry.Fields.QUEUE_DEPTH;
import static dev.spoor.contract.telemetry.Fields.ROUTE;
import static dev.spoor.contract.telemetry.Fields.SCOPE_BYTES;
import static dev.spoor.contract.telemetry.Fields.SERVICE;
import static dev.spoor.contract.telemetry.Fields.SIZE_BYTES;
import static dev.spoor.contract.telemetry.Fields.STATUS;
import static dev.spoor.contract.telemetry.Fields.STATUS_CODE;
import static dev.spoor.contract.telemetry.Fields.STEP_ID;
import static dev.spoor.contract.telemetry.Fields.TIMESTAMP;

import dev.spoor.contract.telemetry.Events;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.telemetry.GenAi;
import dev.spoor.system.dashboards.KibanaObject.Chart;
import dev.spoor.system.dashboards.KibanaObject.Measure;
import dev.spoor.system.dashboards.KibanaObject.SavedSearch;
import dev.spoor.system.dashboards.KibanaObject.Shape;
import java.util.List;

/** The saved searches and charts that ship for Kibana. */
public final class Kibana {
  /** Records of all days, as the shipper names their indices unless it is told otherwise. */
  public static final String INDICES = "spoor-records-*";

  private Kibana() {}

  public static List<SavedSearch> searches() {
    return List.of(
        new SavedSearch(
            "errors-by-category",
            "Spoor: errors by category",
            "What went wrong, sorted by whose fault it is.",
            Filter.has(ERROR_CATEGORY),
            List.of(ERROR_CATEGORY, ERROR_TYPE, EVENT, AGENT_ID, FLOW_ID, ERROR, JOB_ID),
            List.of(ERROR_CATEGORY + " asc", TIMESTAMP + " desc")),
        new SavedSearch(
            "slow-agents",
            "Spoor: slow agents",
            "Executions of a second and more, the longest first.",
            Filter.is(EVENT, Events.AGENT_EXECUTION_COMPLETED, Events.AGENT_EXECUTION_FAILED)
                .and(Filter.atLeast(DURATION_MS, 1000)),
            List.of(AGENT_ID, DURATION_MS, STATUS, FLOW_ID, STEP_ID, Fields.ATTEMPT, JOB_ID),
            List.of(DURATION_MS + " desc")),
        new SavedSearch(
            "trail-of-a-job",
            "Spoor: one job's trail",
            "Put the id of the job in place of the star. From submit to end, in the order of time.",
            Filter.has(JOB_ID),
            List.of(
                EVENT, SERVICE, STEP_ID, AGENT_ID, Fields.ATTEMPT, DURATION_MS, STATUS, MESSAGE),
            List.of(TIMESTAMP + " asc")),
        new SavedSearch(
            "memory-operations",
            "Spoor: memory operations",
            "What agents read, wrote and deleted, whether the cache had it, and how large it was.",
            Filter.is(EVENT, Events.MEMORY_READ, Events.MEMORY_WRITE, Events.MEMORY_DELETE),
            List.of(
                EVENT, AGENT_ID, MEMORY_SCOPE, CACHE, SIZE_BYTES, SCOPE_BYTES, DURATION_MS, JOB_ID),
            List.of(TIMESTAMP + " desc")),
        new SavedSearch(
            "cost",
            "Spoor: cost",
            "Model calls by what they cost, the dearest first.",
            calls().and(Filter.has(COST_USD)),
            List.of(
                COST_USD,
                AGENT_ID,
                GenAi.RESPONSE_MODEL,
                GenAi.USAGE_INPUT_TOKENS,
                GenAi.USAGE_OUTPUT_TOKENS,
                FLOW_ID,
                JOB_ID),
            List.of(COST_USD + " desc")));
  }

  private static Filter requests() {
    return Filter.is(EVENT, Events.HTTP_REQUEST_COMPLETED, Events.HTTP_REQUEST_FAILED);
  }

  private static Filter executions() {
    return Filter.is(EVENT, Events.AGENT_EXECUTION_COMPLETED, Events.AGENT_EXECUTION_FAILED);
  }

  private static Filter calls() {
    return Filter.is(EVENT, Events.LLM_CALL_COMPLETED, Events.LLM_CALL_FAILED);
  }

  private static Filter samples() {
    return Filter.is(EVENT, Events.RUNTIME_SAMPLE);
  }

  private static Measure p95(String field) {
    return Measure.percentile("95 %", field, 95);
  }

  /** From left to right, three in a row. */
  public static List<Chart> charts() {
    return List.of(
        new Chart(
            "requests-by-route",
            "Requests by route",
            Shape.BARS,
            requests(),
            ROUTE,
            List.of(Measure.count("Requests"))),
        new Chart(
            "request-latency",
            "Request duration, 95 %, ms",
            Shape.LINES,
            requests(),
            ROUTE,
            List.of(p95(DURATION_MS))),
        new Chart(
            "requests-by-status",
            "Requests by status",
            Shape.BARS,
            requests(),
            STATUS_CODE,
            List.of(Measure.count("Requests"))),
        new Chart(
            "agent-duration",
            "Agent duration, 95 %, ms",
            Shape.LINES,
            executions(),
            AGENT_ID,
            List.of(p95(DURATION_MS))),
        new Chart(
            "agent-success",
            "Agent executions by result",
            Shape.SHARES,
            executions(),
            STATUS,
            List.of(Measure.count("Executions"))),
        new Chart(
            "agents",
            "Agents",
            Shape.TABLE,
            executions(),
            AGENT_ID,
            List.of(
                Measure.count("Executions"),
                Measure.percentile("Half, ms", DURATION_MS, 50),
                Measure.percentile("95 %, ms", DURATION_MS, 95),
                Measure.of("Longest, ms", "max", DURATION_MS))),
        new Chart(
            "llm-cost",
            "LLM cost by agent, USD",
            Shape.BARS,
            calls().and(Filter.has(COST_USD)),
            AGENT_ID,
            List.of(Measure.of("USD", "sum", COST_USD))),
        new Chart(
            "llm-tokens",
            "LLM tokens",
            Shape.BARS,
            calls(),
            "",
            List.of(
                Measure.of("Sent", "sum", GenAi.USAGE_INPUT_TOKENS),
                Measure.of("Received", "sum", GenAi.USAGE_OUTPUT_TOKENS))),
        new Chart(
            "llm-models",
            "LLM use by model",
            Shape.TABLE,
            calls(),
            GenAi.REQUEST_MODEL,
            List.of(
                Measure.count("Calls"),
                Measure.of("USD", "sum", COST_USD),
                Measure.percentile("95 %, ms", DURATION_MS, 95))),
        new Chart(
            "process-memory",
            "Memory of processes, share",
            Shape.LINES,
            samples(),
            Fields.INSTANCE,
            List.of(Measure.of("Share", "max", MEMORY_RATIO))),
        new Chart(
            "agent-memory",
            "Agents' memory, bytes of the largest scope",
            Shape.LINES,
            Filter.has(SCOPE_BYTES),
            MEMORY_SCOPE,
            List.of(Measure.of("Bytes", "max", SCOPE_BYTES))),
        new Chart(
            "memory-cache",
            "Reads of agents' memory by cache",
            Shape.SHARES,
            Filter.is(EVENT, Events.MEMORY_READ),
            CACHE,
            List.of(Measure.count("Reads"))),
        new Chart(
            "queue-depth",
            "Queue depth",
            Shape.LINES,
            samples().and(Filter.has(QUEUE_DEPTH)),
            "",
            List.of(Measure.of("Jobs", "max", QUEUE_DEPTH))),
        new Chart(
            "jobs-in-flight",
            "Jobs that workers run",
            Shape.LINES,
            samples().and(Filter.has(JOBS_IN_FLIGHT)),
            Fields.INSTANCE,
            List.of(Measure.of("Jobs", "max", JOBS_IN_FLIGHT))),
        new Chart(
            "errors",
            "Errors by category",
            Shape.BARS,
            Filter.has(ERROR_CATEGORY).and(Filter.is(LEVEL, "ERROR")),
            ERROR_CATEGORY,
            List.of(Measure.count("Errors"))));
  }
}
