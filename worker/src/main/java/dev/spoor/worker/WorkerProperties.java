package dev.spoor.worker;

import dev.spoor.telemetry.app.SettingFaults;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Settings of a worker, below {@code spoor.worker}.
 *
 * @param slots how many jobs may be claimed or run at the same time, 4 to 100,000. A job that waits
 *     for a model costs a few kilobytes; its input and outputs count in {@code maxBytes}
 * @param maxBytes of the inputs and kept outputs of all of them; null for a quarter of the heap.
 *     May be exceeded by one batch of jobs
 * @param drainTimeout how long running jobs may go on after SIGTERM before they are handed back; 0
 *     hands them back at once
 * @param leaseTimeout must be the ledger's: two thirds of it without an acknowledged heartbeat stop
 *     the worker's jobs
 * @param heartbeatInterval a quarter of the lease at most
 * @param claimTimeout an unanswered claim gives its slot back after it
 * @param startTimeout how long the start waits for Kafka and its topics
 * @param model the model's name at the OpenAI-compatible endpoint; null for {@code OPENAI_MODEL} or
 *     the default
 * @param modelTimeout of one model call
 * @param scriptedLatency how long the scripted model takes for an answer; 0 for at once
 * @param pricesFile read instead of the list that comes with the worker
 * @param memoryDir where agents' memory is kept if it is not in PostgreSQL; null for {@code memory}
 *     in the data directory. Two workers cannot share it, so workers that share a data directory
 *     need one each
 * @param memoryCache bytes of the cache before it
 * @param jobMemoryRetention memory of jobs that did not succeed is kept for so long, for a replay
 */
@ConfigurationProperties("spoor.worker")
public record WorkerProperties(
    @DefaultValue("256") int slots,
    @Nullable DataSize maxBytes,
    @DefaultValue("25s") Duration drainTimeout,
    @DefaultValue("30s") Duration leaseTimeout,
    @DefaultValue("5s") Duration heartbeatInterval,
    @DefaultValue("30s") Duration claimTimeout,
    @DefaultValue("60s") Duration startTimeout,
    @Nullable String model,
    @DefaultValue("120s") Duration modelTimeout,
    @DefaultValue("0s") Duration scriptedLatency,
    @Nullable Path pricesFile,
    @Nullable Path memoryDir,
    @DefaultValue("32MB") DataSize memoryCache,
    @DefaultValue("7d") Duration jobMemoryRetention) {
  private static final int MIN_SLOTS = 4;
  private static final int MAX_SLOTS = 100_000;

  public WorkerProperties {
    SettingFaults faults =
        new SettingFaults("spoor.worker.")
            .between("slots", slots, MIN_SLOTS, MAX_SLOTS)
            .atLeast("drain-timeout", drainTimeout, "0ms")
            .positive("lease-timeout", leaseTimeout)
            .positive("heartbeat-interval", heartbeatInterval)
            .positive("claim-timeout", claimTimeout)
            .positive("start-timeout", startTimeout)
            .positive("model-timeout", modelTimeout)
            .atLeast("scripted-latency", scriptedLatency, "0ms")
            .positive("job-memory-retention", jobMemoryRetention)
            .check(!memoryCache.isNegative(), "memory-cache", memoryCache, "0 or more")
            .check(
                heartbeatInterval.multipliedBy(4).compareTo(leaseTimeout) <= 0,
                "heartbeat-interval",
                heartbeatInterval,
                "a quarter of spoor.worker.lease-timeout (" + leaseTimeout + ") at most");
    if (maxBytes != null) {
      faults.check(maxBytes.toMegabytes() >= 1, "max-bytes", maxBytes, "1MB or more");
    }
    faults.refuse();
  }

  /** The bound on bytes that holds: what is set, or a quarter of the heap. */
  long maxBytesOr(long heapBytes) {
    return maxBytes == null ? Math.max(1, heapBytes / 4) : maxBytes.toBytes();
  }
}
