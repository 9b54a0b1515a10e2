package dev.spoor.worker.execution;

import dev.spoor.agent.model.ModelClient;
import dev.spoor.contract.job.WorkerId;
import dev.spoor.telemetry.redaction.Redactor;
import dev.spoor.worker.flow.FlowCatalogue;
import dev.spoor.worker.memory.CachedMemory;
import dev.spoor.worker.model.Prices;
import java.time.Clock;
import java.util.function.LongSupplier;

/**
 * What every run uses.
 *
 * @param nanoTime a monotonic clock, the same that leases are kept by
 */
record ExecutionParts(
    WorkerId workerId,
    FlowCatalogue flows,
    ModelClient model,
    Prices prices,
    CachedMemory memory,
    Trail trail,
    Spans spans,
    Redactor redactor,
    Clock clock,
    LongSupplier nanoTime) {}
