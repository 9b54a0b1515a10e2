package dev.spoor.store;

import dev.spoor.store.query.Query;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps telemetry records and, with them, how far each partition has been read.
 *
 * <p>One thread writes: {@link #checkpoint}, then {@link #begin} and {@link #commit} by turns, and
 * reads {@link #summary} between them. If any of them throws, what was written since the last
 * commit counts as not written, and the writer starts again from {@code checkpoint}, which brings
 * the store back to work when that is possible and throws when it is not yet. So a failure needs no
 * buffer anywhere: the topic is the buffer.
 *
 * <p>A store that can keep records and progress in one atomic step (Lucene) is exactly-once by
 * that. One that cannot may hold records of after the checkpoint; it recognises them by source and
 * seq when they are written again.
 *
 * <p>{@link #search}, {@link #tail}, {@link #states}, {@link #summaries} and {@link #check} may be
 * called by any thread at any time until {@link #close}.
 */
public interface TelemetryStore extends Closeable {
  /**
   * What the last commit of this partition said, all states included; offset 0 and no states if
   * there was none.
   *
   * @throws IOException if the store is not usable now; try again later
   */
  Checkpoint checkpoint(PartitionId partition) throws IOException;

  /**
   * Takes records. They are durable after the next {@link #commit}, and may be searchable before.
   *
   * @return those that can never be stored; all others are taken
   * @throws IOException if the store failed: go back to {@link #checkpoint}
   */
  default List<Refusal> write(List<TelemetryRecord> records) throws IOException {
    return begin(records).await();
  }

  /**
   * Begins to take records, so that more can be made ready while a server is busy with these. A few
   * may be under way; each must have been waited for before the next {@link #commit}. After a
   * failure, what is under way need not be waited for.
   *
   * @param records not changed until they have been waited for
   * @throws IOException if the store failed: go back to {@link #checkpoint}
   */
  Writing begin(List<TelemetryRecord> records) throws IOException;

  /** Records on their way into the store, for the writing thread. */
  interface Writing {
    /**
     * Returns when each of them is taken or refused. Once.
     *
     * @return those that can never be stored, by their positions in what was begun
     * @throws IOException if the store failed: go back to {@link #checkpoint}
     */
    List<Refusal> await() throws IOException;
  }

  /**
   * Returns when everything written, and this progress, is durable: together, or the records first.
   *
   * @throws IOException if the store failed: go back to {@link #checkpoint}
   */
  void commit(List<Checkpoint> progress) throws IOException;

  /**
   * One summary of a partition whose checkpoint was read, for the writing thread.
   *
   * @return as of the last commit; null if there was none
   * @throws IOException if the store failed: go back to {@link #checkpoint}
   */
  byte @Nullable [] summary(PartitionId partition, SummaryKey key) throws IOException;

  /**
   * Shows all summaries of a span, of all partitions, in no order, as of the last refresh.
   *
   * @param from first start that is wanted
   * @param until first start that is not
   */
  void summaries(String span, Instant from, Instant until, SummaryVisitor visitor)
      throws IOException;

  /**
   * Deletes the summaries of a span that start before this. They may be seen for a while after.
   *
   * @throws IOException if the store failed: go back to {@link #checkpoint}
   */
  void deleteSummaries(String span, Instant before) throws IOException;

  /** Makes what was written searchable, for stores that do not do that by themselves in time. */
  default void refresh() throws IOException {
    beginRefresh().run();
  }

  /**
   * Begins to make searchable what is written now, so that more can be written while a server is
   * busy with it. For the writing thread, while nothing is under way.
   */
  Refresh beginRefresh() throws IOException;

  /** What was written up to some moment. */
  interface Refresh {
    /**
     * Returns when it is searchable. By any thread, once.
     *
     * @throws IOException if the store failed: go back to {@link #checkpoint}
     */
    void run() throws IOException;
  }

  /** The checkpoints of all partitions that have one, as of the last commit. */
  List<Checkpoint> states() throws IOException;

  /**
   * @throws SearchTimeoutException if it took too long
   */
  Page search(Search search) throws IOException;

  /** The mark of now, to begin a tail with. */
  long tailMark() throws IOException;

  /**
   * Records that became searchable after the mark, in the order of their writing. If there are more
   * than {@code limit}, the rest comes with the next mark.
   *
   * @throws SearchTimeoutException if it took too long
   */
  TailPage tail(Query query, long mark, int limit, Duration timeout) throws IOException;

  /**
   * Returns if the store can write and search.
   *
   * @throws IOException what is wrong with it
   */
  void check() throws IOException;

  /** Lets go of everything. What was not committed is not kept. */
  @Override
  void close() throws IOException;
}
