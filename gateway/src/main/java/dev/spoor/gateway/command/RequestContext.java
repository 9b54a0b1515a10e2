package dev.spoor.gateway.command;

import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.telemetry.correlation.Correlation;
import dev.spoor.telemetry.correlation.RequestIds;
import dev.spoor.telemetry.correlation.TraceContext;
import org.jspecify.annotations.Nullable;

/**
 * What ties a command to the HTTP request that caused it.
 *
 * @param requestId as answered in the header
 * @param traceparent of the request's span
 */
public record RequestContext(RequestId requestId, @Nullable String traceparent) {
  /** Of the request that the current thread works on; the request log has put it there. */
  public static RequestContext current() {
    return new RequestContext(
        RequestIds.parse(Correlation.get(Fields.REQUEST_ID).orElse(null))
            .orElseGet(RequestIds::fresh),
        Correlation.trace().map(TraceContext::traceparent).orElse(null));
  }
}
