package dev.spoor.store.elastic;

import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Json;
import dev.spoor.store.Checkpoint;
import dev.spoor.store.Hit;
import dev.spoor.store.Page;
import dev.spoor.store.PartitionId;
import dev.spoor.store.Position;
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
import java.net.http.HttpTimeoutException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A store in Elasticsearch, 8.19 or later.
 *
 * <p>Each record is created under the id {@code source-seq} in the index of its own day, so that
 * writing it again changes nothing, whenever that is: the name of the index comes from the record.
 * Records are durable when they have been waited for, progress when {@link #commit} does, and what
 * was written and not committed is written again and found there.
 *
 * <p>Nothing is asked of the server before the first call: a shipper starts without it, and records
 * wait in Kafka. Template and progress index are made by {@link #checkpoint}, so that they are
 * there again after a cluster was set up anew.
 *
 * <p>Several shippers may write to the same indices. Each shows in its tail what it wrote itself,
 * completely; of what others wrote, it may leave out records that took longer than {@link
 * #SETTLED}.
 */
public final class ElasticStore implements TelemetryStore {
  /** A page ends when its records have this many bytes together. */
  static final int MAX_PAGE_BYTES = 8 * 1024 * 1024;

  /** After so long, what another shipper wrote is taken to be searchable. */
  static final Duration SETTLED = Duration.ofSeconds(5);

  private static final Logger log = LoggerFactory.getLogger(ElasticStore.class);

  private static final String JSON = "application/json";
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final Duration HEALTH_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration RETENTION_INTERVAL = Duration.ofMinutes(10);

  /** The first part of a page is of this size; the next ones as large as its records allow. */
  private static final int FIRST_PART = 128;

  private static final int MAX_PART = 2_000;

  private final ElasticSettings settings;
  private final Clock clock;
  private final Connection connection;
  private final Bulk bulk;
  private final Summaries summaries;
  private final Progress progress;

  /** Indices written to since the last refresh began; guarded by this, as all of writing. */
  private final Set<String> unrefreshed = new TreeSet<>();

  private Instant nextRetention = Instant.MIN;
  private long lastNo;

  private volatile long searchableNo;
  private volatile boolean writing;

  /** Null until the server has been asked. */
  private volatile @Nullable Shape shape;

  /** What depends on what the server can do. */
  private record Shape(Documents documents, ElasticQueries queries) {}

  private ElasticStore(
      ElasticSettings settings, Clock clock, RandomGenerator random, Connection connection) {
    this.settings = settings;
    this.clock = clock;
    this.connection = connection;
    this.bulk = new Bulk(connection, settings.requestTimeout(), settings.patience(), random);
    this.summaries = new Summaries(new VersionedIndex(connection, settings.summariesIndex()));
    this.progress =
        new Progress(new VersionedIndex(connection, settings.progressIndex()), summaries);
  }

  /**
   * A store that asks nothing yet.
   *
   * @param random for the length of pauses
   * @throws IOException one sentence, if the certificates cannot be read
   */
  public static ElasticStore open(ElasticSettings settings, Clock clock, RandomGenerator random)
      throws IOException {
    return new ElasticStore(settings, clock, random, new Connection(settings));
  }

  @Override
  public synchronized Checkpoint checkpoint(PartitionId partition) throws IOException {
    prepare();
    return progress.take(partition);
  }

  private Shape prepared() throws IOException {
    Shape ready = shape;
    return ready == null ? prepare() : ready;
  }

  private synchronized Shape prepare() throws IOException {
    boolean ownWords = false;
    String policy = settings.lifecyclePolicy();
    if (policy != null) {
      expectPolicy(policy);
    }
    Connection.Reply reply = putTemplate(Template.of(settings.recordsPattern()));
    if (reply.status() == 400 && reply.reason().contains("char_filter")) {
      ownWords = true;
      reply = putTemplate(Template.withoutCharacterFilter(settings.recordsPattern()));
    }
    if (!reply.isOk()) {
      throw new IOException(reply.reason());
    }
    progress.prepare();
    Shape ready = shape;
    if (ready == null) {
      ready =
          new Shape(
              new Documents(settings.recordsPrefix(), ownWords), new ElasticQueries(ownWords));
      shape = ready;
    }
    return ready;
  }

  /** Elasticsearch itself takes any name, and then keeps the indices for ever. */
  private void expectPolicy(String policy) throws IOException {
    Connection.Reply reply = connection.get("/_ilm/policy/" + policy, TIMEOUT);
    if (!reply.isOk()) {
      throw new IOException(
          "SPOOR_ELASTICSEARCH_LIFECYCLE_POLICY is '"
              + policy
              + "', expected the name of a policy that the cluster has ("
              + reply.reason()
              + ")");
    }
  }

  private Connection.Reply putTemplate(ObjectNode template) throws IOException {
    String policy = settings.lifecyclePolicy();
    if (policy != null) {
      Template.manage(template, policy);
    }
    return connection.send(
        "PUT", "/_index_template/" + settings.templateName(), Json.write(template), JSON, TIMEOUT);
  }

  @Override
  public synchronized Writing begin(List<TelemetryRecord> records) throws IOException {
    if (records.isEmpty()) {
      return List::of;
    }
    Documents documents = prepared().documents();
    Bulk.Lines lines = new Bulk.Lines();
    writing = true;
    lastNo = Math.max(lastNo, micros());
    for (TelemetryRecord record : records) {
      unrefreshed.add(documents.index(record));
      documents.append(record, ++lastNo, lines.out());
      lines.end();
    }
    return bulk.begin(lines);
  }

  @Override
  public synchronized void commit(List<Checkpoint> checkpoints) throws IOException {
    // Records are durable since they have been waited for.
    try {
      prepared();
      progress.commit(checkpoints);
    } catch (IOException | RuntimeException failed) {
      progress.forget();
      throw failed;
    }
    deleteExpired();
  }

  @Override
  public synchronized Refresh beginRefresh() {
    List<String> indices = List.copyOf(unrefreshed);
    unrefreshed.clear();
    long upTo = lastNo;
    return () -> {
      try {
        refresh(indices);
      } catch (IOException | RuntimeException failed) {
        notRefreshed(indices);
        throw failed;
      }
      refreshed(upTo);
    };
  }

  private void refresh(List<String> indices) throws IOException {
    // In pieces: names are long, and an address is not.
    for (int from = 0; from < indices.size(); from += 50) {
      String names = String.join(",", indices.subList(from, Math.min(from + 50, indices.size())));
      Connection.Reply reply =
          connection.send(
              "POST", "/" + names + "/_refresh?ignore_unavailable=true", null, JSON, TIMEOUT);
      if (!reply.isOk()) {
        throw new IOException(reply.reason());
      }
    }
  }

  private synchronized void notRefreshed(List<String> indices) {
    unrefreshed.addAll(indices);
  }

  private synchronized void refreshed(long upTo) {
    searchableNo = Math.max(searchableNo, upTo);
    if (lastNo == upTo) {
      writing = false;
    }
  }

  @Override
  public List<Checkpoint> states() throws IOException {
    if (connection.isClosed()) {
      throw Connection.closed();
    }
    prepared();
    return progress.all();
  }

  @Override
  public synchronized byte @Nullable [] summary(PartitionId partition, SummaryKey key)
      throws IOException {
    return progress.summary(partition, key);
  }

  @Override
  public void summaries(String span, Instant from, Instant until, SummaryVisitor visitor)
      throws IOException {
    if (connection.isClosed()) {
      throw Connection.closed();
    }
    prepared();
    summaries.visit(span, from, until, progress::offsets, visitor);
  }

  @Override
  public synchronized void deleteSummaries(String span, Instant before) throws IOException {
    prepared();
    summaries.delete(span, before);
  }

  @Override
  public Page search(Search search) throws IOException {
    Map<String, Object> query =
        filter(
            prepared().queries().translate(search.query()),
            ElasticQueries.times(
                Fields.TIMESTAMP,
                search.from() == null ? Long.MIN_VALUE : TimeSpan.nanos(search.from()),
                search.until() == null ? Long.MAX_VALUE : TimeSpan.nanos(search.until()) - 1));
    String order = search.newestFirst() ? "desc" : "asc";
    List<Object> sort =
        List.of(
            sortedBy(Fields.TIMESTAMP, order, "date_nanos"),
            sortedBy(Fields.SOURCE, order, "keyword"),
            sortedBy(Fields.SEQ, order, "long"));
    Position after = search.after();
    Object begin =
        after == null
            ? null
            : List.of(TimeSpan.nanos(after.timestamp()), after.source(), after.seq());
    Parts parts = find(query, sort, begin, search.limit(), search.timeout());
    List<Hit> hits = new ArrayList<>(parts.found.size());
    for (Replies.Found found : parts.found) {
      hits.add(
          new Hit(
              new Position(
                  TimeSpan.ofNanos(found.sort().path(0).asLong()),
                  found.sort().path(1).asString(),
                  found.sort().path(2).asLong()),
              Documents.record(found.source())));
    }
    return new Page(hits, parts.more);
  }

  @Override
  public long tailMark() throws IOException {
    if (connection.isClosed()) {
      throw Connection.closed();
    }
    return searchable();
  }

  @Override
  public TailPage tail(Query query, long mark, int limit, Duration timeout) throws IOException {
    long upTo = searchable();
    if (upTo <= mark) {
      return new TailPage(List.of(), mark);
    }
    Parts parts =
        find(
            filter(
                prepared().queries().translate(query),
                Map.of("range", Map.of(Documents.NO, Map.of("gt", mark, "lte", upTo)))),
            List.of(sortedBy(Documents.NO, "asc", "long")),
            null,
            limit,
            timeout);
    List<byte[]> records = new ArrayList<>(parts.found.size());
    for (Replies.Found found : parts.found) {
      records.add(Documents.record(found.source()));
    }
    long next = parts.found.isEmpty() ? mark : parts.found.getLast().sort().path(0).asLong();
    return new TailPage(records, parts.more ? next : upTo);
  }

  /** The last number up to which everything can be found. */
  private long searchable() {
    if (writing) {
      return searchableNo;
    }
    return Math.max(searchableNo, micros() - SETTLED.toNanos() / 1_000);
  }

  private long micros() {
    Instant now = clock.instant();
    return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
  }

  private record Parts(List<Replies.Found> found, boolean more) {}

  /** A page, asked for in parts so that large records do not make a large answer. */
  private Parts find(
      Map<String, Object> query,
      List<Object> sort,
      @Nullable Object begin,
      int limit,
      Duration timeout)
      throws IOException {
    long deadline = System.nanoTime() + timeout.toNanos();
    List<Replies.Found> found = new ArrayList<>();
    Object after = begin;
    long bytes = 0;
    int part = FIRST_PART;
    while (true) {
      int wanted = Math.min(limit + 1 - found.size(), part);
      List<Replies.Found> hits = ask(query, sort, after, wanted, deadline, timeout);
      for (Replies.Found hit : hits) {
        if (found.size() == limit || bytes >= MAX_PAGE_BYTES) {
          return new Parts(found, true);
        }
        found.add(hit);
        bytes += hit.source().length;
        after = hit.sort();
      }
      if (hits.size() < wanted) {
        return new Parts(found, false);
      }
      long each = Math.max(1, bytes / Math.max(1, found.size()));
      part = Math.clamp(MAX_PAGE_BYTES / each, 2, MAX_PART);
    }
  }

  private List<Replies.Found> ask(
      Map<String, Object> query,
      List<Object> sort,
      @Nullable Object after,
      int size,
      long deadline,
      Duration timeout)
      throws IOException {
    long left = deadline - System.nanoTime();
    if (left <= 0) {
      throw late(timeout);
    }
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("size", size);
    body.put("query", query);
    body.put("sort", sort);
    body.put("track_total_hits", false);
    body.put("timeout", Math.max(1, left / 1_000_000) + "ms");
    if (after != null) {
      body.put("search_after", after);
    }
    Connection.Reply reply;
    try {
      reply =
          connection.send(
              "POST",
              "/"
                  + settings.recordsPattern()
                  + "/_search?ignore_unavailable=true&allow_no_indices=true"
                  + "&allow_partial_search_results=false",
              Json.write(body),
              JSON,
              Duration.ofNanos(left));
      if (!reply.isOk()) {
        throw new IOException(reply.reason());
      }
      List<Replies.Found> hits = Replies.hits(reply.body());
      if (System.nanoTime() - deadline > 0) {
        throw late(timeout);
      }
      return hits;
    } catch (HttpTimeoutException late) {
      // The connection is closed by that, and the server ends the search.
      throw late(timeout);
    } catch (SearchFailedException failed) {
      throw failed.isLate() ? late(timeout) : failed;
    }
  }

  private static SearchTimeoutException late(Duration timeout) {
    return new SearchTimeoutException("The search took longer than " + timeout);
  }

  private static Map<String, Object> filter(Object query, Object bounds) {
    return Map.of("bool", Map.of("filter", List.of(query, bounds)));
  }

  private static Map<String, Object> sortedBy(String field, String order, String type) {
    // With its type, for an index that somebody else has named like ours.
    return Map.of(field, Map.of("order", order, "unmapped_type", type));
  }

  @Override
  public void check() throws IOException {
    Connection.Reply reply =
        connection.get(
            "/_cluster/health/"
                + settings.prefix()
                + "*?expand_wildcards=all&level=cluster&timeout=1s",
            HEALTH_TIMEOUT);
    if (!reply.isOk()) {
      throw new IOException(reply.reason());
    }
    JsonNode health = Replies.tree(reply.body());
    String status = health.path("status").asString("unknown");
    if (!Set.of("green", "yellow").contains(status)) {
      throw new IOException("Elasticsearch says that its status is " + status);
    }
  }

  /** A day is deleted when it is too old, and the oldest when all are too large together. */
  private void deleteExpired() {
    Instant now = clock.instant();
    if (now.isBefore(nextRetention)
        || settings.lifecyclePolicy() != null
        || (settings.retention().isZero() && settings.maxBytes() == 0)) {
      return;
    }
    nextRetention = now.plus(RETENTION_INTERVAL);
    try {
      for (Retention.Day day :
          Retention.expired(days(), now, settings.retention(), settings.maxBytes())) {
        Connection.Reply reply = connection.send("DELETE", "/" + day.index(), null, JSON, TIMEOUT);
        if (!reply.isOk() && reply.status() != 404) {
          throw new IOException(reply.reason());
        }
        log.info("deleted {}, {} bytes", day.index(), day.bytes());
      }
    } catch (IOException failed) {
      // Storing goes on; it is tried again with the next turn.
      log.warn("old records could not be deleted: {}", failed.getMessage());
    }
  }

  private List<Retention.Day> days() throws IOException {
    Connection.Reply reply =
        connection.get(
            "/_cat/indices/"
                + settings.recordsPattern()
                + "?format=json&bytes=b&h=index,store.size",
            TIMEOUT);
    if (!reply.isOk()) {
      throw new IOException(reply.reason());
    }
    List<Retention.Day> days = new ArrayList<>();
    for (JsonNode index : Replies.tree(reply.body())) {
      String name = index.path("index").asString("");
      Instant day = Documents.dayOf(name, settings.recordsPrefix());
      if (day != null) {
        days.add(new Retention.Day(name, day, index.path("store.size").asLong(0)));
      }
    }
    return days;
  }

  @Override
  public void close() {
    connection.close();
  }
}
