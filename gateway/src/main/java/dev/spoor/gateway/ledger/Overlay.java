package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.WorkerId;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A batch's changes above what is committed: reads see them, the store does not, until the
 * transaction is through. Confined to the ledger's thread.
 */
final class Overlay {
  private final PartitionStore store;
  private final Map<JobId, Optional<JobState>> jobs = new LinkedHashMap<>();
  private final Map<DataKey, Optional<byte[]>> data = new LinkedHashMap<>();
  private final Map<WorkerId, Optional<WorkerLease>> workers = new LinkedHashMap<>();
  private final TreeMap<IndexEntry, Boolean> index = new TreeMap<>();

  /**
   * Nothing of an index is below its front. Without it each look at the head of an index would walk
   * over all that was removed there before: a sorted store keeps the removed for a while.
   */
  private final Map<Index, IndexEntry> fronts = new EnumMap<>(Index.class);

  Overlay(PartitionStore store) {
    this.store = store;
  }

  @Nullable JobState job(JobId jobId) {
    Optional<JobState> changed = jobs.get(jobId);
    return changed == null ? store.job(jobId) : changed.orElse(null);
  }

  void job(JobId jobId, @Nullable JobState before, @Nullable JobState after, LedgerLimits limits) {
    jobs.put(jobId, Optional.ofNullable(after));
    List<IndexEntry> old = before == null ? List.of() : before.indexEntries(limits);
    List<IndexEntry> now = after == null ? List.of() : after.indexEntries(limits);
    for (IndexEntry entry : old) {
      if (!now.contains(entry)) {
        removeEntry(entry);
      }
    }
    for (IndexEntry entry : now) {
      if (!old.contains(entry)) {
        addEntry(entry);
      }
    }
  }

  void addEntry(IndexEntry entry) {
    index.put(entry, true);
    fronts.computeIfPresent(
        entry.index(), (i, front) -> entry.compareTo(front) < 0 ? entry : front);
  }

  void removeEntry(IndexEntry entry) {
    index.put(entry, false);
  }

  byte @Nullable [] data(DataKey key) {
    Optional<byte[]> changed = data.get(key);
    return changed == null ? store.data(key) : changed.orElse(null);
  }

  void data(DataKey key, byte @Nullable [] bytes) {
    data.put(key, Optional.ofNullable(bytes));
  }

  @Nullable WorkerLease worker(WorkerId workerId) {
    Optional<WorkerLease> changed = workers.get(workerId);
    return changed == null ? store.workers().get(workerId) : changed.orElse(null);
  }

  void worker(WorkerId workerId, @Nullable WorkerLease lease) {
    workers.put(workerId, Optional.ofNullable(lease));
  }

  Map<WorkerId, WorkerLease> workers() {
    Map<WorkerId, WorkerLease> all = new LinkedHashMap<>(store.workers());
    workers.forEach((id, lease) ->
        lease.ifPresentOrElse(present -> all.put(id, present), () -> all.remove(id)));
    return all;
  }

  /**
   * The lowest entry of an index if it is not later than {@code millis}; null without a look at the
   * store while the front says that there is none. That is nearly always, and a look costs an
   * iterator.
   */
  @Nullable IndexEntry dueHead(Index kind, long millis) {
    IndexEntry front = fronts.get(kind);
    if (front != null && front.atMillis() > millis) {
      return null;
    }
    IndexEntry head = head(kind);
    return head == null || head.atMillis() > millis ? null : head;
  }

  /** The lowest entry of an index. */
  @Nullable IndexEntry head(Index kind) {
    IndexEntry head = firstFrom(fronts.getOrDefault(kind, IndexEntry.start(kind)));
    fronts.put(kind, head == null ? new IndexEntry(kind, Long.MAX_VALUE, LAST) : head);
    return head;
  }

  private static final JobId LAST = new JobId(new java.util.UUID(-1, -1));

  /** The lowest entry of the same index that is not below {@code from}. */
  @Nullable IndexEntry firstFrom(IndexEntry from) {
    IndexEntry stored = store.firstFrom(from);
    while (stored != null && Boolean.FALSE.equals(index.get(stored))) {
      IndexEntry next = stored.successor();
      stored = next == null ? null : store.firstFrom(next);
    }
    for (Map.Entry<IndexEntry, Boolean> entry : index.tailMap(from, true).entrySet()) {
      if (entry.getKey().index() != from.index()
          || (stored != null && entry.getKey().compareTo(stored) >= 0)) {
        break;
      }
      if (entry.getValue()) {
        return entry.getKey();
      }
    }
    return stored;
  }

  Changes changes(PartitionFacts facts) {
    return new Changes(jobs, data, workers, index, facts);
  }

  /** The changes are in the store now. */
  void committed() {
    clear();
  }

  /** The changes never happened: what was removed is back, so nothing is known of the fronts. */
  void dropped() {
    clear();
    fronts.clear();
  }

  private void clear() {
    jobs.clear();
    data.clear();
    workers.clear();
    index.clear();
  }
}
