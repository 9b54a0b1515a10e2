package dev.spoor.worker;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
 * @param memoryDir where agents' memory is kept; null for {@code memory} in the data directory. Two
 *     workers cannot share it, so workers that share a data directory need one each
 * @param memoryCache bytes of the cache before the agents' memory
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
    List<String> faults = new ArrayList<>();
    if (slots < MIN_SLOTS || slots > MAX_SLOTS) {
      faults.add("spoor.worker.slots is " + slots + ": expected " + MIN_SLOTS + " to " + MAX_SLOTS);
    }
    if (maxBytes != null && maxBytes.toMegabytes() < 1) {
      faults.add("spoor.worker.max-bytes is " + maxBytes + ": expected 1MB or more");
    }
    notNegative(faults, "drain-timeout", drainTimeout);
    positive(faults, "lease-timeout", leaseTimeout);
    positive(faults, "heartbeat-interval", heartbeatInterval);
    positive(faults, "claim-timeout", claimTimeout);
    positive(faults, "start-timeout", startTimeout);
    positive(faults, "model-timeout", modelTimeout);
    notNegative(faults, "scripted-latency", scriptedLatency);
    positive(faults, "job-memory-retention", jobMemoryRetention);
    if (heartbeatInterval.multipliedBy(4).compareTo(leaseTimeout) > 0) {
      faults.add(
          "spoor.worker.heartbeat-interval is "
              + heartbeatInterval
              + ": expected a quarter of spoor.worker.lease-timeout ("
              + leaseTimeout
              + ") at most");
    }
    if (memoryCache.isNegative()) {
      faults.add("spoor.worker.memory-cache is " + memoryCache + ": expected 0 or more");
    }
    if (!faults.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", faults));
    }
  }

  /** The bound on bytes that holds: what is set, or a quarter of the heap. */
  long maxBytesOr(long heapBytes) {
    return maxBytes == null ? Math.max(1, heapBytes / 4) : maxBytes.toBytes();
  }

  private static void positive(List<String> faults, String name, Duration value) {
    if (!value.isPositive()) {
      faults.add("spoor.worker." + name + " is " + value + ": expected a time above 0");
    }
  }

  private static void notNegative(List<String> faults, String name, Duration value) {
    if (value.isNegative()) {
      faults.add("spoor.worker." + name + " is " + value + ": expected 0 or more");
    }
  }
}
