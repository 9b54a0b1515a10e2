package dev.spoor.store.lucene;

import dev.spoor.contract.telemetry.Fields;
import dev.spoor.store.Checkpoint;
import dev.spoor.store.Hit;
import dev.spoor.store.Page;
import dev.spoor.store.PartitionId;
import dev.spoor.store.Position;
import dev.spoor.store.Refusal;
import dev.spoor.store.Search;
import dev.spoor.store.SearchTimeoutException;
import dev.spoor.store.SummaryKey;
import dev.spoor.store.SummaryVisitor;
import dev.spoor.store.TailPage;
import dev.spoor.store.TelemetryRecord;
import dev.spoor.store.TelemetryStore;
import dev.spoor.store.query.Query;
import dev.spoor.store.query.TimeSpan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.LongField;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.ExitableDirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.PointValues;
import org.apache.lucene.index.QueryTimeout;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.FieldDoc;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.SortedNumericSelector;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopFieldCollectorManager;
import org.apache.lucene.search.TopFieldDocs;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.LockObtainFailedException;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store in one Lucene index on the local disk.
 *
 * <p>Exactly once by construction: offsets are the user data of Lucene's commit and the states are
 * documents of the same index, so records and progress become durable in one atomic step. A process
 * that is killed finds its last commit again; files of after it are removed by Lucene.
 *
 * <p>A failure of the disk closes Lucene's writer. The next {@link #checkpoint} opens it again at
 * the last commit. Searches go on meanwhile on what they had.
 *
 * <p>One process at a time: the index is locked. Several shippers with stores of their own each
 * hold the records of the partitions that they have read, and each searches only those.
 *
 * <p>One index for all time, in whose segments days are kept apart ({@link DayMerges}). Old records
 * are deleted in the commit that is next: days as whole segments, and of a day that is too large by
 * itself the oldest records, which take room until their segment is merged.
 */
public final class LuceneStore implements TelemetryStore {
  /** A page ends when its records have this many bytes together. */
  static final int MAX_PAGE_BYTES = 8 * 1024 * 1024;

  private static final Logger log = LoggerFactory.getLogger(LuceneStore.class);

  private static final double WRITE_BUFFER_MEGABYTES = 64;
  private static final Duration RETENTION_INTERVAL = Duration.ofMinutes(10);

  private static final String STATE_KEY = "_state";
  private static final String STATE_OF = "_state_of";
  private static final String STATE_NAME = "_state_name";
  private static final String STATE_BYTES = "_state_bytes";
  private static final String SUMMARY_KEY = "_summary";
  private static final String SUMMARY_OF = "_summary_of";
  private static final String SUMMARY_START = "_summary_start";
  private static final String SUMMARY_BYTES = "_summary_bytes";
  private static final String NEXT_NO = "next_no";
  private static final String OFFSET_OF = "offset:";

  private static final Sort OLDEST_FIRST = order(false);
  private static final Sort NEWEST_FIRST = order(true);

  /**
   * What is asked for is nearly always the newest, and a segment whose newest record is older than
   * those found so far is passed over as a whole.
   */
  private static final Comparator<LeafReader> NEWEST_SEGMENT_FIRST =
      Comparator.comparingLong(LuceneStore::newest).reversed();

  private static final Sort AS_WRITTEN = byNumber(false);
  private static final Sort LAST_WRITTEN_FIRST = byNumber(true);
  private static final Set<String> JSON_ONLY = Set.of(IndexFields.JSON);

  private final Path dir;
  private final Directory directory;
  private final Retention retention;
  private final Clock clock;
  private final Analyzer analyzer = new TextAnalyzer();
  private final LuceneQueries queries = new LuceneQueries(analyzer);

  /** Guarded by this, as all of writing; replaced after a failure. */
  private IndexWriter writer;

  private Map<PartitionId, Long> offsets = new HashMap<>();
  private boolean broken;
  private boolean closed;
  private Instant nextRetention = Instant.MIN;

  /** Guarded by this too; null until it is needed. */
  private @Nullable DirectoryReader committedReader;

  /** Whether there was a commit since. */
  private boolean committedSince;

  /** Read by searching threads without the lock. */
  private volatile SearcherManager searchers;

  private volatile @Nullable IOException failure;

  /** Numbers are never used twice while the process lives, so that a tail misses nothing. */
  private final AtomicLong nextNo = new AtomicLong(1);

  private LuceneStore(LuceneSettings settings, Directory directory, Clock clock)
      throws IOException {
    this.dir = settings.dir();
    this.directory = directory;
    this.retention = new Retention(settings.retention(), settings.maxBytes());
    this.clock = clock;
    this.writer = newWriter(IndexWriterConfig.OpenMode.CREATE_OR_APPEND);
    // From here on there is an index. If it is gone later, that is a failure and not a reason to
    // begin anew.
    writer.commit();
    this.searchers = new SearcherManager(writer, null);
    readCommitData();
  }

  /** Opens a store, or makes a new one, that keeps all records. */
  public static LuceneStore open(Path dir) throws IOException {
    return open(LuceneSettings.keepingAll(dir), Clock.systemUTC());
  }

  /**
   * Opens the store, or makes a new one.
   *
   * @param clock for the age of records
   * @throws IOException one sentence that says what to do: the directory cannot be used, or another
   *     process has it
   */
  public static LuceneStore open(LuceneSettings settings, Clock clock) throws IOException {
    Path dir = settings.dir();
    Directory directory = null;
    try {
      Files.createDirectories(dir);
      directory = FSDirectory.open(dir);
      return new LuceneStore(settings, directory, clock);
    } catch (LockObtainFailedException locked) {
      close(directory);
      throw new IOException(
          "The store in "
              + dir
              + " is in use by another process: stop that one, or set SPOOR_DATA_DIR to another"
              + " directory",
          locked);
    } catch (IOException | RuntimeException failed) {
      close(directory);
      throw new IOException("The store in " + dir + " cannot be opened: " + failed, failed);
    }
  }

  private static void close(@Nullable Directory directory) throws IOException {
    if (directory != null) {
      directory.close();
    }
  }

  private IndexWriter newWriter(IndexWriterConfig.OpenMode mode) throws IOException {
    IndexWriterConfig config = new IndexWriterConfig(analyzer);
    config.setOpenMode(mode);
    config.setRAMBufferSizeMB(WRITE_BUFFER_MEGABYTES);
    config.setCommitOnClose(false);
    config.setMergePolicy(new DayMerges());
    config.setLeafSorter(NEWEST_SEGMENT_FIRST);
    return new IndexWriter(directory, config);
  }

  private static long newest(LeafReader segment) {
    try {
      byte[] newest = PointValues.getMaxPackedValue(segment, Fields.TIMESTAMP);
      return newest == null ? Long.MIN_VALUE : LongPoint.decodeDimension(newest, 0);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private void readCommitData() {
    Map<PartitionId, Long> read = new HashMap<>();
    Iterable<Map.Entry<String, String>> data = writer.getLiveCommitData();
    if (data != null) {
      for (Map.Entry<String, String> entry : data) {
        if (entry.getKey().startsWith(OFFSET_OF)) {
          read.put(
              PartitionId.parse(entry.getKey().substring(OFFSET_OF.length())),
              Long.parseLong(entry.getValue()));
        } else if (entry.getKey().equals(NEXT_NO)) {
          long committed = Long.parseLong(entry.getValue());
          nextNo.updateAndGet(now -> Math.max(now, committed));
        }
      }
    }
    offsets = read;
  }

  @Override
  public synchronized Checkpoint checkpoint(PartitionId partition) throws IOException {
    reopenIfBroken();
    try {
      return new Checkpoint(partition, offsets.getOrDefault(partition, 0L), statesOf(partition));
    } catch (IOException | RuntimeException failed) {
      throw broke(failed);
    }
  }

  @Override
  public synchronized List<Checkpoint> states() throws IOException {
    List<Checkpoint> all = new ArrayList<>();
    // After a failure the offsets are still those of the last commit, but reading states needs the
    // writer; whoever asks learns that it is gone.
    if (broken || closed) {
      throw unusable();
    }
    for (Map.Entry<PartitionId, Long> entry : offsets.entrySet()) {
      all.add(new Checkpoint(entry.getKey(), entry.getValue(), statesOf(entry.getKey())));
    }
    return all;
  }

  private Map<String, byte[]> statesOf(PartitionId partition) throws IOException {
    Map<String, byte[]> states = new HashMap<>();
    // States are written by commit only, so that what the writer shows is what is committed.
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      IndexSearcher searcher = new IndexSearcher(reader);
      int limit = Math.max(1, reader.maxDoc());
      TermQuery query = new TermQuery(new Term(STATE_OF, partition.toString()));
      int count = searcher.count(query);
      if (count == 0) {
        return states;
      }
      StoredFields stored = searcher.storedFields();
      for (ScoreDoc hit : searcher.search(query, Math.min(limit, count)).scoreDocs) {
        Document document = stored.document(hit.doc);
        states.put(document.get(STATE_NAME), bytes(document.getBinaryValue(STATE_BYTES)));
      }
    }
    return states;
  }

  @Override
  public synchronized Writing begin(List<TelemetryRecord> records) throws IOException {
    usable();
    List<Refusal> refused = new ArrayList<>();
    try {
      for (int i = 0; i < records.size(); i++) {
        try {
          writer.addDocument(IndexFields.document(records.get(i), nextNo.getAndIncrement()));
        } catch (IllegalArgumentException unfit) {
          // Lucene's word for a document that it will never take; the writer goes on without it.
          refused.add(new Refusal(i, String.valueOf(unfit.getMessage())));
        }
      }
    } catch (IOException | RuntimeException failed) {
      throw broke(failed);
    }
    return () -> refused;
  }

  @Override
  public synchronized void commit(List<Checkpoint> progress) throws IOException {
    usable();
    Map<PartitionId, Long> next = new HashMap<>(offsets);
    try {
      for (Checkpoint checkpoint : progress) {
        next.put(checkpoint.partition(), checkpoint.nextOffset());
        for (Map.Entry<String, byte[]> state : checkpoint.states().entrySet()) {
          String key = checkpoint.partition() + "/" + state.getKey();
          Document document = new Document();
          document.add(new StringField(STATE_KEY, key, Field.Store.NO));
          document.add(
              new StringField(STATE_OF, checkpoint.partition().toString(), Field.Store.NO));
          document.add(new StoredField(STATE_NAME, state.getKey()));
          document.add(new StoredField(STATE_BYTES, state.getValue()));
          writer.updateDocument(new Term(STATE_KEY, key), document);
        }
        for (Map.Entry<SummaryKey, byte[]> summary : checkpoint.summaries().entrySet()) {
          String key = summaryKey(checkpoint.partition(), summary.getKey());
          Document document = new Document();
          document.add(new StringField(SUMMARY_KEY, key, Field.Store.NO));
          document.add(new StringField(SUMMARY_OF, summary.getKey().span(), Field.Store.NO));
          document.add(
              new LongField(
                  SUMMARY_START, summary.getKey().start().toEpochMilli(), Field.Store.YES));
          document.add(new StoredField(SUMMARY_BYTES, summary.getValue()));
          writer.updateDocument(new Term(SUMMARY_KEY, key), document);
        }
      }
      Map<String, String> data = new TreeMap<>();
      next.forEach((partition, offset) -> data.put(OFFSET_OF + partition, offset.toString()));
      data.put(NEXT_NO, Long.toString(nextNo.get()));
      writer.setLiveCommitData(data.entrySet());
      writer.commit();
      offsets = next;
      committedSince = true;
      deleteExpired();
    } catch (IOException | RuntimeException failed) {
      throw broke(failed);
    }
  }

  /** Takes effect with the next commit. */
  private void deleteExpired() throws IOException {
    Instant now = clock.instant();
    if (retention.keepsAll() || now.isBefore(nextRetention)) {
      return;
    }
    nextRetention = now.plus(RETENTION_INTERVAL);
    DirectoryReader reader = committed();
    long firstKept = retention.firstKept(reader, now);
    if (firstKept == Long.MIN_VALUE) {
      return;
    }
    int count = new IndexSearcher(reader).count(Retention.before(firstKept));
    if (count > 0) {
      writer.deleteDocuments(Retention.before(firstKept));
      log.info("deleting {} records of before {}", count, TimeSpan.ofNanos(firstKept));
    }
  }

  private static String summaryKey(PartitionId partition, SummaryKey key) {
    return partition + "/" + key.span() + "/" + key.start().toEpochMilli();
  }

  @Override
  public synchronized byte @Nullable [] summary(PartitionId partition, SummaryKey key)
      throws IOException {
    usable();
    try {
      IndexSearcher searcher = new IndexSearcher(committed());
      ScoreDoc[] found =
          searcher.search(new TermQuery(new Term(SUMMARY_KEY, summaryKey(partition, key))), 1)
              .scoreDocs;
      return found.length == 0
          ? null
          : bytes(searcher.storedFields().document(found[0].doc).getBinaryValue(SUMMARY_BYTES));
    } catch (IOException | RuntimeException failed) {
      throw broke(failed);
    }
  }

  /**
   * As of the last commit, which is all there is of summaries. Not by the writer: that would have
   * to flush the records that it has in memory, and make a small segment of them each time.
   */
  private DirectoryReader committed() throws IOException {
    DirectoryReader reader = committedReader;
    if (reader == null) {
      reader = DirectoryReader.open(directory);
    } else if (committedSince) {
      DirectoryReader newer = DirectoryReader.openIfChanged(reader);
      if (newer != null) {
        reader.close();
        reader = newer;
      }
    }
    committedReader = reader;
    committedSince = false;
    return reader;
  }

  private void forgetCommittedReader() throws IOException {
    DirectoryReader reader = committedReader;
    committedReader = null;
    if (reader != null) {
      reader.close();
    }
  }

  @Override
  public void summaries(String span, Instant from, Instant until, SummaryVisitor visitor)
      throws IOException {
    SearcherManager manager = searchers;
    IndexSearcher searcher;
    try {
      searcher = manager.acquire();
    } catch (AlreadyClosedException closing) {
      throw unusable();
    }
    try {
      BooleanQuery.Builder query = new BooleanQuery.Builder();
      query.add(new TermQuery(new Term(SUMMARY_OF, span)), BooleanClause.Occur.FILTER);
      query.add(
          LongField.newRangeQuery(SUMMARY_START, from.toEpochMilli(), until.toEpochMilli() - 1),
          BooleanClause.Occur.FILTER);
      int count = searcher.count(query.build());
      if (count == 0) {
        return;
      }
      StoredFields stored = searcher.storedFields();
      for (ScoreDoc hit : searcher.search(query.build(), count).scoreDocs) {
        Document document = stored.document(hit.doc);
        visitor.visit(
            new SummaryKey(
                span,
                Instant.ofEpochMilli(document.getField(SUMMARY_START).numericValue().longValue())),
            bytes(document.getBinaryValue(SUMMARY_BYTES)));
      }
    } finally {
      manager.release(searcher);
    }
  }

  @Override
  public synchronized void deleteSummaries(String span, Instant before) throws IOException {
    usable();
    BooleanQuery.Builder query = new BooleanQuery.Builder();
    query.add(new TermQuery(new Term(SUMMARY_OF, span)), BooleanClause.Occur.FILTER);
    query.add(
        LongField.newRangeQuery(SUMMARY_START, Long.MIN_VALUE, before.toEpochMilli() - 1),
        BooleanClause.Occur.FILTER);
    try {
      writer.deleteDocuments(query.build());
    } catch (IOException | RuntimeException failed) {
      throw broke(failed);
    }
  }

  /**
   * At once, which costs little after a commit. While more is written it would show what the next
   * failure takes back, and a tail would have seen numbers that others get then.
   */
  @Override
  public Refresh beginRefresh() throws IOException {
    try {
      searchers.maybeRefreshBlocking();
    } catch (AlreadyClosedException closing) {
      throw unusable();
    }
    return () -> {};
  }

  @Override
  public Page search(Search search) throws IOException {
    BooleanQuery.Builder query = new BooleanQuery.Builder();
    query.add(queries.translate(search.query()), BooleanClause.Occur.FILTER);
    // This bound, even where it is open, keeps the documents that hold states out.
    query.add(
        LongField.newRangeQuery(
            Fields.TIMESTAMP,
            search.from() == null ? Long.MIN_VALUE : TimeSpan.nanos(search.from()),
            search.until() == null ? Long.MAX_VALUE : TimeSpan.nanos(search.until()) - 1),
        BooleanClause.Occur.FILTER);
    Position after = search.after();
    FieldDoc afterDoc =
        after == null
            ? null
            : new FieldDoc(
                Integer.MAX_VALUE,
                Float.NaN,
                new Object[] {
                  TimeSpan.nanos(after.timestamp()), new BytesRef(after.source()), after.seq()
                });
    Found found =
        search(
            query.build(),
            search.newestFirst() ? NEWEST_FIRST : OLDEST_FIRST,
            afterDoc,
            search.limit(),
            search.timeout());
    List<Hit> hits = new ArrayList<>(found.records.size());
    for (int i = 0; i < found.records.size(); i++) {
      Object[] key = found.keys.get(i);
      hits.add(
          new Hit(
              new Position(
                  TimeSpan.ofNanos((Long) key[0]),
                  ((BytesRef) key[1]).utf8ToString(),
                  (Long) key[2]),
              found.records.get(i)));
    }
    return new Page(hits, found.more);
  }

  @Override
  public long tailMark() throws IOException {
    Found newest =
        search(
            LongField.newRangeQuery(IndexFields.NO, 0, Long.MAX_VALUE),
            LAST_WRITTEN_FIRST,
            null,
            1,
            Duration.ofSeconds(10));
    return newest.keys.isEmpty() ? 0 : (Long) newest.keys.getFirst()[0];
  }

  @Override
  public TailPage tail(Query query, long mark, int limit, Duration timeout) throws IOException {
    BooleanQuery.Builder both = new BooleanQuery.Builder();
    both.add(queries.translate(query), BooleanClause.Occur.FILTER);
    both.add(
        LongField.newRangeQuery(IndexFields.NO, mark + 1, Long.MAX_VALUE),
        BooleanClause.Occur.FILTER);
    Found found = search(both.build(), AS_WRITTEN, null, limit, timeout);
    return new TailPage(
        found.records, found.keys.isEmpty() ? mark : (Long) found.keys.getLast()[0]);
  }

  /** Records with what they were sorted by. */
  private record Found(List<Object[]> keys, List<byte[]> records, boolean more) {}

  private Found search(
      org.apache.lucene.search.Query query,
      Sort sort,
      @Nullable FieldDoc after,
      int limit,
      Duration timeout)
      throws IOException {
    long deadline = System.nanoTime() + timeout.toNanos();
    QueryTimeout late = () -> System.nanoTime() - deadline > 0;
    SearcherManager manager = searchers;
    IndexSearcher shared;
    try {
      shared = manager.acquire();
    } catch (AlreadyClosedException closing) {
      throw unusable();
    }
    try {
      // A searcher of its own, because the time limit is a property of the searcher; the reader
      // underneath is shared.
      IndexSearcher searcher =
          new IndexSearcher(
              ExitableDirectoryReader.wrap((DirectoryReader) shared.getIndexReader(), late));
      searcher.setTimeout(late);
      TopFieldDocs found =
          searcher.search(query, new TopFieldCollectorManager(sort, limit + 1, after, 1));
      if (searcher.timedOut()) {
        throw new SearchTimeoutException("The search took longer than " + timeout);
      }
      int wanted = Math.min(limit, found.scoreDocs.length);
      List<Object[]> keys = new ArrayList<>(wanted);
      List<byte[]> records = new ArrayList<>(wanted);
      StoredFields stored = searcher.storedFields();
      long bytes = 0;
      for (int i = 0; i < wanted && bytes < MAX_PAGE_BYTES; i++) {
        FieldDoc hit = (FieldDoc) found.scoreDocs[i];
        Document document = stored.document(hit.doc, JSON_ONLY);
        byte[] json = bytes(document.getBinaryValue(IndexFields.JSON));
        bytes += json.length;
        keys.add(hit.fields);
        records.add(json);
      }
      return new Found(keys, records, found.scoreDocs.length > records.size());
    } catch (ExitableDirectoryReader.ExitingReaderException tooLong) {
      throw new SearchTimeoutException("The search took longer than " + timeout);
    } finally {
      manager.release(shared);
    }
  }

  @Override
  public synchronized void check() throws IOException {
    usable();
    if (!Files.isWritable(dir)) {
      throw new IOException("The directory " + dir + " cannot be written");
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      forgetCommittedReader();
      searchers.close();
    } finally {
      try {
        writer.rollback();
      } finally {
        directory.close();
      }
    }
  }

  private void usable() throws IOException {
    if (broken || closed) {
      throw unusable();
    }
  }

  private IOException unusable() {
    IOException cause = failure;
    return new IOException(
        cause == null
            ? "The store in " + dir + " is closed"
            : "The store in " + dir + " has failed: " + cause.getMessage(),
        cause);
  }

  private IOException broke(Exception failed) {
    IOException cause =
        failed instanceof IOException io ? io : new IOException(failed.toString(), failed);
    broken = true;
    failure = cause;
    return cause;
  }

  private void reopenIfBroken() throws IOException {
    if (closed) {
      throw unusable();
    }
    if (!broken) {
      return;
    }
    try {
      forgetCommittedReader();
      // Gives the lock back and forgets what was not committed. After a failure of the disk Lucene
      // has done so by itself and this does nothing.
      writer.rollback();
      IndexWriter again = newWriter(IndexWriterConfig.OpenMode.APPEND);
      SearcherManager before = searchers;
      writer = again;
      searchers = new SearcherManager(again, null);
      before.close();
      readCommitData();
      broken = false;
      failure = null;
    } catch (IOException | RuntimeException failed) {
      throw broke(failed);
    }
  }

  private static Sort order(boolean newestFirst) {
    return new Sort(
        LongField.newSortField(Fields.TIMESTAMP, newestFirst, SortedNumericSelector.Type.MIN),
        new SortField(IndexFields.SOURCE_ORDER, SortField.Type.STRING, newestFirst),
        LongField.newSortField(Fields.SEQ, newestFirst, SortedNumericSelector.Type.MIN));
  }

  private static Sort byNumber(boolean lastFirst) {
    return new Sort(
        LongField.newSortField(IndexFields.NO, lastFirst, SortedNumericSelector.Type.MIN));
  }

  private static byte[] bytes(BytesRef ref) {
    byte[] copy = new byte[ref.length];
    System.arraycopy(ref.bytes, ref.offset, copy, 0, ref.length);
    return copy;
  }
}
