package dev.spoor.worker.execution;

import dev.spoor.contract.job.WorkerId;
import dev.spoor.contract.ledger.WorkerMessage.Grant;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.telemetry.correlation.LogContext;
import java.util.HashMap;
import java.util.Map;

/** What all records of a granted job say, on whatever thread of the worker. */
public final class GrantContext {
  private GrantContext() {}

  /** Without a span: that begins with the run. */
  public static LogContext of(Grant grant, WorkerId workerId) {
    Map<String, String> fields = new HashMap<>();
    fields.put(Fields.REQUEST_ID, grant.requestId().value());
    fields.put(Fields.TENANT, grant.spec().tenant().value());
    if (grant.spec().sessionId() != null) {
      fields.put(Fields.SESSION_ID, grant.spec().sessionId());
    }
    fields.put(Fields.JOB_ID, grant.jobId().toString());
    fields.put(Fields.RUN_NO, Integer.toString(grant.runNo()));
    fields.put(Fields.FLOW_ID, grant.spec().flow().value());
    fields.put(Fields.ATTEMPT, Integer.toString(grant.attempt()));
    fields.put(Fields.WORKER_ID, workerId.value());
    return LogContext.of(fields);
  }
}
