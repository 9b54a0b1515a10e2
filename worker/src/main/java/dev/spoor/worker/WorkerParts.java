package dev.spoor.worker;

import dev.spoor.agent.model.ModelClient;
import dev.spoor.contract.job.WorkerId;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.telemetry.redaction.Redactor;
import dev.spoor.telemetry.tracing.Tracing;
import dev.spoor.worker.flow.FlowCatalogue;
import dev.spoor.worker.memory.CachedMemory;
import dev.spoor.worker.model.Prices;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.function.LongSupplier;

/**
 * What a worker is made of.
 *
 * @param nanoTime a monotonic clock in nanoseconds, by which leases are kept
 */
record WorkerParts(
    WorkerId workerId,
    KafkaConnection kafka,
    Topics topics,
    WorkerProperties properties,
    FlowCatalogue flows,
    ModelClient model,
    Prices prices,
    CachedMemory memory,
    MeterRegistry meters,
    Tracing tracing,
    Redactor redactor,
    Clock clock,
    LongSupplier nanoTime) {}
