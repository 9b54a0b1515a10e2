package dev.spoor.shipper.ingest;

import dev.spoor.store.Checkpoint;
import dev.spoor.store.Page;
import dev.spoor.store.PartitionId;
import dev.spoor.store.Refusal;
import dev.spoor.store.Search;
import dev.spoor.store.SummaryKey;
import dev.spoor.store.SummaryVisitor;
import dev.spoor.store.TailPage;
import dev.spoor.store.TelemetryRecord;
import dev.spoor.store.TelemetryStore;
import dev.spoor.store.query.Query;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A store that keeps what was committed, and fails as often as it is told to. Records become
 * durable with the commit, as in Lucene, or when they are written, as in Elasticsearch.
 */
final class MemoryStore implements TelemetryStore {
  private final Random random;
  private final boolean durableWhenWritten;
  private volatile Predicate<TelemetryRecord> refuses;
  private final List<String> committed = new ArrayList<>();
  private final List<String> written = new ArrayList<>();
  private final Map<PartitionId, Checkpoint> checkpoints = new HashMap<>();
  private final Map<PartitionId, Map<SummaryKey, byte[]>> summaries = new HashMap<>();
  private double failures;
  private int answersToLose;
  private @Nullable Throwable commitFails;
  private int maxWritten;
  private long failed;

  MemoryStore(Random random, Predicate<TelemetryRecord> refuses) {
    this(random, refuses, false);
  }

  /**
   * @param durableWhenWritten whether {@link #write} is like a create under the record's identity
   */
  MemoryStore(Random random, Predicate<TelemetryRecord> refuses, boolean durableWhenWritten) {
    this.random = random;
    this.refuses = refuses;
    this.durableWhenWritten = durableWhenWritten;
  }

  void refuse(Predicate<TelemetryRecord> records) {
    refuses = records;
  }

  /** What a kill does: what was not committed is gone, unless it was durable when written. */
  synchronized void forgetUncommitted() {
    written.clear();
  }

  /** The next commit throws this and does nothing. */
  synchronized void failCommit(Throwable with) {
    commitFails = with;
  }

  synchronized void failWithProbability(double probability) {
    failures = probability;
  }

  /** The next commits that succeed are durable and end with an exception all the same. */
  synchronized void loseAnswers(int commits) {
    answersToLose = commits;
  }

  synchronized int answersToLose() {
    return answersToLose;
  }

  private void maybeFail() throws IOException {
    if (random.nextDouble() < failures) {
      failed++;
      written.clear();
      throw new IOException("the disk is told to fail");
    }
  }

  /** {@code source-seq} of all that is durable. */
  synchronized List<String> committed() {
    return List.copyOf(committed);
  }

  synchronized long failures() {
    return failed;
  }

  /** How much was ever written and not committed. */
  synchronized int maxWritten() {
    return maxWritten;
  }

  @Override
  public synchronized Checkpoint checkpoint(PartitionId partition) throws IOException {
    maybeFail();
    return checkpoints.getOrDefault(partition, new Checkpoint(partition, 0, Map.of()));
  }

  /** Takes nothing before it is waited for. */
  @Override
  public synchronized Writing begin(List<TelemetryRecord> records) throws IOException {
    maybeFail();
    return () -> take(records);
  }

  private synchronized List<Refusal> take(List<TelemetryRecord> records) throws IOException {
    List<Refusal> refused = new ArrayList<>();
    for (int i = 0; i < records.size(); i++) {
      if (refuses.test(records.get(i))) {
        refused.add(new Refusal(i, "not this one"));
      } else {
        String id = records.get(i).source() + "-" + records.get(i).seq();
        if (!durableWhenWritten) {
          written.add(id);
        } else if (!committed.contains(id)) {
          committed.add(id);
        }
      }
      if (i == records.size() / 2) {
        maybeFail();
      }
    }
    maxWritten = Math.max(maxWritten, written.size());
    return refused;
  }

  @Override
  public synchronized void commit(List<Checkpoint> progress) throws IOException {
    maybeFail();
    Throwable fails = commitFails;
    if (fails != null) {
      commitFails = null;
      written.clear();
      switch (fails) {
        case IOException failure -> throw failure;
        case Error death -> throw death;
        default -> throw new IllegalStateException(fails);
      }
    }
    committed.addAll(written);
    written.clear();
    for (Checkpoint checkpoint : progress) {
      Map<String, byte[]> states = new HashMap<>();
      Checkpoint before = checkpoints.get(checkpoint.partition());
      if (before != null) {
        states.putAll(before.states());
      }
      states.putAll(checkpoint.states());
      summaries
          .computeIfAbsent(checkpoint.partition(), _ -> new HashMap<>())
          .putAll(checkpoint.summaries());
      checkpoints.put(
          checkpoint.partition(),
          new Checkpoint(checkpoint.partition(), checkpoint.nextOffset(), states));
    }
    if (answersToLose > 0 && !progress.isEmpty()) {
      answersToLose--;
      throw new IOException("the answer is told to be lost");
    }
  }

  @Override
  public synchronized byte @Nullable [] summary(PartitionId partition, SummaryKey key)
      throws IOException {
    maybeFail();
    return summaries.getOrDefault(partition, Map.of()).get(key);
  }

  @Override
  public synchronized void summaries(
      String span, Instant from, Instant until, SummaryVisitor visitor) throws IOException {
    for (Map<SummaryKey, byte[]> ofPartition : summaries.values()) {
      for (Map.Entry<SummaryKey, byte[]> each : ofPartition.entrySet()) {
        if (each.getKey().span().equals(span)
            && !each.getKey().start().isBefore(from)
            && each.getKey().start().isBefore(until)) {
          visitor.visit(each.getKey(), each.getValue());
        }
      }
    }
  }

  @Override
  public synchronized void deleteSummaries(String span, Instant before) throws IOException {
    maybeFail();
    for (Map<SummaryKey, byte[]> ofPartition : summaries.values()) {
      ofPartition.keySet().removeIf(key -> key.span().equals(span) && key.start().isBefore(before));
    }
  }

  @Override
  public Refresh beginRefresh() {
    return this::mayFail;
  }

  private synchronized void mayFail() throws IOException {
    maybeFail();
  }

  @Override
  public synchronized List<Checkpoint> states() {
    return List.copyOf(checkpoints.values());
  }

  @Override
  public Page search(Search search) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long tailMark() {
    throw new UnsupportedOperationException();
  }

  @Override
  public TailPage tail(Query query, long mark, int limit, Duration timeout) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void check() {}

  @Override
  public void close() {}
}
