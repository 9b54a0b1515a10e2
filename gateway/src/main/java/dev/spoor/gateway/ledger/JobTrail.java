package dev.spoor.gateway.ledger;

import dev.spoor.contract.telemetry.Fields;
import dev.spoor.telemetry.correlation.TraceContext;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Makes the telemetry records of a partition's jobs. They go out in the transaction that commits
 * what they tell, as a source of their own.
 */
final class JobTrail {
  private final String source;
  private final Map<String, String> origin;

  JobTrail(String source, Map<String, String> origin) {
    this.source = source;
    this.origin = Map.copyOf(origin);
  }

  Output.Telemetry record(Effect.Trail line, long seq) {
    JobState job = line.state();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put(Fields.TIMESTAMP, line.at());
    fields.put(Fields.LEVEL, line.level());
    fields.put(Fields.EVENT, line.event());
    fields.put(Fields.MESSAGE, line.message());
    fields.putAll(origin);
    fields.put(Fields.SOURCE, source);
    fields.put(Fields.SEQ, seq);
    fields.put(Fields.REQUEST_ID, job.requestId().value());
    if (job.traceparent() != null) {
      TraceContext.parse(job.traceparent())
          .ifPresent(trace -> {
            fields.put(Fields.TRACE_ID, trace.traceId());
            fields.put(Fields.PARENT_SPAN_ID, trace.spanId());
          });
    }
    fields.put(Fields.TENANT, job.spec().tenant().value());
    if (job.spec().sessionId() != null) {
      fields.put(Fields.SESSION_ID, job.spec().sessionId());
    }
    fields.put(Fields.JOB_ID, job.jobId().toString());
    fields.put(Fields.RUN_NO, job.runNo());
    fields.put(Fields.FLOW_ID, job.spec().flow().value());
    fields.put(Fields.ATTEMPT, job.attempt());
    Holder holder = job.holder();
    if (holder != null) {
      fields.put(Fields.WORKER_ID, holder.workerId().value());
    }
    if (!job.spec().labels().isEmpty()) {
      fields.put(Fields.LABELS, job.spec().labels());
    }
    fields.putAll(line.more());
    return new Output.Telemetry(source, seq, line.event(), fields);
  }
}
