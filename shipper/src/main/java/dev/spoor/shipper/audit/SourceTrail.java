package dev.spoor.shipper.audit;

import dev.spoor.contract.wire.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One source: the highest seq that has arrived and the holes below it. That is enough to tell a
 * duplicate from a late record, at any number of records. A source counts from 1.
 *
 * <p>Belongs to one thread.
 */
final class SourceTrail {
  /** More holes than this are not the trace of losses but of a broken emitter. */
  static final int MAX_HOLES = 10_000;

  private long first;
  private long last;
  private long stored;
  private long duplicates;
  private long deadLettered;
  private @Nullable Long closedAt;
  private String service = "";
  private String instance = "";
  private Instant heardAt = Instant.EPOCH;

  /** What was set aside and has not come back: this alone may be handed back. */
  private final SeqSet aside = new SeqSet(MAX_HOLES);

  /** From the first missing seq of a hole to its last. */
  private final TreeMap<Long, Long> holes = new TreeMap<>();

  /**
   * As it is kept with the offsets.
   *
   * @param aside null in what an earlier version has kept
   */
  record Kept(
      long first,
      long last,
      long stored,
      long duplicates,
      long deadLettered,
      @Nullable Long closedAt,
      String service,
      String instance,
      Instant heardAt,
      List<SeqRange> holes,
      @Nullable List<SeqRange> aside) {}

  static SourceTrail read(byte[] bytes) {
    Kept kept = Json.read(bytes, Kept.class);
    SourceTrail trail = new SourceTrail();
    trail.first = kept.first;
    trail.last = kept.last;
    trail.stored = kept.stored;
    trail.duplicates = kept.duplicates;
    trail.deadLettered = kept.deadLettered;
    trail.closedAt = kept.closedAt;
    trail.service = kept.service;
    trail.instance = kept.instance;
    trail.heardAt = kept.heardAt;
    kept.holes.forEach(hole -> trail.holes.put(hole.from(), hole.to()));
    trail.aside.addAll(kept.aside == null ? List.of() : kept.aside);
    return trail;
  }

  byte[] write() {
    return Json.write(kept());
  }

  Kept kept() {
    List<SeqRange> ranges = new ArrayList<>(holes.size());
    holes.forEach((from, to) -> ranges.add(new SeqRange(from, to)));
    return new Kept(
        first,
        last,
        stored,
        duplicates,
        deadLettered,
        closedAt,
        service,
        instance,
        heardAt,
        ranges,
        aside.all());
  }

  /** Counts a record as seen, if it is new. */
  Arrival arrived(long seq) {
    Arrival arrival = seen(seq);
    if (arrival == Arrival.NEW && aside.remove(seq)) {
      // There were too many holes before it; now there are not.
      deadLettered--;
    }
    return arrival;
  }

  /** Whether a record has been set aside and has not come back. */
  boolean isAside(long seq) {
    return aside.contains(seq);
  }

  /**
   * A record that was set aside comes back to be stored.
   *
   * @return {@code DUPLICATE} if it is not aside: it is stored, or was never here
   */
  Arrival handedBack(long seq) {
    if (!aside.contains(seq)) {
      return Arrival.DUPLICATE;
    }
    if (arrived(seq) == Arrival.TOO_MANY_HOLES) {
      return Arrival.TOO_MANY_HOLES;
    }
    // Else it was seen before, and set aside after that.
    if (aside.remove(seq)) {
      deadLettered--;
    }
    stored++;
    return Arrival.NEW;
  }

  private Arrival seen(long seq) {
    if (seq > last) {
      if (seq > last + 1) {
        if (holes.size() >= MAX_HOLES) {
          return Arrival.TOO_MANY_HOLES;
        }
        holes.put(last + 1, seq - 1);
      }
      last = seq;
      first = first == 0 ? seq : first;
      return Arrival.NEW;
    }
    Map.Entry<Long, Long> hole = holes.floorEntry(seq);
    if (hole == null || hole.getValue() < seq) {
      return Arrival.DUPLICATE;
    }
    long from = hole.getKey();
    long to = hole.getValue();
    if (from < seq && seq < to && holes.size() >= MAX_HOLES) {
      return Arrival.TOO_MANY_HOLES;
    }
    holes.remove(from);
    if (from < seq) {
      holes.put(from, seq - 1);
    }
    if (seq < to) {
      holes.put(seq + 1, to);
    }
    first = Math.min(first, seq);
    return Arrival.NEW;
  }

  void stored() {
    stored++;
  }

  void duplicate() {
    duplicates++;
  }

  void deadLettered(long seq) {
    deadLettered++;
    aside.add(seq);
  }

  /** A record that was counted as stored turned out to be refused. */
  void refused(long seq) {
    stored--;
    deadLettered(seq);
  }

  /** The source has said its last word; its last record before that was {@code lastSeq}. */
  void closed(long lastSeq) {
    closedAt = lastSeq;
  }

  void heard(String newService, String newInstance, Instant at) {
    if (!newService.isEmpty()) {
      service = newService;
    }
    if (!newInstance.isEmpty()) {
      instance = newInstance;
    }
    if (at.isAfter(heardAt)) {
      heardAt = at;
    }
  }
}
