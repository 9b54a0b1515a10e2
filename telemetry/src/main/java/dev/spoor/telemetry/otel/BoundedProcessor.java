package dev.spoor.telemetry.otel;

import dev.spoor.telemetry.tracing.SpanCounts;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;

/**
 * Before the SDK's batch processor: lets in as many spans as its queue holds, those under way
 * counted too, drops the others and counts them. So the queue behind it is never full, and every
 * span is in exactly one count. Never waits.
 */
final class BoundedProcessor implements SpanProcessor {
  private final SpanProcessor batches;
  private final int max;
  private final SpanCounts counts;

  /**
   * @param max the batch processor's own bound
   */
  BoundedProcessor(SpanProcessor batches, int max, SpanCounts counts) {
    this.batches = batches;
    this.max = max;
    this.counts = counts;
  }

  @Override
  public void onStart(Context parent, ReadWriteSpan span) {}

  @Override
  public boolean isStartRequired() {
    return false;
  }

  @Override
  public void onEnd(ReadableSpan span) {
    // The batch processor takes sampled ones only.
    if (span.getSpanContext().isSampled() && counts.enter(max)) {
      batches.onEnd(span);
    }
  }

  @Override
  public boolean isEndRequired() {
    return true;
  }

  @Override
  public CompletableResultCode shutdown() {
    return batches.shutdown();
  }

  @Override
  public CompletableResultCode forceFlush() {
    return batches.forceFlush();
  }
}
