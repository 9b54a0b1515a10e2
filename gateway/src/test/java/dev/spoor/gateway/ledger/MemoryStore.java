package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.WorkerId;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a partition has committed, in memory. */
final class MemoryStore implements PartitionStore {
  final Map<JobId, JobState> jobs = new HashMap<>();
  final Map<DataKey, byte[]> data = new HashMap<>();
  final Map<WorkerId, WorkerLease> workers = new HashMap<>();
  final TreeSet<IndexEntry> index = new TreeSet<>();
  PartitionFacts facts = PartitionFacts.NONE;

  /** Whether reads of jobs and of the index fail. */
  boolean fails;

  /** How often an index was asked for: a real store walks over what was removed. */
  int looks;

  void write(Changes changes) {
    write(jobs, changes.jobs());
    write(data, changes.data());
    write(workers, changes.workers());
    changes
        .index()
        .forEach((entry, added) -> {
          if (added) {
            index.add(entry);
          } else {
            index.remove(entry);
          }
        });
    facts = changes.facts();
  }

  private static <K, V> void write(Map<K, V> into, Map<K, java.util.Optional<V>> changes) {
    changes.forEach((key, value) ->
        value.ifPresentOrElse(present -> into.put(key, present), () -> into.remove(key)));
  }

  @Override
  public @Nullable JobState job(JobId jobId) {
    look();
    return jobs.get(jobId);
  }

  @Override
  public byte @Nullable [] data(DataKey key) {
    return data.get(key);
  }

  @Override
  public Map<WorkerId, WorkerLease> workers() {
    return workers;
  }

  @Override
  public PartitionFacts facts() {
    return facts;
  }

  @Override
  public @Nullable IndexEntry firstFrom(IndexEntry from) {
    looks++;
    look();
    IndexEntry entry = index.ceiling(from);
    return entry == null || entry.index() != from.index() ? null : entry;
  }

  private void look() {
    if (fails) {
      throw new StoreFailedException("the store cannot read", new java.io.IOException("EIO"));
    }
  }
}
