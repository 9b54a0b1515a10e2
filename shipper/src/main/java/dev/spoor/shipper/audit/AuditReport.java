package dev.spoor.shipper.audit;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.spoor.store.Checkpoint;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What is known about all sources at one commit of the store.
 *
 * @param sources by name
 * @param complete every source is complete, or open without a hole
 */
record AuditReport(List<Source> sources, boolean complete) {
  /** A source with more missing ranges than this shows its first ones. */
  static final int MAX_RANGES = 100;

  /** The state of a source. */
  enum State {
    /** It has said its last word and everything before that is here or accounted for. */
    COMPLETE,
    /** Records are missing that nobody has said to have dropped. */
    MISSING,
    /** It goes on; nothing is missing so far. */
    OPEN,
    /**
     * Its process has not been heard of for too long and did not say goodbye; perhaps it holds more
     * on a disk that is gone.
     */
    TAIL_UNKNOWN;

    @JsonValue
    String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * One source.
   *
   * @param firstSeq the lowest that has arrived, null if none has
   * @param lastSeq the highest that has arrived
   * @param dropped by reason, as the process that dropped them said
   * @param missing ranges that have not arrived and that nobody said to have dropped
   * @param missingRecords of all ranges, shown or not
   * @param lastHeardAt when Kafka got its last record
   */
  record Source(
      String source,
      State state,
      @Nullable Long firstSeq,
      @Nullable Long lastSeq,
      long stored,
      long duplicates,
      long deadLettered,
      Map<String, Long> dropped,
      List<SeqRange> missing,
      long missingRecords,
      @Nullable String service,
      @Nullable String instance,
      @Nullable Instant lastHeardAt) {}

  /**
   * @param states the checkpoints of all partitions
   * @param endless which topics have sources that neither close nor have a disk of their own: the
   *     ledger's
   * @param silence after which a process that did not say goodbye is thought gone
   */
  static AuditReport of(
      List<Checkpoint> states, Predicate<String> endless, Instant now, Duration silence) {
    Map<String, SourceTrail.Kept> seen = new TreeMap<>();
    Map<String, List<ToldGaps.Gap>> told = new HashMap<>();
    Map<String, Boolean> isEndless = new HashMap<>();
    Map<String, Instant> instanceHeardAt = new HashMap<>();
    for (Checkpoint state : states) {
      PartitionTrail partition = PartitionTrail.read(state.states());
      partition
          .sources()
          .forEach((name, trail) -> {
            SourceTrail.Kept kept = trail.kept();
            // A source is in one partition. If one has been written to two by hand, the larger part
            // is the one to go by.
            seen.merge(name, kept, (a, b) -> a.stored() >= b.stored() ? a : b);
            isEndless.put(name, endless.test(state.partition().topic()));
            instanceHeardAt.merge(kept.instance(), kept.heardAt(), (a, b) -> a.isAfter(b) ? a : b);
          });
      partition
          .told()
          .forEach((name, gaps) ->
              told.computeIfAbsent(name, none -> new ArrayList<>()).addAll(gaps.gaps()));
    }
    told.keySet().forEach(name -> seen.computeIfAbsent(name, none -> new SourceTrail().kept()));
    List<Source> sources = new ArrayList<>();
    seen.forEach((name, kept) -> {
      Instant heardAt = instanceHeardAt.getOrDefault(kept.instance(), kept.heardAt());
      boolean silent = !isEndless.getOrDefault(name, false) && heardAt.isBefore(now.minus(silence));
      sources.add(source(name, kept, told.getOrDefault(name, List.of()), silent));
    });
    return new AuditReport(
        sources,
        sources.stream()
            .allMatch(source -> source.state == State.COMPLETE || source.state == State.OPEN));
  }

  private static Source source(
      String name, SourceTrail.Kept kept, List<ToldGaps.Gap> told, boolean silent) {
    // What was told can reach beyond what has arrived, and what has arrived can lie in what was
    // told: a process drops what it does not know to be sent. So only holes count as dropped.
    long end = Math.max(kept.last(), told.stream().mapToLong(ToldGaps.Gap::to).max().orElse(0));
    List<SeqRange> holes = new ArrayList<>(kept.holes());
    if (end > kept.last()) {
      holes.add(new SeqRange(kept.last() + 1, end));
    }
    TreeMap<String, Long> dropped = new TreeMap<>();
    List<SeqRange> missing = new ArrayList<>();
    List<ToldGaps.Gap> inOrder =
        told.stream().sorted(Comparator.comparingLong(ToldGaps.Gap::from)).toList();
    int behind = 0;
    for (SeqRange hole : holes) {
      long at = hole.from();
      // Gaps that end before this hole matter to no later one, unless a longer one hides them.
      while (behind < inOrder.size() && inOrder.get(behind).to() < at) {
        behind++;
      }
      for (int i = behind; i < inOrder.size() && inOrder.get(i).from() <= hole.to(); i++) {
        ToldGaps.Gap gap = inOrder.get(i);
        long from = Math.max(at, gap.from());
        long to = Math.min(hole.to(), gap.to());
        if (from > to) {
          continue;
        }
        if (from > at) {
          missing.add(new SeqRange(at, from - 1));
        }
        dropped.merge(gap.reason(), to - from + 1, Long::sum);
        at = to + 1;
      }
      if (at <= hole.to()) {
        missing.add(new SeqRange(at, hole.to()));
      }
    }
    // The last word itself is one record behind the last seq that it names.
    Long closedAt = kept.closedAt();
    if (closedAt != null && closedAt > end) {
      missing.add(new SeqRange(end + 1, closedAt));
    }
    State state =
        !missing.isEmpty()
            ? State.MISSING
            : closedAt != null ? State.COMPLETE : silent ? State.TAIL_UNKNOWN : State.OPEN;
    return new Source(
        name,
        state,
        kept.first() == 0 ? null : kept.first(),
        kept.last() == 0 ? null : kept.last(),
        kept.stored(),
        kept.duplicates(),
        kept.deadLettered(),
        dropped,
        missing.size() > MAX_RANGES ? missing.subList(0, MAX_RANGES) : missing,
        missing.stream().mapToLong(SeqRange::size).sum(),
        kept.service().isEmpty() ? null : kept.service(),
        kept.instance().isEmpty() ? null : kept.instance(),
        kept.heardAt().equals(Instant.EPOCH) ? null : kept.heardAt());
  }
}
