package dev.spoor.store.elastic;

import dev.spoor.contract.wire.Json;
import dev.spoor.store.Checkpoint;
import dev.spoor.store.PartitionId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * How far each partition has been read, and its states: documents of one small index.
 *
 * <p>A commit of a partition is atomic although it is many documents. The document with the offset
 * is written last and has the number of its commit. A state has the number of the commit that it
 * was written with, and what it was before: a reader who finds the number of a commit that never
 * was takes what was before.
 *
 * <p>Numbers begin with an epoch, which grows each time the partition is taken over ({@link
 * #take}), and documents are written with their number as external version. So one who was owner
 * before and does not know it yet cannot move the offset, and learns of it.
 *
 * <p>One thread at a time, but for {@link #all}, which anyone may call.
 */
final class Progress {
  static final String PARTITION = "partition";
  static final String KIND = "kind";
  static final String NAME = "name";

  private static final String OFFSET = "offset";
  private static final String STATE = "state";
  private static final String NEXT_OFFSET = "next_offset";
  private static final String COMMIT = "commit";
  private static final String TAKEN = "taken";
  private static final String VALUE = "value";
  private static final String BEFORE = "before";
  private static final String BEFORE_COMMIT = "before_commit";

  private static final int EPOCH_SHIFT = 32;
  private static final int PAGE = 1_000;
  private static final int MAX_NAME_IN_ID = 300;
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final String NDJSON = "application/x-ndjson";
  private static final String JSON = "application/json";

  private final Connection connection;
  private final String index;
  private final Map<PartitionId, Owned> owned = new HashMap<>();

  /** A partition of ours, as we have committed it. */
  private static final class Owned {
    long version;
    long commit;
    long taken;
    final Map<String, State> states = new HashMap<>();
  }

  /**
   * A state as of a commit.
   *
   * @param commit 0 if there is none
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record State(long commit, byte[] value) {}

  /** A document as it was read. */
  private record Document(
      PartitionId partition, String name, State current, @Nullable State before) {
    /** What counts, null if that is nothing. */
    @Nullable State asOf(Offset offset) {
      return offset.covers(current.commit) ? current : before;
    }
  }

  /**
   * The document that decides what counts.
   *
   * @param commit number of the last commit
   * @param taken what that was when the partition was taken over last
   * @param version of the document
   */
  private record Offset(
      PartitionId partition, long nextOffset, long commit, long taken, long version) {
    /** Whether there was a commit with this number. */
    boolean covers(long number) {
      // Of this epoch, or of before it. In between lies what an owner who had lost the partition
      // wrote without knowing it.
      return number <= taken
          || (number <= commit && number >>> EPOCH_SHIFT == commit >>> EPOCH_SHIFT);
    }
  }

  Progress(Connection connection, String index) {
    this.connection = connection;
    this.index = index;
  }

  /** Makes the index if there is none. */
  void prepare() throws IOException {
    Connection.Reply reply =
        connection.send("PUT", "/" + index, Template.progressIndex(), JSON, TIMEOUT);
    if (!reply.isOk() && !reply.reason().contains("resource_already_exists_exception")) {
      throw new IOException(reply.reason());
    }
  }

  /** Forgets what it owns: the next commit takes it over again. */
  void forget() {
    owned.clear();
  }

  /** Makes the partition ours and reads what was committed last. */
  Checkpoint take(PartitionId partition) throws IOException {
    owned.remove(partition);
    Offset offset = offset(partition);
    Owned mine = new Owned();
    mine.commit = offset.commit;
    mine.taken = offset.commit;
    // 1. From here on nobody else can commit.
    mine.version = ((offset.version >>> EPOCH_SHIFT) + 1) << EPOCH_SHIFT;
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    offsetLines(partition, offset.nextOffset, mine.commit, mine, lines);
    bulk(lines, 1);
    // 2. States, and those of a commit that came to nothing as they were before it: with later
    //    numbers they would look committed.
    ByteArrayOutputStream undone = new ByteArrayOutputStream();
    int count = 0;
    for (Document document : documents(partition)) {
      State valid = document.asOf(offset);
      if (valid != null) {
        mine.states.put(document.name, valid);
      }
      if (!offset.covers(document.current.commit)) {
        State again = valid == null ? new State(0, new byte[0]) : valid;
        stateLines(partition, document.name, again, null, mine.version, undone);
        count++;
      }
    }
    if (count > 0) {
      bulk(undone, count);
    }
    owned.put(partition, mine);
    return new Checkpoint(partition, offset.nextOffset, values(mine.states));
  }

  /** Durable, each partition as a whole, when it returns. */
  void commit(List<Checkpoint> progress) throws IOException {
    ByteArrayOutputStream states = new ByteArrayOutputStream();
    ByteArrayOutputStream offsets = new ByteArrayOutputStream();
    int stateCount = 0;
    Map<PartitionId, Map<String, State>> next = new HashMap<>();
    for (Checkpoint checkpoint : progress) {
      PartitionId partition = checkpoint.partition();
      if (!owned.containsKey(partition)) {
        take(partition);
      }
      Owned mine = ofOurs(partition);
      mine.version++;
      Map<String, State> changed = new HashMap<>();
      for (Map.Entry<String, byte[]> state : checkpoint.states().entrySet()) {
        State now = new State(mine.version, state.getValue());
        stateLines(
            partition, state.getKey(), now, mine.states.get(state.getKey()), mine.version, states);
        changed.put(state.getKey(), now);
        stateCount++;
      }
      next.put(partition, changed);
      offsetLines(partition, checkpoint.nextOffset(), mine.version, mine, offsets);
    }
    // 1. States: they do not count yet.
    if (stateCount > 0) {
      bulk(states, stateCount);
    }
    // 2. Offsets: now they do.
    if (!progress.isEmpty()) {
      bulk(offsets, progress.size());
    }
    next.forEach((partition, changed) -> {
      Owned mine = ofOurs(partition);
      mine.commit = mine.version;
      mine.states.putAll(changed);
    });
  }

  private Owned ofOurs(PartitionId partition) {
    Owned mine = owned.get(partition);
    if (mine == null) {
      throw new IllegalStateException(partition + " was not taken");
    }
    return mine;
  }

  /** What is committed, whoever did it. */
  List<Checkpoint> all() throws IOException {
    // States first: an offset that is read later covers them.
    List<Document> documents = documents(null);
    Map<PartitionId, Offset> offsets = new LinkedHashMap<>();
    search(Map.of("term", Map.of(KIND, OFFSET)))
        .forEach(hit -> {
          Offset offset = readOffset(hit, 0);
          if (offset.commit > 0) {
            offsets.put(offset.partition, offset);
          }
        });
    Map<PartitionId, Map<String, State>> states = new HashMap<>();
    for (Document document : documents) {
      Offset offset = offsets.get(document.partition);
      State valid = offset == null ? null : document.asOf(offset);
      if (valid != null) {
        states.computeIfAbsent(document.partition, _ -> new HashMap<>()).put(document.name, valid);
      }
    }
    List<Checkpoint> all = new ArrayList<>();
    offsets.forEach((partition, offset) ->
        all.add(
            new Checkpoint(
                partition, offset.nextOffset, values(states.getOrDefault(partition, Map.of())))));
    return all;
  }

  private static Map<String, byte[]> values(Map<String, State> states) {
    Map<String, byte[]> values = new HashMap<>();
    states.forEach((name, state) -> values.put(name, state.value));
    return values;
  }

  private Offset offset(PartitionId partition) throws IOException {
    Connection.Reply reply =
        connection.get(
            "/"
                + index
                + "/_doc/"
                + java.net.URLEncoder.encode(offsetId(partition), StandardCharsets.UTF_8),
            TIMEOUT);
    JsonNode read = Replies.tree(reply.body());
    if (reply.status() == 404 && !read.path("found").asBoolean(true)) {
      return new Offset(partition, 0, 0, 0, 0);
    }
    if (!reply.isOk() || !read.path("_source").isObject()) {
      throw new IOException(reply.reason());
    }
    return readOffset(read.path("_source"), read.path("_version").asLong());
  }

  private static Offset readOffset(JsonNode source, long version) {
    return new Offset(
        PartitionId.parse(source.path(PARTITION).asString()),
        source.path(NEXT_OFFSET).asLong(),
        source.path(COMMIT).asLong(),
        source.path(TAKEN).asLong(),
        version);
  }

  /** All states, of one partition or of all. */
  private List<Document> documents(@Nullable PartitionId partition) throws IOException {
    Map<String, Object> states = Map.of("term", Map.of(KIND, STATE));
    List<Document> documents = new ArrayList<>();
    for (JsonNode source :
        search(
            partition == null
                ? states
                : Map.of(
                    "bool",
                    Map.of(
                        "filter",
                        List.of(
                            states, Map.of("term", Map.of(PARTITION, partition.toString()))))))) {
      JsonNode before = source.path(BEFORE);
      State current = new State(source.path(COMMIT).asLong(), decode(source.path(VALUE)));
      // Put back to not existing by take.
      if (current.commit == 0 && before.isMissingNode()) {
        continue;
      }
      documents.add(
          new Document(
              PartitionId.parse(source.path(PARTITION).asString()),
              source.path(NAME).asString(),
              current,
              before.isMissingNode()
                  ? null
                  : new State(source.path(BEFORE_COMMIT).asLong(), decode(before))));
    }
    return documents;
  }

  private static byte[] decode(JsonNode text) {
    return Base64.getDecoder().decode(text.asString());
  }

  private List<JsonNode> search(Map<String, Object> query) throws IOException {
    Connection.Reply refreshed =
        connection.send("POST", "/" + index + "/_refresh", null, JSON, TIMEOUT);
    if (!refreshed.isOk()) {
      throw new IOException(refreshed.reason());
    }
    List<JsonNode> sources = new ArrayList<>();
    JsonNode after = null;
    while (true) {
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("size", PAGE);
      body.put("query", query);
      body.put("sort", List.of(PARTITION, NAME));
      body.put("track_total_hits", false);
      if (after != null) {
        body.put("search_after", after);
      }
      Connection.Reply reply =
          connection.send(
              "POST",
              "/" + index + "/_search?allow_partial_search_results=false",
              Json.write(body),
              JSON,
              TIMEOUT);
      if (!reply.isOk()) {
        throw new IOException(reply.reason());
      }
      List<Replies.Found> found = Replies.hits(reply.body());
      for (Replies.Found hit : found) {
        sources.add(Replies.tree(hit.source()));
        after = hit.sort();
      }
      if (found.size() < PAGE) {
        return sources;
      }
    }
  }

  private static void offsetLines(
      PartitionId partition,
      long nextOffset,
      long commit,
      Owned mine,
      ByteArrayOutputStream lines) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put(KIND, OFFSET);
    document.put(PARTITION, partition.toString());
    document.put(NAME, "");
    document.put(NEXT_OFFSET, nextOffset);
    document.put(COMMIT, commit);
    document.put(TAKEN, mine.taken);
    lines(offsetId(partition), mine.version, document, lines);
  }

  private static void stateLines(
      PartitionId partition,
      String name,
      State state,
      @Nullable State before,
      long version,
      ByteArrayOutputStream lines) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put(KIND, STATE);
    document.put(PARTITION, partition.toString());
    document.put(NAME, name);
    document.put(COMMIT, state.commit);
    document.put(VALUE, Base64.getEncoder().encodeToString(state.value));
    if (before != null) {
      document.put(BEFORE_COMMIT, before.commit);
      document.put(BEFORE, Base64.getEncoder().encodeToString(before.value));
    }
    lines(stateId(partition, name), version, document, lines);
  }

  private static void lines(
      String id, long version, Map<String, Object> document, ByteArrayOutputStream lines) {
    Map<String, Object> action = new LinkedHashMap<>();
    action.put("_id", id);
    action.put("version", version);
    action.put("version_type", "external");
    lines.writeBytes(Json.write(Map.of("index", action)));
    lines.write('\n');
    lines.writeBytes(Json.write(document));
    lines.write('\n');
  }

  private static String offsetId(PartitionId partition) {
    return "offset:" + partition;
  }

  private static String stateId(PartitionId partition, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    return "state:"
        + partition
        + ":"
        + (bytes.length <= MAX_NAME_IN_ID ? name : "sha256." + sha256(bytes));
  }

  private static String sha256(byte[] bytes) {
    try {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** All of it or an exception; whoever gets it begins again with {@link #take}. */
  private void bulk(ByteArrayOutputStream lines, int count) throws IOException {
    Connection.Reply reply =
        connection.send("POST", "/" + index + "/_bulk", lines.toByteArray(), NDJSON, TIMEOUT);
    if (!reply.isOk()) {
      throw new IOException(reply.reason());
    }
    for (Replies.Item item : Replies.items(reply.body(), count)) {
      if (item.status() == 409) {
        throw new IOException("The partition has been taken over by another shipper");
      }
      if (item.errorType() != null) {
        throw new IOException(
            "Elasticsearch did not store the progress: "
                + item.status()
                + " "
                + item.errorType()
                + ": "
                + item.reason());
      }
    }
  }
}
