package dev.spoor.shipper.audit;

import dev.spoor.contract.telemetry.Events;
import dev.spoor.contract.telemetry.Fields;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * All sources of one partition. A source is in one partition only and in order there, so what is
 * kept here with the partition's offset is all that is needed to recognise its duplicates.
 *
 * <p>Belongs to one thread.
 */
public final class PartitionTrail {
  static final String SEEN = "seen:";
  static final String TOLD = "told:";

  private static final int MAX_REASON = 64;

  private final Map<String, SourceTrail> sources = new HashMap<>();
  private final Map<String, ToldGaps> told = new HashMap<>();
  private final Set<String> changed = new HashSet<>();

  /** As it was when the store last committed. */
  public static PartitionTrail read(Map<String, byte[]> states) {
    PartitionTrail trail = new PartitionTrail();
    states.forEach((key, bytes) -> {
      if (key.startsWith(SEEN)) {
        trail.sources.put(key.substring(SEEN.length()), SourceTrail.read(bytes));
      } else if (key.startsWith(TOLD)) {
        trail.told.put(key.substring(TOLD.length()), ToldGaps.read(bytes));
      }
      // Other kinds are of a later version; they stay in the store as they are.
    });
    return trail;
  }

  /** What has changed since this was last asked, to be committed. */
  public Map<String, byte[]> takeChanges() {
    Map<String, byte[]> changes = new HashMap<>();
    for (String key : changed) {
      changes.put(
          key,
          key.startsWith(SEEN)
              ? source(key.substring(SEEN.length())).write()
              : told(key.substring(TOLD.length())).write());
    }
    changed.clear();
    return changes;
  }

  /**
   * Takes account of a record that can be read.
   *
   * @param heardAt when Kafka got it
   */
  public Arrival arrived(String source, long seq, JsonNode fields, Instant heardAt) {
    SourceTrail trail = changing(source);
    Arrival arrival = trail.arrived(seq);
    switch (arrival) {
      case NEW -> {
        trail.stored();
        trail.heard(text(fields, Fields.SERVICE), text(fields, Fields.INSTANCE), heardAt);
        switch (text(fields, Fields.EVENT)) {
          case Events.SOURCE_CLOSED -> trail.closed(fields.path(Fields.LAST_SEQ).asLong(seq - 1));
          case Events.GAP -> gap(fields);
          default -> {}
        }
      }
      case DUPLICATE -> trail.duplicate();
      case TOO_MANY_HOLES -> trail.deadLettered(seq);
    }
    return arrival;
  }

  /** A record that was new turned out to be refused by the store. */
  public void refused(String source, long seq) {
    changing(source).refused(seq);
  }

  /** Whether a record has been set aside and has not come back. */
  public boolean isAside(String source, long seq) {
    SourceTrail trail = sources.get(source);
    return trail != null && trail.isAside(seq);
  }

  /**
   * Takes account of a record that was set aside and is to be stored now.
   *
   * @return {@code DUPLICATE} if it is stored, or was never set aside here; nothing has changed
   *     then
   */
  public Arrival handedBack(String source, long seq) {
    return isAside(source, seq) ? changing(source).handedBack(seq) : Arrival.DUPLICATE;
  }

  /**
   * Takes account of a record that cannot be read, as far as its key and headers say whose it is.
   *
   * @return not {@code NEW} if it has been here before
   */
  public Arrival unreadable(String source, long seq, Instant heardAt) {
    SourceTrail trail = changing(source);
    Arrival arrival = trail.arrived(seq);
    trail.heard("", "", heardAt);
    if (arrival == Arrival.DUPLICATE) {
      trail.duplicate();
    } else {
      trail.deadLettered(seq);
    }
    return arrival;
  }

  private void gap(JsonNode fields) {
    String source = text(fields, Fields.GAP_SOURCE);
    long from = fields.path(Fields.FROM).asLong(0);
    long to = fields.path(Fields.TO).asLong(0);
    if (source.isEmpty() || from < 1 || to < from) {
      // Stored like any record, but it tells nothing.
      return;
    }
    String reason = text(fields, Fields.REASON);
    told(source)
        .add(
            new ToldGaps.Gap(
                from,
                to,
                reason.isEmpty()
                    ? "unknown"
                    : reason.substring(0, Math.min(MAX_REASON, reason.length()))));
    changed.add(TOLD + source);
  }

  private SourceTrail changing(String source) {
    changed.add(SEEN + source);
    return source(source);
  }

  private SourceTrail source(String source) {
    return sources.computeIfAbsent(source, name -> new SourceTrail());
  }

  private ToldGaps told(String source) {
    return told.computeIfAbsent(source, name -> new ToldGaps());
  }

  private static String text(JsonNode fields, String name) {
    JsonNode value = fields.path(name);
    return value.isString() ? value.stringValue() : "";
  }

  Map<String, SourceTrail> sources() {
    return sources;
  }

  Map<String, ToldGaps> told() {
    return told;
  }
}
