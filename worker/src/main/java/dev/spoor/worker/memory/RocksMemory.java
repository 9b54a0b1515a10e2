package dev.spoor.worker.memory;

import dev.spoor.agent.AgentException;
import dev.spoor.agent.memory.MemoryScope;
import dev.spoor.agent.memory.ScopeSize;
import dev.spoor.contract.job.ErrorCategory;
import dev.spoor.telemetry.app.StartFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * Memory in RocksDB, on this machine's disk. An entry and its scope's size are written in one batch
 * through the write-ahead log, which the operating system has when a write returns: a killed
 * process loses nothing; a machine that loses power may lose the last moments.
 *
 * <p>RocksDB and not H2 MVStore or SQLite: it appends to a log where MVStore writes a chunk of 4
 * KiB or more for each commit and SQLite syncs a page, and the ledger uses it anyway.
 */
public final class RocksMemory implements MemoryStore {
  private static final int STRIPES = 64;
  private static final int SIZE_BYTES = 3 * Long.BYTES;
  private static final byte[] SIZES = "sizes".getBytes(StandardCharsets.UTF_8);
  private static final byte[] PROBE = {0};

  private final Clock clock;
  private final ReentrantLock[] stripes = new ReentrantLock[STRIPES];
  private final List<AutoCloseable> closeables;
  private final RocksDB db;
  private final ColumnFamilyHandle entries;
  private final ColumnFamilyHandle sizes;
  private final WriteOptions writeOptions = new WriteOptions();
  private final ReentrantReadWriteLock closing = new ReentrantReadWriteLock();
  private boolean closed;

  private RocksMemory(
      Clock clock, RocksDB db, List<ColumnFamilyHandle> handles, List<AutoCloseable> closeables) {
    this.clock = clock;
    this.db = db;
    this.entries = handles.get(0);
    this.sizes = handles.get(1);
    this.closeables = closeables;
    Arrays.setAll(stripes, i -> new ReentrantLock());
  }

  /**
   * @param dir created if it is missing; one process at a time
   * @throws StartFailure saying what is wrong with the directory
   */
  public static RocksMemory open(Path dir, Clock clock) {
    RocksDB.loadLibrary();
    List<AutoCloseable> closeables = new ArrayList<>();
    try {
      Files.createDirectories(dir);
      LRUCache cache = keep(closeables, new LRUCache(8L * 1024 * 1024));
      ColumnFamilyOptions options =
          keep(closeables, new ColumnFamilyOptions())
              .setWriteBufferSize(8L * 1024 * 1024)
              .setTableFormatConfig(
                  new BlockBasedTableConfig()
                      .setBlockCache(cache)
                      .setFilterPolicy(keep(closeables, new BloomFilter(10))));
      DBOptions dbOptions =
          keep(closeables, new DBOptions())
              .setCreateIfMissing(true)
              .setCreateMissingColumnFamilies(true)
              .setMaxBackgroundJobs(2)
              .setMaxTotalWalSize(32L * 1024 * 1024)
              .setKeepLogFileNum(3)
              .setMaxOpenFiles(128);
      List<ColumnFamilyHandle> handles = new ArrayList<>();
      RocksDB db =
          RocksDB.open(
              dbOptions,
              dir.toString(),
              List.of(
                  new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, options),
                  new ColumnFamilyDescriptor(SIZES, options)),
              handles);
      return new RocksMemory(clock, db, handles, closeables);
    } catch (RocksDBException | IOException e) {
      closeables.reversed().forEach(RocksMemory::closeQuietly);
      throw new StartFailure(
          "the agents' memory cannot be opened in "
              + dir
              + ": "
              + e.getMessage()
              + "; is another worker using it, or is it not writable?",
          e);
    }
  }

  @Override
  public byte @Nullable [] read(ScopeKey scope, String key) {
    return using("read", () -> db.get(entries, entryKey(scope.prefix(), key)));
  }

  @Override
  public ScopeSize write(ScopeKey scope, String key, byte[] value) {
    byte[] prefix = scope.prefix();
    byte[] entryKey = entryKey(prefix, key);
    return changing(
        "write",
        prefix,
        batch -> {
          int before = sizeOf(entryKey);
          ScopeSize size = sizeAt(prefix);
          int keyBytes = entryKey.length - prefix.length;
          ScopeSize after =
              before < 0
                  ? new ScopeSize(size.entries() + 1, size.bytes() + keyBytes + value.length)
                  : new ScopeSize(size.entries(), size.bytes() - before + value.length);
          batch.put(entries, entryKey, value);
          batch.put(sizes, prefix, encode(after));
          return after;
        });
  }

  @Override
  public Deletion delete(ScopeKey scope, String key) {
    byte[] prefix = scope.prefix();
    byte[] entryKey = entryKey(prefix, key);
    return changing(
        "delete",
        prefix,
        batch -> {
          int before = sizeOf(entryKey);
          ScopeSize size = sizeAt(prefix);
          if (before < 0) {
            return new Deletion(false, 0, size);
          }
          int keyBytes = entryKey.length - prefix.length;
          ScopeSize after =
              new ScopeSize(size.entries() - 1, Math.max(0, size.bytes() - keyBytes - before));
          batch.delete(entries, entryKey);
          if (after.entries() == 0) {
            batch.delete(sizes, prefix);
          } else {
            batch.put(sizes, prefix, encode(after));
          }
          return new Deletion(true, before, after);
        });
  }

  @Override
  public ScopeSize size(ScopeKey scope) {
    return using("size", () -> sizeAt(scope.prefix()));
  }

  @Override
  public @Nullable ScopeSize sizeIfKnown(ScopeKey scope) {
    try {
      return size(scope);
    } catch (AgentException e) {
      return null;
    }
  }

  @Override
  public boolean shared() {
    return false;
  }

  @Override
  public void drop(ScopeKey scope) {
    drop(scope.prefix());
  }

  @Override
  public int dropJobsBefore(Instant before, int max) {
    byte[] jobs = {ScopeKey.mark(MemoryScope.JOB)};
    List<byte[]> old = new ArrayList<>();
    return using(
        "purge",
        () -> {
          try (ReadOptions options = new ReadOptions().setFillCache(false);
              RocksIterator each = db.newIterator(sizes, options)) {
            for (each.seek(jobs); each.isValid() && old.size() < max; each.next()) {
              if (each.key()[0] != jobs[0]) {
                break;
              }
              if (ByteBuffer.wrap(each.value()).getLong(2 * Long.BYTES) < before.toEpochMilli()) {
                old.add(each.key());
              }
            }
            for (byte[] prefix : old) {
              drop(prefix);
            }
            return old.size();
          }
        });
  }

  @Override
  public void check() {
    using(
        "check",
        () -> {
          byte[] now = ByteBuffer.allocate(Long.BYTES).putLong(clock.millis()).array();
          db.put(entries, writeOptions, PROBE, now);
          if (!Arrays.equals(db.get(entries, PROBE), now)) {
            throw new IllegalStateException(
                "the agents' memory did not give back what was written");
          }
          return true;
        });
  }

  /** Waits for what is under way: RocksDB does not notice that it is used after it was freed. */
  @Override
  public void close() {
    closing.writeLock().lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      closeQuietly(entries);
      closeQuietly(sizes);
      closeQuietly(db);
      closeQuietly(writeOptions);
      closeables.reversed().forEach(RocksMemory::closeQuietly);
    } finally {
      closing.writeLock().unlock();
    }
  }

  private interface Change<T> {
    T to(WriteBatch batch) throws RocksDBException;
  }

  /** One change of a scope at a time, all of it or nothing. */
  private <T> T changing(String operation, byte[] prefix, Change<T> change) {
    ReentrantLock stripe = stripeOf(prefix);
    return using(
        operation,
        () -> {
          stripe.lock();
          try (WriteBatch batch = new WriteBatch()) {
            T changed = change.to(batch);
            if (batch.count() > 0) {
              db.write(writeOptions, batch);
            }
            return changed;
          } finally {
            stripe.unlock();
          }
        });
  }

  private interface Use<T extends @Nullable Object> {
    T use() throws RocksDBException;
  }

  /**
   * @throws AgentException if it fails, or the memory is closed
   */
  private <T extends @Nullable Object> T using(String operation, Use<T> use) {
    closing.readLock().lock();
    try {
      if (closed) {
        throw new AgentException(
            ErrorCategory.DEPENDENCY, true, "the agents' memory is closed: the worker stops");
      }
      return use.use();
    } catch (RocksDBException e) {
      throw failed(operation, e);
    } finally {
      closing.readLock().unlock();
    }
  }

  private void drop(byte[] prefix) {
    changing(
        "drop",
        prefix,
        batch -> {
          // Most scopes were never written; a range tombstone for each of them would cost readers.
          if (db.get(sizes, prefix) != null) {
            batch.deleteRange(entries, prefix, behind(prefix));
            batch.delete(sizes, prefix);
          }
          return true;
        });
  }

  private int sizeOf(byte[] entryKey) throws RocksDBException {
    byte[] value = db.get(entries, entryKey);
    return value == null ? -1 : value.length;
  }

  private ScopeSize sizeAt(byte[] prefix) throws RocksDBException {
    byte[] stored = db.get(sizes, prefix);
    if (stored == null) {
      return ScopeSize.EMPTY;
    }
    ByteBuffer buffer = ByteBuffer.wrap(stored);
    return new ScopeSize(buffer.getLong(), buffer.getLong());
  }

  private byte[] encode(ScopeSize size) {
    return ByteBuffer.allocate(SIZE_BYTES)
        .putLong(size.entries())
        .putLong(size.bytes())
        .putLong(clock.millis())
        .array();
  }

  private ReentrantLock stripeOf(byte[] prefix) {
    return stripes[Math.floorMod(Arrays.hashCode(prefix), STRIPES)];
  }

  private static byte[] entryKey(byte[] prefix, String key) {
    byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
    byte[] entryKey = Arrays.copyOf(prefix, prefix.length + keyBytes.length);
    System.arraycopy(keyBytes, 0, entryKey, prefix.length, keyBytes.length);
    return entryKey;
  }

  /** The first key behind all that begin with this prefix; its last byte is never 0xFF: UTF-8. */
  private static byte[] behind(byte[] prefix) {
    byte[] behind = prefix.clone();
    behind[behind.length - 1]++;
    return behind;
  }

  private static AgentException failed(String operation, RocksDBException e) {
    return new AgentException(
        ErrorCategory.DEPENDENCY,
        true,
        "the agents' memory failed to " + operation + ": " + e.getMessage(),
        Duration.ZERO,
        e);
  }

  private static <T extends AutoCloseable> T keep(List<AutoCloseable> closeables, T closeable) {
    closeables.add(closeable);
    return closeable;
  }

  private static void closeQuietly(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      // Nothing is lost by it: what was written is in the log.
    }
  }
}
