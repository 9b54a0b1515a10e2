package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.Priority;
import dev.spoor.contract.job.TenantId;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts jobs that have not ended. Confined to the ledger's thread. */
final class DepthCount {
  private final Map<JobStatus, Map<Priority, Long>> depth = new EnumMap<>(JobStatus.class);
  private final Map<TenantId, Long> byTenant;
  private long ended;

  DepthCount(PartitionFacts facts) {
    facts.depth().forEach((status, row) -> depth.put(status, new EnumMap<>(row)));
    byTenant = new HashMap<>(facts.byTenant());
    ended = facts.ended();
  }

  void changed(@Nullable JobState before, @Nullable JobState after) {
    count(before, -1);
    count(after, 1);
    if (after != null && after.status().ended() && (before == null || !before.status().ended())) {
      ended++;
    }
  }

  long ended() {
    return ended;
  }

  private void count(@Nullable JobState state, int by) {
    if (state == null || state.status().ended()) {
      return;
    }
    Map<Priority, Long> row =
        depth.computeIfAbsent(state.status(), status -> new EnumMap<>(Priority.class));
    add(row, state.spec().priority(), by);
    if (row.isEmpty()) {
      depth.remove(state.status());
    }
    if (state.status() != JobStatus.RUNNING) {
      add(byTenant, state.spec().tenant(), by);
    }
  }

  private static <K> void add(Map<K, Long> counts, K key, int by) {
    long sum = counts.getOrDefault(key, 0L) + by;
    if (sum == 0) {
      counts.remove(key);
    } else {
      counts.put(key, sum);
    }
  }

  long waiting() {
    return depth.entrySet().stream()
        .filter(entry -> entry.getKey() != JobStatus.RUNNING)
        .flatMapToLong(entry -> entry.getValue().values().stream().mapToLong(n -> n))
        .sum();
  }

  /** A copy: counting goes on. */
  Map<JobStatus, Map<Priority, Long>> depth() {
    Map<JobStatus, Map<Priority, Long>> copy = new EnumMap<>(JobStatus.class);
    depth.forEach((status, row) -> copy.put(status, Map.copyOf(row)));
    return copy;
  }

  Map<TenantId, Long> byTenant() {
    return byTenant;
  }
}
