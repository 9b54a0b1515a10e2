package dev.spoor.store.elastic;

import dev.spoor.store.PartitionId;
import dev.spoor.store.SummaryKey;
import dev.spoor.store.SummaryVisitor;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Summaries of partitions: documents of one index, which count with the commits of {@link
 * Progress}, as its states do. They are too many to be read when a partition is taken over.
 *
 * <p>One thread at a time, but for {@link #visit}, which anyone may call.
 */
final class Summaries {
  static final String PARTITION = "partition";
  static final String SPAN = "span";
  static final String START = "start";

  /** Two values of many kilobytes each. */
  private static final int PAGE = 200;

  /** Of one partition; the next commit will mostly change the same ones. */
  private static final int REMEMBERED = 64;

  private final VersionedIndex index;
  private final Map<PartitionId, Map<SummaryKey, Versioned.Value>> remembered = new HashMap<>();

  Summaries(VersionedIndex index) {
    this.index = index;
  }

  void prepare() throws IOException {
    index.prepare(Template.summariesIndex());
  }

  void forget() {
    remembered.clear();
  }

  /** What a commit that came to nothing has left is put back to what it was. */
  void undo(Offset offset, long version) throws IOException {
    remembered.remove(offset.partition());
    long epoch = offset.commit() >>> Offset.EPOCH_SHIFT << Offset.EPOCH_SHIFT;
    Map<String, Object> after =
        Map.of("range", Map.of(Versioned.COMMIT, Map.of("gt", offset.commit())));
    Map<String, Object> between =
        Map.of("range", Map.of(Versioned.COMMIT, Map.of("gt", offset.taken(), "lt", epoch)));
    index.search(
        Map.of(
            "bool",
            Map.of(
                "filter",
                List.of(
                    Map.of("term", Map.of(PARTITION, offset.partition().toString())),
                    Map.of("bool", Map.of("should", List.of(after, between)))))),
        List.of(START, SPAN),
        PAGE,
        sources -> {
          VersionedIndex.Batch batch = new VersionedIndex.Batch();
          for (JsonNode source : sources) {
            Versioned read = Versioned.read(source);
            if (read != null && !offset.covers(read.current().commit())) {
              Versioned.Value valid = read.before() == null ? Versioned.Value.NONE : read.before();
              add(offset.partition(), key(source), new Versioned(valid, null), version, batch);
            }
          }
          index.write(batch);
        });
  }

  /**
   * To be called before the offset of this commit is written.
   *
   * @param before the partition as of the last commit
   */
  void write(Offset before, Map<SummaryKey, byte[]> changed, long commit) throws IOException {
    PartitionId partition = before.partition();
    VersionedIndex.Batch batch = new VersionedIndex.Batch();
    for (Map.Entry<SummaryKey, byte[]> summary : changed.entrySet()) {
      Versioned.Value valid = current(before, summary.getKey());
      Versioned.Value now = new Versioned.Value(commit, summary.getValue());
      add(partition, summary.getKey(), new Versioned(now, valid), commit, batch);
      remember(partition, summary.getKey(), now);
    }
    index.write(batch);
  }

  /** As of this, the last commit of an owned partition. */
  byte @Nullable [] read(Offset offset, SummaryKey key) throws IOException {
    Versioned.Value value = current(offset, key);
    return value == null ? null : value.bytes();
  }

  private Versioned.@Nullable Value current(Offset offset, SummaryKey key) throws IOException {
    PartitionId partition = offset.partition();
    Map<SummaryKey, Versioned.Value> known = remembered.get(partition);
    Versioned.Value value = known == null ? null : known.get(key);
    if (value == null) {
      VersionedIndex.Found found = index.get(id(partition, key));
      Versioned read = found.version() == 0 ? null : Versioned.read(found.source());
      // One who has lost the partition may have written here since, with a number that is not ours.
      Versioned.Value valid = read == null ? null : read.asOf(offset);
      value = valid == null ? Versioned.Value.NONE : valid;
      remember(partition, key, value);
    }
    return value.commit() == 0 ? null : value;
  }

  private void remember(PartitionId partition, SummaryKey key, Versioned.Value value) {
    Map<SummaryKey, Versioned.Value> known =
        remembered.computeIfAbsent(partition, _ -> new LinkedHashMap<>());
    known.remove(key);
    known.put(key, value);
    if (known.size() > REMEMBERED) {
      known.remove(known.keySet().iterator().next());
    }
  }

  /** Knows what counts now. */
  interface Offsets {
    Map<PartitionId, Offset> read() throws IOException;
  }

  void visit(String span, Instant from, Instant until, Offsets offsets, SummaryVisitor visitor)
      throws IOException {
    Map<PartitionId, Offset> known = new HashMap<>();
    index.search(
        Map.of(
            "bool",
            Map.of(
                "filter",
                List.of(
                    Map.of("term", Map.of(SPAN, span)),
                    Map.of(
                        "range",
                        Map.of(
                            START,
                            Map.of("gte", from.toEpochMilli(), "lt", until.toEpochMilli())))))),
        List.of(START, PARTITION),
        PAGE,
        sources -> {
          boolean asked = false;
          for (JsonNode source : sources) {
            Versioned read = Versioned.read(source);
            if (read == null) {
              continue;
            }
            PartitionId partition = PartitionId.parse(source.path(PARTITION).asString());
            Offset offset = known.get(partition);
            if (!asked && (offset == null || !offset.covers(read.current().commit()))) {
              // An offset that is read after the summary decides; an earlier one may not know it.
              known.putAll(offsets.read());
              asked = true;
              offset = known.get(partition);
            }
            Versioned.Value valid = offset == null ? null : read.asOf(offset);
            if (valid != null) {
              visitor.visit(key(source), valid.bytes());
            }
          }
        });
  }

  void delete(String span, Instant before) throws IOException {
    index.search(
        Map.of(
            "bool",
            Map.of(
                "filter",
                List.of(
                    Map.of("term", Map.of(SPAN, span)),
                    Map.of("range", Map.of(START, Map.of("lt", before.toEpochMilli())))))),
        List.of(START, PARTITION),
        PAGE,
        sources -> {
          VersionedIndex.Batch batch = new VersionedIndex.Batch();
          for (JsonNode source : sources) {
            batch.delete(id(PartitionId.parse(source.path(PARTITION).asString()), key(source)));
          }
          index.delete(batch);
        });
  }

  private static SummaryKey key(JsonNode source) {
    return new SummaryKey(
        source.path(SPAN).asString(), Instant.ofEpochMilli(source.path(START).asLong()));
  }

  private static String id(PartitionId partition, SummaryKey key) {
    return partition + ":" + key.span() + ":" + key.start().toEpochMilli();
  }

  private static void add(
      PartitionId partition,
      SummaryKey key,
      Versioned value,
      long version,
      VersionedIndex.Batch batch) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put(PARTITION, partition.toString());
    document.put(SPAN, key.span());
    document.put(START, key.start().toEpochMilli());
    value.write(document);
    batch.index(id(partition, key), version, document);
  }
}
