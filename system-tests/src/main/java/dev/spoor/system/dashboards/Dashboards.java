package dev.spoor.system.dashboards;

import static dev.spoor.system.dashboards.Dashboard.figure;
import static dev.spoor.system.dashboards.Dashboard.lines;
import static dev.spoor.system.dashboards.Dashboard.query;
import static dev.spoor.system.dashboards.Dashboard.row;
import static dev.spoor.system.dashboards.Dashboard.stack;

import java.util.List;

/**
 * The dashboards that ship. Counters of what has not happened yet do not exist in Prometheus, so a
 * share of failures says {@code or vector(0)} where nothing has failed. The ledger's figures are
 * the same on every gateway: {@code max}, never {@code sum}. A lag that is not known is NaN, which
 * a sum would be too, so {@code >= 0} leaves it out.
 */
public final class Dashboards {
  private static final String HTTP = "http_server_requests_seconds";
  private static final String AGENT = "spoor_agent_execution_seconds";

  private Dashboards() {}

  public static List<Dashboard> all() {
    return List.of(goldenSignals(), queueAndWorkers(), llmCost(), telemetryPipeline());
  }

  private static String rate(String selector) {
    return "rate(" + selector + "[$__rate_interval])";
  }

  private static String quantile(String quantile, String by, String histogram) {
    String labels = by.isEmpty() ? "le" : "le, " + by;
    return "histogram_quantile("
        + quantile
        + ", sum by ("
        + labels
        + ") ("
        + rate(histogram + "_bucket")
        + "))";
  }

  /** Of a timer without buckets. */
  private static String mean(String by, String timer) {
    return "sum by (%1$s) (%2$s) / sum by (%1$s) (%3$s)"
        .formatted(by, rate(timer + "_sum"), rate(timer + "_count"));
  }

  private static String share(String part, String of) {
    return "(sum(" + rate(part) + ") or vector(0)) / sum(" + rate(of) + ")";
  }

  private static Dashboard goldenSignals() {
    return new Dashboard(
        "spoor-golden-signals",
        "Spoor: golden signals",
        "Traffic, errors, latency and saturation of the whole system. The first place to look.",
        List.of(
            row(
                "Now",
                figure(
                    "Alerts that fire",
                    "short",
                    "As the shipper evaluates them; ./spoor alerts names them.",
                    "sum(spoor_alerts{state=\"firing\"})"),
                figure(
                    "Requests that fail",
                    "percentunit",
                    "Share of HTTP requests answered with a 5xx. HighErrorRate fires above 5 %.",
                    share(HTTP + "_count{outcome=\"SERVER_ERROR\"}", HTTP + "_count")),
                figure(
                    "Jobs that fail",
                    "percentunit",
                    "Share of ended jobs that failed, died or expired. The objective is 1 %.",
                    share(
                        "spoor_jobs_total{status=~\"failed|dead|expired\"}",
                        "spoor_jobs_total{status!=\"cancelled\"}")),
                figure(
                    "Containers that answer",
                    "short",
                    "Gateways, workers and shippers that Prometheus could scrape.",
                    "sum(up)")),
            row(
                "Traffic",
                stack(
                    "Requests",
                    "reqps",
                    "HTTP requests a second, by what was asked.",
                    query(
                        "{{method}} {{uri}}",
                        "sum by (method, uri) (" + rate(HTTP + "_count") + ")")),
                stack(
                    "Jobs that ended",
                    "ops",
                    "A second, by flow.",
                    query("{{flow}}", "sum by (flow) (" + rate("spoor_jobs_total") + ")"))),
            row(
                "Errors",
                stack(
                    "Requests by status",
                    "reqps",
                    "A 4xx is the caller's, a 5xx is ours.",
                    query("{{status}}", "sum by (status) (" + rate(HTTP + "_count") + ")")),
                stack(
                    "Jobs by end",
                    "ops",
                    "dead: all attempts used up. failed: an agent said no.",
                    query("{{status}}", "sum by (status) (" + rate("spoor_jobs_total") + ")")),
                stack(
                    "Agent executions that failed",
                    "ops",
                    "By agent. Each costs an attempt, and usually money.",
                    query(
                        "{{agent}}",
                        "sum by (agent) (" + rate(AGENT + "_count{status=\"failure\"}") + ")"))),
            row(
                "Latency",
                lines(
                    "Requests",
                    "s",
                    "Those with Prefer: wait take as long as their job. HighP95Latency fires above 5 s.",
                    query("half", quantile("0.5", "", HTTP)),
                    query("95 %", quantile("0.95", "", HTTP)),
                    query("99 %", quantile("0.99", "", HTTP))),
                lines(
                    "Agents, 95 %",
                    "s",
                    "How long an execution takes, its model calls and tools included.",
                    query("{{agent}}", quantile("0.95", "agent", AGENT))),
                lines(
                    "Jobs, mean",
                    "s",
                    "From submit to end, waiting and attempts included.",
                    query("{{flow}}", mean("flow", "spoor_job_duration_seconds")))),
            row(
                "Saturation",
                lines(
                    "Memory",
                    "percentunit",
                    "Of the container's limit. HighMemoryUsage fires above 80 %.",
                    query(
                        "{{job}} {{instance}}",
                        "max by (job, instance) (spoor_process_memory_ratio)")),
                lines(
                    "CPU",
                    "percentunit",
                    "Of all processors that the container may use.",
                    query("{{job}} {{instance}}", "max by (job, instance) (process_cpu_usage)")),
                lines(
                    "Slots of workers in use",
                    "percentunit",
                    "At 100 % jobs wait for a slot: more workers, or more slots where jobs wait for a model.",
                    query(
                        "{{instance}}",
                        "sum by (instance) (spoor_worker_slots{state=\"used\"})"
                            + " / sum by (instance) (spoor_worker_slots{state=\"all\"})")),
                lines(
                    "Time spent on garbage",
                    "percentunit",
                    "Share of time in pauses of the JVM.",
                    query(
                        "{{job}} {{instance}}",
                        "sum by (job, instance) (" + rate("jvm_gc_pause_seconds_sum") + ")")))));
  }

  private static Dashboard queueAndWorkers() {
    return new Dashboard(
        "spoor-queue-and-workers",
        "Spoor: queue and workers",
        "What waits, since when, who works on it, and how it ends.",
        List.of(
            row(
                "Now",
                figure(
                    "Waiting",
                    "short",
                    "Jobs that could start, as the ledger counts them.",
                    "max(spoor_queue_depth{state=\"queued\"})"),
                figure(
                    "Oldest",
                    "s",
                    "How long the one waits that waits longest. QueueBacklog fires above a minute.",
                    "max(spoor_queue_oldest_age_seconds)"),
                figure(
                    "Running",
                    "short",
                    "Jobs that a worker has.",
                    "max(spoor_queue_depth{state=\"running\"})"),
                figure(
                    "Workers", "short", "Workers that answer.", "count(up{job=\"worker\"} == 1)")),
            row(
                "Queue",
                stack(
                    "Depth",
                    "short",
                    "scheduled: not yet due. retrying: between two attempts.",
                    query("{{state}}", "max by (state) (spoor_queue_depth)")),
                lines(
                    "Age of the oldest",
                    "s",
                    "A line that climbs steadily is a queue of which nothing starts.",
                    query("{{state}}", "max by (state) (spoor_queue_oldest_age_seconds)")),
                lines(
                    "Kafka's lag of the workers",
                    "short",
                    "Dispatches that no worker has accepted. Depth is the truth; this shows where it waits.",
                    query(
                        "{{topic}}",
                        "max by (topic) (spoor_queue_lag_records{group=~\".*workers\"})"))),
            row(
                "Jobs",
                lines(
                    "Wait, mean",
                    "s",
                    "From due to granted, by priority.",
                    query("{{priority}}", mean("priority", "spoor_job_queue_time_seconds"))),
                lines(
                    "Wait, longest",
                    "s",
                    "Of the last minutes, by flow.",
                    query("{{flow}}", "max by (flow) (spoor_job_queue_time_seconds_max)")),
                stack(
                    "Ended",
                    "ops",
                    "A second, by how.",
                    query("{{status}}", "sum by (status) (" + rate("spoor_jobs_total") + ")")),
                lines(
                    "Duration, longest",
                    "s",
                    "Of the last minutes, by flow.",
                    query("{{flow}}", "max by (flow) (spoor_job_duration_seconds_max)"))),
            row(
                "Workers",
                stack(
                    "Slots in use",
                    "short",
                    "By worker.",
                    query(
                        "{{instance}}", "sum by (instance) (spoor_worker_slots{state=\"used\"})")),
                stack(
                    "Claims",
                    "ops",
                    "What the ledger answered. Refused ones are normal after a restart; timed out ones mean a ledger that stands still.",
                    query(
                        "{{result}} {{reason}}",
                        "sum by (result, reason) (" + rate("spoor_worker_claims_total") + ")")),
                stack(
                    "Dispatches",
                    "ops",
                    "What became of what came from the queue.",
                    query(
                        "{{result}}",
                        "sum by (result) (" + rate("spoor_worker_dispatches_total") + ")"))),
            row(
                "Agents",
                stack(
                    "Executions",
                    "ops",
                    "A second.",
                    query("{{agent}}", "sum by (agent) (" + rate(AGENT + "_count") + ")")),
                lines(
                    "Duration, 95 %",
                    "s", "By agent.", query("{{agent}}", quantile("0.95", "agent", AGENT))),
                lines(
                    "Success",
                    "percentunit",
                    "By agent. HighAgentFailureRate fires below 90 %.",
                    query(
                        "{{agent}}",
                        "sum by (agent) ("
                            + rate(AGENT + "_count{status=\"success\"}")
                            + ") / sum by (agent) ("
                            + rate(AGENT + "_count")
                            + ")"))),
            row(
                "Agents' memory",
                stack(
                    "Operations",
                    "ops",
                    "By what was done and what came of it.",
                    query(
                        "{{operation}} {{result}}",
                        "sum by (operation, result) ("
                            + rate("spoor_memory_operation_seconds_count")
                            + ")")),
                lines(
                    "Duration, mean",
                    "s",
                    "By operation.",
                    query("{{operation}}", mean("operation", "spoor_memory_operation_seconds"))),
                lines(
                    "Reads that the cache answered",
                    "percentunit",
                    "Of those that asked it.",
                    query(
                        "hits",
                        share(
                            "spoor_memory_cache_total{result=\"hit\"}",
                            "spoor_memory_cache_total"))),
                stack(
                    "Size",
                    "bytes",
                    "Of all scopes of a kind.",
                    query("{{scope}}", "sum by (scope) (spoor_memory_size_bytes)"))),
            row(
                "Ledger",
                lines(
                    "Transaction, mean",
                    "s",
                    "Every job passes several. It rises with Kafka's.",
                    query("{{instance}}", mean("instance", "spoor_ledger_transaction_seconds"))),
                lines(
                    "Transactions",
                    "ops",
                    "A second. Under load each takes more jobs.",
                    query(
                        "{{instance}}",
                        "sum by (instance) ("
                            + rate("spoor_ledger_transaction_seconds_count")
                            + ")")),
                lines(
                    "Aborted, refused, dead-lettered",
                    "ops",
                    "Aborted ones are tried again. What is dead-lettered is a fault of ours.",
                    query("aborted", "sum(" + rate("spoor_ledger_aborted_total") + ")"),
                    query("refused", "sum(" + rate("spoor_ledger_refused_total") + ")"),
                    query(
                        "dead-lettered",
                        "sum(" + rate("spoor_ledger_dead_lettered_total") + ")")))));
  }

  private static Dashboard llmCost() {
    String call = "spoor_llm_call_seconds";
    String cost = "spoor_llm_cost_usd_total";
    return new Dashboard(
        "spoor-llm-cost",
        "Spoor: LLM cost",
        "What model calls cost, who spends it, and how they go. A model whose price is not known costs nothing here.",
        List.of(
            row(
                "In the time shown",
                figure("Cost", "currencyUSD", "USD.", "sum(increase(" + cost + "[$__range]))"),
                figure(
                    "Cost of a job",
                    "currencyUSD",
                    "USD, over all jobs that ended, those without a model included.",
                    "sum(increase("
                        + cost
                        + "[$__range])) / sum(increase(spoor_jobs_total[$__range]))"),
                figure(
                    "Calls", "short", "Of models.", "sum(increase(" + call + "_count[$__range]))"),
                figure(
                    "Calls that failed",
                    "percentunit",
                    "Share; each is tried again within its attempt or costs one.",
                    "(sum(increase("
                        + call
                        + "_count{status=\"failure\"}[$__range])) or vector(0)) / sum(increase("
                        + call
                        + "_count[$__range]))")),
            row(
                "Cost",
                stack(
                    "USD an hour, by agent",
                    "currencyUSD",
                    "At the rate of the moment. CostBudget fires above 50 USD in an hour.",
                    query("{{agent}}", "sum by (agent) (" + rate(cost) + ") * 3600")),
                stack(
                    "USD an hour, by model",
                    "currencyUSD",
                    "At the rate of the moment.",
                    query(
                        "{{provider}} {{model}}",
                        "sum by (provider, model) (" + rate(cost) + ") * 3600")),
                lines(
                    "USD a call, by agent",
                    "currencyUSD",
                    "A line that climbs is a prompt that grows.",
                    query(
                        "{{agent}}",
                        "sum by (agent) ("
                            + rate(cost)
                            + ") / sum by (agent) ("
                            + rate(call + "_count")
                            + ")"))),
            row(
                "Tokens",
                stack(
                    "Tokens a second",
                    "short",
                    "Sent and received.",
                    query(
                        "{{direction}}",
                        "sum by (direction) (" + rate("spoor_llm_tokens_total") + ")")),
                stack(
                    "Tokens a second, by agent",
                    "short",
                    "Sent and received.",
                    query(
                        "{{agent}} {{direction}}",
                        "sum by (agent, direction) (" + rate("spoor_llm_tokens_total") + ")")),
                lines(
                    "Tokens a call",
                    "short",
                    "By agent, sent and received together.",
                    query(
                        "{{agent}}",
                        "sum by (agent) ("
                            + rate("spoor_llm_tokens_total")
                            + ") / sum by (agent) ("
                            + rate(call + "_count")
                            + ")"))),
            row(
                "Calls",
                stack(
                    "Calls",
                    "ops",
                    "A second, by model and result.",
                    query(
                        "{{model}} {{status}}",
                        "sum by (model, status) (" + rate(call + "_count") + ")")),
                lines("Duration, mean", "s", "By model.", query("{{model}}", mean("model", call))),
                lines(
                    "Duration, longest",
                    "s",
                    "Of the last minutes, by model.",
                    query("{{model}}", "max by (model) (" + call + "_max)")))));
  }

  private static Dashboard telemetryPipeline() {
    return new Dashboard(
        "spoor-telemetry-pipeline",
        "Spoor: telemetry pipeline",
        "From the log call to the store and the alerts: what is on the way, what is missing, how late it is.",
        List.of(
            row(
                "Now",
                figure(
                    "Event to searchable, 95 %",
                    "s",
                    "Of what was stored lately.",
                    quantile("0.95", "", "spoor_shipper_delay_seconds")),
                figure(
                    "In journals",
                    "short",
                    "Records that Kafka has not taken yet.",
                    "sum(spoor_telemetry_in_journal)"),
                figure(
                    "Dropped",
                    "short",
                    "In the time shown. TelemetryLoss fires above 0, and the audit names each.",
                    "sum(increase(spoor_telemetry_dropped_total[$__range]))"),
                figure(
                    "Dead-lettered",
                    "short",
                    "In the time shown. RecordsSetAside fires above 0.",
                    "sum(increase(spoor_telemetry_dead_lettered_total[$__range]))")),
            row(
                "Emitters: logged = shipped + dropped + in journal",
                stack(
                    "Logged",
                    "ops",
                    "Records a second.",
                    query(
                        "{{job}}", "sum by (job) (" + rate("spoor_telemetry_logged_total") + ")")),
                stack(
                    "Shipped",
                    "ops",
                    "Records a second that Kafka has taken.",
                    query(
                        "{{job}}", "sum by (job) (" + rate("spoor_telemetry_shipped_total") + ")")),
                stack(
                    "Dropped",
                    "ops",
                    "By reason.",
                    query(
                        "{{reason}}",
                        "sum by (reason) (" + rate("spoor_telemetry_dropped_total") + ")")),
                lines(
                    "What does not add up",
                    "short",
                    "Zero at rest; in between a scrape may fall between two counters. If it stays away from zero, count on a fault of ours.",
                    query(
                        "{{job}} {{instance}}",
                        "sum by (job, instance) (spoor_telemetry_logged_total)"
                            + " - sum by (job, instance) (spoor_telemetry_shipped_total)"
                            + " - sum by (job, instance) (spoor_telemetry_dropped_total)"
                            + " - sum by (job, instance) (spoor_telemetry_in_journal)"))),
            row(
                "Journals",
                lines(
                    "Records in the journal",
                    "short",
                    "Climbs while Kafka cannot be reached.",
                    query(
                        "{{job}} {{instance}}",
                        "sum by (job, instance) (spoor_telemetry_in_journal)")),
                lines(
                    "Size of the journal",
                    "bytes",
                    "On the disk. When it is full, what is least important is dropped.",
                    query(
                        "{{job}} {{instance}}",
                        "sum by (job, instance) (spoor_journal_size_bytes)"))),
            row(
                "Shipper: received = stored + duplicate + dead-lettered + in flight",
                lines(
                    "Received and what became of it",
                    "ops",
                    "Records a second. Duplicates come after a restart and are stored once.",
                    query("received", "sum(" + rate("spoor_telemetry_received_total") + ")"),
                    query("stored", "sum(" + rate("spoor_telemetry_stored_total") + ")"),
                    query("duplicate", "sum(" + rate("spoor_telemetry_duplicate_total") + ")")),
                stack(
                    "Dead-lettered",
                    "ops",
                    "By reason.",
                    query(
                        "{{reason}}",
                        "sum by (reason) (" + rate("spoor_telemetry_dead_lettered_total") + ")")),
                lines(
                    "In flight",
                    "short",
                    "Received and not yet answered for by the store.",
                    query("{{instance}}", "sum by (instance) (spoor_telemetry_in_flight)")),
                lines(
                    "What does not add up",
                    "short",
                    "Zero at rest, as for emitters.",
                    query(
                        "{{instance}}",
                        "sum by (instance) (spoor_telemetry_received_total)"
                            + " - sum by (instance) (spoor_telemetry_stored_total)"
                            + " - sum by (instance) (spoor_telemetry_duplicate_total)"
                            + " - sum by (instance) (spoor_telemetry_dead_lettered_total)"
                            + " - sum by (instance) (spoor_telemetry_in_flight)"))),
            row(
                "How late",
                lines(
                    "Event to searchable",
                    "s",
                    "Elasticsearch shows new records every 10 s, Lucene sooner.",
                    query("half", quantile("0.5", "", "spoor_shipper_delay_seconds")),
                    query("95 %", quantile("0.95", "", "spoor_shipper_delay_seconds"))),
                lines(
                    "Records not yet stored",
                    "short",
                    "Kafka's lag of the group that stores. StoreStalled fires if nothing is stored while it is above 0.",
                    query(
                        "{{topic}}",
                        "sum by (topic) (spoor_queue_lag_records{group=~\".*store\"} >= 0)")),
                lines(
                    "Records not yet evaluated",
                    "short",
                    "Kafka's lag of the alerts.",
                    query(
                        "{{topic}}",
                        "sum by (topic) (spoor_queue_lag_records{group=~\".*alerts\"} >= 0)"))),
            row(
                "Alerts",
                stack(
                    "Firing",
                    "short",
                    "Series, by rule.",
                    query("{{rule}}", "sum by (rule) (spoor_alerts{state=\"firing\"})")),
                lines(
                    "Evaluation, mean",
                    "s",
                    "Every 5 s.",
                    query("{{instance}}", mean("instance", "spoor_alerts_evaluation_seconds"))),
                stack(
                    "Notifications",
                    "ops",
                    "By notifier. NotificationsFailing fires if some fail.",
                    query(
                        "{{notifier}} {{result}}",
                        "sum by (notifier, result) ("
                            + rate("spoor_alerts_notifications_total")
                            + ")")),
                lines(
                    "Series",
                    "short",
                    "Of all rules; overflowed ones are left out.",
                    query("series", "sum(spoor_alerts_series)"),
                    query("overflowed", "sum(spoor_alerts_overflowed)")))));
  }
}
