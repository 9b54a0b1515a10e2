package dev.spoor.shipper.timeline;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A job as its records tell it.
 *
 * @param status as the last of its events says
 * @param complete whether the end of its latest run is among the records
 * @param truncated whether there were more records than are read for a timeline
 * @param startedAt the first record
 * @param durationMs from the first record to the end; null while there is none
 * @param queueMs from submit to the latest start
 * @param spans its attempts
 * @param events what the ledger said about it
 */
record Timeline(
    String jobId,
    @Nullable String flowId,
    String status,
    boolean complete,
    boolean truncated,
    Instant startedAt,
    @Nullable Double durationMs,
    @Nullable Double queueMs,
    long inputTokens,
    long outputTokens,
    @Nullable BigDecimal costUsd,
    int unpricedCalls,
    List<Span> spans,
    List<Event> events) {
  /** One thing that the ledger said. */
  record Event(
      String event,
      double offsetMs,
      @Nullable Integer runNo,
      @Nullable Integer attempt,
      @Nullable String message) {}
}
