package dev.spoor.shipper.timeline;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that took time in a job.
 *
 * @param kind {@code attempt}, {@code step}, {@code llm_call}, {@code tool_call} or {@code memory}
 * @param status {@code success}, {@code failure}, {@code running}, or for an attempt how else it
 *     ended: {@code lease_lost}, {@code released}, {@code cancelled}, {@code expired}; {@code
 *     interrupted} for a step whose attempt ended without it
 * @param offsetMs from the first record of the job
 * @param durationMs null while it runs
 * @param costUsd of the calls whose price is known
 * @param unpricedCalls calls whose price is not known
 */
record Span(
    String kind,
    String name,
    String status,
    double offsetMs,
    @Nullable Double durationMs,
    @Nullable Integer runNo,
    @Nullable Integer attempt,
    @Nullable Integer iteration,
    @Nullable String agentId,
    @Nullable String workerId,
    @Nullable String action,
    @Nullable String cache,
    @Nullable String error,
    @Nullable String errorCategory,
    @Nullable Long inputTokens,
    @Nullable Long outputTokens,
    @Nullable BigDecimal costUsd,
    @Nullable Integer unpricedCalls,
    List<Span> children) {}
