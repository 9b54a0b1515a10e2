package dev.spoor.gateway.ledgerhost;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.WorkerId;
import dev.spoor.contract.wire.Json;
import dev.spoor.gateway.ledger.Changes;
import dev.spoor.gateway.ledger.DataKey;
import dev.spoor.gateway.ledger.Index;
import dev.spoor.gateway.ledger.IndexEntry;
import dev.spoor.gateway.ledger.JobReads;
import dev.spoor.gateway.ledger.JobState;
import dev.spoor.gateway.ledger.JobView;
import dev.spoor.gateway.ledger.LedgerLimits;
import dev.spoor.gateway.ledger.PartitionFacts;
import dev.spoor.gateway.ledger.PartitionStore;
import dev.spoor.gateway.ledger.StoreFailedException;
import dev.spoor.gateway.ledger.WorkerLease;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition's committed state on the local disk: a copy of the changelog, with the position up
 * to which it is one. Each commit is one write batch, position included, so after {@code kill -9}
 * the copy is of some moment, whole, and the rest is read from the topic.
 *
 * <p>Written by the ledger's thread only. {@link #read}, {@link #newest} and {@link #ended} may be
 * called from any thread, also while it closes.
 */
public final class RocksStore implements PartitionStore, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RocksStore.class);
  private static final byte[] POSITION = "position".getBytes(UTF_8);
  private static final byte[] IDENTITY = "identity".getBytes(UTF_8);
  private static final byte[] FACTS = "facts".getBytes(UTF_8);

  /** Jobs kept decoded: those that were written last are read next. */
  private static final int MAX_DECODED = 20_000;

  /** Ended jobs that one page of them looks at. */
  static final int MAX_ENDED_SCAN = 2_000;

  /** A list looks at so many of the newest jobs of a partition, those of all tenants. */
  static final int MAX_NEWEST_SCAN = 5_000;

  static {
    RocksDB.loadLibrary();
  }

  private final Path dir;
  private final LedgerLimits limits;
  private final ReadWriteLock closing = new ReentrantReadWriteLock();
  private final List<AutoCloseable> resources = new ArrayList<>();
  private final WriteOptions write = new WriteOptions();
  private final RocksDB db;
  private final ColumnFamilyHandle meta;
  private final ColumnFamilyHandle jobs;
  private final ColumnFamilyHandle data;
  private final ColumnFamilyHandle index;
  private final ColumnFamilyHandle leases;
  private final Map<JobId, JobState> decoded =
      new LinkedHashMap<>(1024, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<JobId, JobState> eldest) {
          return size() > MAX_DECODED;
        }
      };
  private final Map<WorkerId, WorkerLease> workers = new HashMap<>();
  private PartitionFacts facts = PartitionFacts.NONE;
  private long position;
  private boolean closed;

  /** Whether a read has met damage: a copy like that is of no use, and is removed when closed. */
  private volatile boolean damaged;

  /**
   * Opens the directory; what is there but was copied from another topic is removed.
   *
   * @param identity of the changelog topic: its id
   * @param end of the changelog; a copy that is further is of something else
   * @param cache shared by all partitions
   */
  public static RocksStore open(
      Path dir, String identity, long end, LedgerLimits limits, Cache cache) {
    RocksStore store;
    try {
      store = new RocksStore(dir, limits, cache);
    } catch (StoreFailedException e) {
      if (!isDamage(e.getCause())) {
        throw e;
      }
      // It is a copy: better read it back whole than not at all.
      log.warn("The ledger's local store in {} is damaged and is made anew", dir, e);
      remove(dir);
      store = new RocksStore(dir, limits, cache);
    }
    String found = store.identity();
    if (found == null && store.position == 0) {
      store.identity(identity);
      return store;
    }
    if (identity.equals(found) && store.position <= end) {
      return store;
    }
    store.close();
    remove(dir);
    store = new RocksStore(dir, limits, cache);
    store.identity(identity);
    return store;
  }

  private static boolean isDamage(@Nullable Throwable cause) {
    return cause instanceof RocksDBException e
        && e.getStatus() != null
        && e.getStatus().getCode() == Status.Code.Corruption;
  }

  private RocksStore(Path dir, LedgerLimits limits, Cache cache) {
    this.dir = dir;
    this.limits = limits;
    try {
      Files.createDirectories(dir);
      ColumnFamilyOptions small = options(cache, 2L << 20);
      ColumnFamilyOptions large = options(cache, 16L << 20);
      DBOptions options =
          keep(
              new DBOptions()
                  .setCreateIfMissing(true)
                  .setCreateMissingColumnFamilies(true)
                  .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                  .setKeepLogFileNum(2)
                  .setMaxTotalWalSize(64L << 20)
                  .setMaxOpenFiles(256)
                  .setStatsDumpPeriodSec(0));
      List<ColumnFamilyHandle> handles = new ArrayList<>();
      db =
          RocksDB.open(
              options,
              dir.toString(),
              List.of(
                  new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, small),
                  new ColumnFamilyDescriptor("jobs".getBytes(UTF_8), large),
                  new ColumnFamilyDescriptor("data".getBytes(UTF_8), large),
                  new ColumnFamilyDescriptor("index".getBytes(UTF_8), small),
                  new ColumnFamilyDescriptor("leases".getBytes(UTF_8), small)),
              handles);
      meta = handles.get(0);
      jobs = handles.get(1);
      data = handles.get(2);
      index = handles.get(3);
      leases = handles.get(4);
      byte[] at = db.get(meta, POSITION);
      position = at == null ? 0 : ByteBuffer.wrap(at).getLong();
      byte[] known = db.get(meta, FACTS);
      facts = known == null ? PartitionFacts.NONE : ChangelogCodec.facts(known);
      try (RocksIterator iterator = db.newIterator(leases)) {
        for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) {
          workers.put(
              ChangelogCodec.workerId(iterator.key()), ChangelogCodec.worker(iterator.value()));
        }
      }
    } catch (RocksDBException e) {
      throw failed("open " + dir, e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ColumnFamilyOptions options(Cache cache, long writeBuffer) {
    BlockBasedTableConfig table =
        new BlockBasedTableConfig()
            .setBlockCache(cache)
            .setFilterPolicy(keep(new BloomFilter(10)))
            .setCacheIndexAndFilterBlocks(true);
    return keep(
        new ColumnFamilyOptions()
            .setWriteBufferSize(writeBuffer)
            .setTableFormatConfig(table)
            .setCompressionType(CompressionType.LZ4_COMPRESSION));
  }

  private <T extends AutoCloseable> T keep(T resource) {
    resources.add(resource);
    return resource;
  }

  /** The offset of the changelog up to which this is a copy. */
  public long position() {
    return position;
  }

  private @Nullable String identity() {
    try {
      byte[] found = db.get(meta, IDENTITY);
      return found == null ? null : new String(found, UTF_8);
    } catch (RocksDBException e) {
      throw failed("read", e);
    }
  }

  private void identity(String identity) {
    try {
      db.put(meta, IDENTITY, identity.getBytes(UTF_8));
    } catch (RocksDBException e) {
      throw failed("write", e);
    }
  }

  // ---- the ledger's thread

  @Override
  public @Nullable JobState job(JobId jobId) {
    JobState known = decoded.get(jobId);
    if (known != null) {
      return known;
    }
    try {
      byte[] bytes = db.get(jobs, ChangelogCodec.jobKey(jobId));
      if (bytes == null) {
        return null;
      }
      JobState state = ChangelogCodec.job(bytes);
      decoded.put(jobId, state);
      return state;
    } catch (RocksDBException e) {
      throw failed("read", e);
    }
  }

  @Override
  public byte @Nullable [] data(DataKey key) {
    try {
      return db.get(data, ChangelogCodec.dataKey(key));
    } catch (RocksDBException e) {
      throw failed("read", e);
    }
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
    try (RocksIterator iterator = db.newIterator(index)) {
      iterator.seek(ChangelogCodec.indexKey(from));
      if (!iterator.isValid()) {
        iterator.status();
        return null;
      }
      IndexEntry found = entry(iterator.key());
      return found.index() == from.index() ? found : null;
    } catch (RocksDBException e) {
      throw failed("read", e);
    }
  }

  private static IndexEntry entry(byte[] key) {
    ByteBuffer buffer = ByteBuffer.wrap(key);
    Index index = Index.ofCode(buffer.get());
    long at = buffer.getLong();
    byte[] id = new byte[16];
    buffer.get(id);
    return new IndexEntry(index, at, ChangelogCodec.jobId(id));
  }

  /**
   * Takes over what was committed to the changelog.
   *
   * @param newPosition behind the last of its records
   */
  public void write(Changes changes, long newPosition) {
    try (WriteBatch batch = new WriteBatch()) {
      for (Map.Entry<DataKey, Optional<byte[]>> entry : changes.data().entrySet()) {
        put(batch, data, ChangelogCodec.dataKey(entry.getKey()), entry.getValue().orElse(null));
      }
      for (Map.Entry<JobId, Optional<JobState>> entry : changes.jobs().entrySet()) {
        put(
            batch,
            jobs,
            ChangelogCodec.jobKey(entry.getKey()),
            entry.getValue().map(Json::write).orElse(null));
      }
      for (var entry : changes.workers().entrySet()) {
        put(
            batch,
            leases,
            entry.getKey().value().getBytes(UTF_8),
            entry.getValue().map(Json::write).orElse(null));
      }
      for (Map.Entry<IndexEntry, Boolean> entry : changes.index().entrySet()) {
        put(
            batch,
            index,
            ChangelogCodec.indexKey(entry.getKey()),
            entry.getValue() ? new byte[0] : null);
      }
      batch.put(meta, FACTS, Json.write(changes.facts()));
      batch.put(meta, POSITION, bytes(newPosition));
      db.write(write, batch);
    } catch (RocksDBException e) {
      throw failed("write", e);
    }
    changes
        .jobs()
        .forEach((id, state) ->
            state.ifPresentOrElse(job -> decoded.put(id, job), () -> decoded.remove(id)));
    changes
        .workers()
        .forEach((id, lease) ->
            lease.ifPresentOrElse(present -> workers.put(id, present), () -> workers.remove(id)));
    facts = changes.facts();
    position = newPosition;
  }

  /** One record of the changelog that is read back. */
  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  public record Restored(byte[] key, byte @Nullable [] value) {}

  /**
   * Takes over a stretch of the changelog.
   *
   * @param newPosition behind the last of its records
   */
  public void restore(List<Restored> records, long newPosition) {
    // Of a key that was written several times only the last counts: most are.
    Map<ByteBuffer, Restored> last = new LinkedHashMap<>();
    for (Restored record : records) {
      last.put(ByteBuffer.wrap(record.key()), record);
    }
    try (WriteBatch batch = new WriteBatch()) {
      for (Restored record : last.values()) {
        byte[] key = ChangelogCodec.unprefixed(record.key());
        byte[] value = record.value();
        switch (record.key()[0]) {
          case ChangelogCodec.JOB -> {
            byte[] before = db.get(jobs, key);
            if (before != null) {
              for (IndexEntry old : ChangelogCodec.job(before).indexEntries(limits)) {
                batch.delete(index, ChangelogCodec.indexKey(old));
              }
            }
            if (value != null) {
              for (IndexEntry now : ChangelogCodec.job(value).indexEntries(limits)) {
                batch.put(index, ChangelogCodec.indexKey(now), new byte[0]);
              }
            }
            put(batch, jobs, key, value);
          }
          case ChangelogCodec.DATA -> put(batch, data, key, value);
          case ChangelogCodec.WORKER -> {
            put(batch, leases, key, value);
            if (value == null) {
              workers.remove(ChangelogCodec.workerId(key));
            } else {
              workers.put(ChangelogCodec.workerId(key), ChangelogCodec.worker(value));
            }
          }
          case ChangelogCodec.FACTS -> {
            if (value != null) {
              batch.put(meta, FACTS, value);
              facts = ChangelogCodec.facts(value);
            }
          }
          default -> {
            // Written by a later version: it is not ours to understand.
          }
        }
      }
      batch.put(meta, POSITION, bytes(newPosition));
      db.write(write, batch);
      decoded.clear();
      position = newPosition;
    } catch (RocksDBException e) {
      throw failed("restore", e);
    }
  }

  private static void put(
      WriteBatch batch, ColumnFamilyHandle family, byte[] key, byte @Nullable [] value)
      throws RocksDBException {
    if (value == null) {
      batch.delete(family, key);
    } else {
      batch.put(family, key, value);
    }
  }

  private static byte[] bytes(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }

  // ---- any thread

  /** A job with its result as it is committed. */
  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  record Read(JobState job, byte @Nullable [] result) {}

  /**
   * Empty if there is no such job.
   *
   * @throws IllegalStateException if the store is closed
   */
  Optional<Read> read(JobId jobId) {
    return reading(() -> {
      byte[] bytes = db.get(jobs, ChangelogCodec.jobKey(jobId));
      return bytes == null ? Optional.empty() : Optional.of(withResult(bytes));
    });
  }

  /**
   * Some of the newest jobs, newest first, without their results.
   *
   * @param truncated whether the scan ended before there were as many as wanted
   */
  record Newest(List<JobView> jobs, boolean truncated) {}

  /** The newest jobs that are wanted. Looks at {@link #MAX_NEWEST_SCAN} at most. */
  Newest newest(JobReads.NewestQuery query) {
    return reading(() -> {
      List<JobView> found = new ArrayList<>();
      try (RocksIterator iterator = db.newIterator(index)) {
        byte[] behind = {(byte) (Index.CREATED.code() + 1)};
        int scanned = 0;
        for (iterator.seekForPrev(behind);
            iterator.isValid()
                && iterator.key()[0] == Index.CREATED.code()
                && found.size() < query.limit();
            iterator.prev()) {
          if (++scanned > MAX_NEWEST_SCAN) {
            return new Newest(found, true);
          }
          byte[] bytes = db.get(jobs, ChangelogCodec.jobKey(entry(iterator.key()).jobId()));
          JobView job = bytes == null ? null : ChangelogCodec.job(bytes).view(null);
          if (job != null && query.wants(job)) {
            found.add(job);
          }
        }
        iterator.status();
      }
      return new Newest(found, false);
    });
  }

  /**
   * Ended jobs, the latest end first. Looks at {@link #MAX_ENDED_SCAN} at most. After a change of
   * the retention those that had ended before stand at a time that is off by the difference.
   */
  JobReads.Stretch<JobView> ended(JobReads.EndedQuery query) {
    return reading(() -> {
      // Ended jobs are in the order of when they are forgotten, which is that of their ends.
      long shift = limits.retention().toMillis();
      List<JobReads.Row<JobView>> rows = new ArrayList<>();
      try (RocksIterator iterator = db.newIterator(index)) {
        JobReads.Place below = query.below();
        byte[] behind =
            below == null
                ? new byte[] {(byte) (Index.PURGE.code() + 1)}
                : ChangelogCodec.indexKey(
                    new IndexEntry(Index.PURGE, below.endedMillis() + shift, below.jobId()));
        iterator.seekForPrev(behind);
        if (below != null && iterator.isValid() && Arrays.equals(iterator.key(), behind)) {
          iterator.prev();
        }
        int scanned = 0;
        for (; iterator.isValid() && iterator.key()[0] == Index.PURGE.code(); iterator.prev()) {
          IndexEntry entry = entry(iterator.key());
          JobReads.Place place = new JobReads.Place(entry.atMillis() - shift, entry.jobId());
          if (place.endedMillis() < query.from()) {
            break;
          }
          byte[] bytes = db.get(jobs, ChangelogCodec.jobKey(entry.jobId()));
          JobView job = bytes == null ? null : ChangelogCodec.job(bytes).view(null);
          if (job != null && query.wants(job)) {
            rows.add(new JobReads.Row<>(place, job));
          }
          if (rows.size() == query.limit() || ++scanned == MAX_ENDED_SCAN) {
            return new JobReads.Stretch<>(rows, place);
          }
        }
        iterator.status();
      }
      return new JobReads.Stretch<>(rows, null);
    });
  }

  private Read withResult(byte[] bytes) throws RocksDBException {
    JobState job = ChangelogCodec.job(bytes);
    DataKey result = job.resultKey();
    return new Read(job, result == null ? null : db.get(data, ChangelogCodec.dataKey(result)));
  }

  private interface Reading<T> {
    T read() throws RocksDBException;
  }

  private <T> T reading(Reading<T> reading) {
    closing.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("the partition has moved");
      }
      return reading.read();
    } catch (RocksDBException e) {
      throw failed("read", e);
    } finally {
      closing.readLock().unlock();
    }
  }

  @Override
  public void close() {
    closing.writeLock().lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      for (ColumnFamilyHandle handle : List.of(meta, jobs, data, index, leases)) {
        handle.close();
      }
      db.close();
      write.close();
      for (AutoCloseable resource : resources) {
        try {
          resource.close();
        } catch (Exception e) {
          throw new IllegalStateException("cannot free RocksDB's options", e);
        }
      }
      if (damaged) {
        log.warn("The ledger's local store in {} is damaged and will be read back whole", dir);
        try {
          remove(dir);
        } catch (UncheckedIOException e) {
          log.warn("The damaged store in {} cannot be removed", dir, e);
        }
      }
    } finally {
      closing.writeLock().unlock();
    }
  }

  private StoreFailedException failed(String what, RocksDBException e) {
    damaged |= isDamage(e);
    return new StoreFailedException("the ledger's local store cannot " + what, e);
  }

  static void remove(Path dir) {
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
