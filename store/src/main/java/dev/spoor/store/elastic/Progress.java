package dev.spoor.store.elastic;

import dev.spoor.store.Checkpoint;
import dev.spoor.store.PartitionId;
import dev.spoor.store.SummaryKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
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
  private static final String TAKEN = "taken";

  private static final int PAGE = 1_000;
  private static final int MAX_NAME_IN_ID = 300;

  private final VersionedIndex index;
  private final Summaries summaries;
  private final Map<PartitionId, Owned> owned = new HashMap<>();

  /** A partition of ours, as we have committed it. */
  private static final class Owned {
    long version;
    long commit;
    long taken;
    final Map<String, Versioned.Value> states = new HashMap<>();

    /** What counts, for whoever reads. */
    Offset asOffset(PartitionId partition) {
      return new Offset(partition, 0, commit, taken, version);
    }
  }

  /** A state as it was read. */
  private record Document(PartitionId partition, String name, Versioned value) {}

  Progress(VersionedIndex index, Summaries summaries) {
    this.index = index;
    this.summaries = summaries;
  }

  /** Makes the indices if there are none. */
  void prepare() throws IOException {
    index.prepare(Template.progressIndex());
    summaries.prepare();
  }

  /** Forgets what it owns: the next commit takes it over again. */
  void forget() {
    owned.clear();
    summaries.forget();
  }

  /** Makes the partition ours and reads what was committed last. */
  Checkpoint take(PartitionId partition) throws IOException {
    owned.remove(partition);
    Offset offset = offset(partition);
    Owned mine = new Owned();
    mine.commit = offset.commit();
    mine.taken = offset.commit();
    // 1. From here on nobody else can commit.
    mine.version = ((offset.version() >>> Offset.EPOCH_SHIFT) + 1) << Offset.EPOCH_SHIFT;
    VersionedIndex.Batch taking = new VersionedIndex.Batch();
    addOffset(partition, offset.nextOffset(), mine.commit, mine, taking);
    index.write(taking);
    // 2. States, and those of a commit that came to nothing as they were before it: with later
    //    numbers they would look committed.
    VersionedIndex.Batch undone = new VersionedIndex.Batch();
    for (Document document : documents(partition)) {
      Versioned.Value valid = document.value.asOf(offset);
      if (valid != null) {
        mine.states.put(document.name, valid);
      }
      if (!offset.covers(document.value.current().commit())) {
        Versioned.Value again = valid == null ? Versioned.Value.NONE : valid;
        addState(partition, document.name, new Versioned(again, null), mine.version, undone);
      }
    }
    index.write(undone);
    summaries.undo(offset, mine.version);
    owned.put(partition, mine);
    return new Checkpoint(partition, offset.nextOffset(), values(mine.states));
  }

  /** Durable, each partition as a whole, when it returns. */
  void commit(List<Checkpoint> progress) throws IOException {
    VersionedIndex.Batch states = new VersionedIndex.Batch();
    VersionedIndex.Batch offsets = new VersionedIndex.Batch();
    Map<PartitionId, Map<String, Versioned.Value>> next = new HashMap<>();
    // 1. States and summaries: they do not count yet.
    for (Checkpoint checkpoint : progress) {
      PartitionId partition = checkpoint.partition();
      if (!owned.containsKey(partition)) {
        take(partition);
      }
      Owned mine = ofOurs(partition);
      mine.version++;
      Map<String, Versioned.Value> changed = new HashMap<>();
      for (Map.Entry<String, byte[]> state : checkpoint.states().entrySet()) {
        Versioned.Value now = new Versioned.Value(mine.version, state.getValue());
        addState(
            partition,
            state.getKey(),
            new Versioned(now, mine.states.get(state.getKey())),
            mine.version,
            states);
        changed.put(state.getKey(), now);
      }
      next.put(partition, changed);
      summaries.write(mine.asOffset(partition), checkpoint.summaries(), mine.version);
      addOffset(partition, checkpoint.nextOffset(), mine.version, mine, offsets);
    }
    index.write(states);
    // 2. Offsets: now they do.
    index.write(offsets);
    next.forEach((partition, changed) -> {
      Owned mine = ofOurs(partition);
      mine.commit = mine.version;
      mine.states.putAll(changed);
    });
  }

  /** A summary of a partition that was taken. */
  byte @Nullable [] summary(PartitionId partition, SummaryKey key) throws IOException {
    return summaries.read(ofOurs(partition).asOffset(partition), key);
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
    Map<PartitionId, Offset> offsets = offsets();
    Map<PartitionId, Map<String, Versioned.Value>> states = new HashMap<>();
    for (Document document : documents) {
      Offset offset = offsets.get(document.partition);
      Versioned.Value valid = offset == null ? null : document.value.asOf(offset);
      if (valid != null) {
        states.computeIfAbsent(document.partition, _ -> new HashMap<>()).put(document.name, valid);
      }
    }
    List<Checkpoint> all = new ArrayList<>();
    offsets.forEach((partition, offset) ->
        all.add(
            new Checkpoint(
                partition, offset.nextOffset(), values(states.getOrDefault(partition, Map.of())))));
    return all;
  }

  /** What counts now, of all partitions. Any thread. */
  Map<PartitionId, Offset> offsets() throws IOException {
    Map<PartitionId, Offset> offsets = new LinkedHashMap<>();
    index.search(
        Map.of("term", Map.of(KIND, OFFSET)),
        List.of(PARTITION, NAME),
        PAGE,
        sources -> {
          for (JsonNode source : sources) {
            Offset offset = readOffset(source, 0);
            if (offset.commit() > 0) {
              offsets.put(offset.partition(), offset);
            }
          }
        });
    return offsets;
  }

  private static Map<String, byte[]> values(Map<String, Versioned.Value> states) {
    Map<String, byte[]> values = new HashMap<>();
    states.forEach((name, state) -> values.put(name, state.bytes()));
    return values;
  }

  private Offset offset(PartitionId partition) throws IOException {
    VersionedIndex.Found found = index.get(offsetId(partition));
    return found.version() == 0
        ? new Offset(partition, 0, 0, 0, 0)
        : readOffset(found.source(), found.version());
  }

  private static Offset readOffset(JsonNode source, long version) {
    return new Offset(
        PartitionId.parse(source.path(PARTITION).asString()),
        source.path(NEXT_OFFSET).asLong(),
        source.path(Versioned.COMMIT).asLong(),
        source.path(TAKEN).asLong(),
        version);
  }

  /** All states, of one partition or of all. */
  private List<Document> documents(@Nullable PartitionId partition) throws IOException {
    Map<String, Object> states = Map.of("term", Map.of(KIND, STATE));
    List<Document> documents = new ArrayList<>();
    index.search(
        partition == null
            ? states
            : Map.of(
                "bool",
                Map.of(
                    "filter",
                    List.of(states, Map.of("term", Map.of(PARTITION, partition.toString()))))),
        List.of(PARTITION, NAME),
        PAGE,
        sources -> {
          for (JsonNode source : sources) {
            Versioned value = Versioned.read(source);
            if (value != null) {
              documents.add(
                  new Document(
                      PartitionId.parse(source.path(PARTITION).asString()),
                      source.path(NAME).asString(),
                      value));
            }
          }
        });
    return documents;
  }

  private static void addOffset(
      PartitionId partition, long nextOffset, long commit, Owned mine, VersionedIndex.Batch batch) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put(KIND, OFFSET);
    document.put(PARTITION, partition.toString());
    document.put(NAME, "");
    document.put(NEXT_OFFSET, nextOffset);
    document.put(Versioned.COMMIT, commit);
    document.put(TAKEN, mine.taken);
    batch.index(offsetId(partition), mine.version, document);
  }

  private static void addState(
      PartitionId partition,
      String name,
      Versioned value,
      long version,
      VersionedIndex.Batch batch) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put(KIND, STATE);
    document.put(PARTITION, partition.toString());
    document.put(NAME, name);
    value.write(document);
    batch.index(stateId(partition, name), version, document);
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
}
