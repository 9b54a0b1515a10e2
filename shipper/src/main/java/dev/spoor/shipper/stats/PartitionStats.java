package dev.spoor.shipper.stats;

import dev.spoor.store.SummaryKey;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * What the records of one partition amount to, for whoever stores them: what it is given has to be
 * stored, and what it gives committed with the offset, so that each record counts once. After a
 * failure it is thrown away, and another one goes on from what was committed. Belongs to one
 * thread.
 */
public final class PartitionStats {
  private static final Logger log = LoggerFactory.getLogger(PartitionStats.class);

  /** Panes that are not being changed and are kept at hand. */
  private static final int KEPT = 16;

  /** A commit should come soon when so many panes are changed: late records are spread wide. */
  private static final int MANY_CHANGED = 256;

  private final Committed committed;
  private final StatsSettings settings;
  private final LinkedHashMap<SummaryKey, StatsPane> panes = new LinkedHashMap<>(16, 0.75f, true);
  private final Set<SummaryKey> changed = new HashSet<>();

  /** What was committed of the partition. */
  public interface Committed {
    byte @Nullable [] read(SummaryKey key) throws IOException;
  }

  public PartitionStats(Committed committed, StatsSettings settings) {
    this.committed = committed;
    this.settings = settings;
  }

  /**
   * Counts a record, unless it is of a time of which nothing is kept any more.
   *
   * @param time of the record
   * @param now of the clock
   * @throws IOException if what was committed cannot be read
   */
  public void add(JsonNode record, Instant time, Instant now) throws IOException {
    StatsPane minute = pane(Resolution.MINUTE, time, now);
    StatsPane hour = pane(Resolution.HOUR, time, now);
    if (minute == null && hour == null) {
      return;
    }
    List<Metric> metrics = Metric.of(record);
    for (Metric metric : metrics) {
      Observation observation = metric.observe(record);
      if (observation != null) {
        if (minute != null) {
          minute.add(observation);
        }
        if (hour != null) {
          hour.add(observation);
        }
      }
    }
  }

  private @Nullable StatsPane pane(Resolution resolution, Instant time, Instant now)
      throws IOException {
    if (time.isBefore(now.minus(settings.retention(resolution)))) {
      return null;
    }
    SummaryKey key = new SummaryKey(resolution.span(), resolution.start(time));
    StatsPane pane = panes.get(key);
    if (pane == null) {
      byte[] before = committed.read(key);
      pane = before == null ? new StatsPane(settings.maxSeries()) : read(key, before);
      panes.put(key, pane);
    }
    changed.add(key);
    return pane;
  }

  private StatsPane read(SummaryKey key, byte[] before) {
    try {
      return StatsPane.read(before, settings.maxSeries());
    } catch (IOException unreadable) {
      // Records go on being stored; figures of one minute or hour are not worth more than that.
      log.warn(
          "the figures of the {} {} cannot be read and begin anew",
          key.span(),
          key.start(),
          unreadable);
      return new StatsPane(settings.maxSeries());
    }
  }

  /** Whether so much has changed that it should be committed soon. */
  public boolean isLarge() {
    return changed.size() >= MANY_CHANGED;
  }

  /** What has changed since this was last asked, to be committed. */
  public Map<SummaryKey, byte[]> takeChanges() {
    Map<SummaryKey, byte[]> changes = new HashMap<>();
    for (SummaryKey key : changed) {
      StatsPane pane = panes.get(key);
      if (pane != null) {
        changes.put(key, pane.write());
      }
    }
    changed.clear();
    Iterator<SummaryKey> eldest = panes.keySet().iterator();
    for (int surplus = panes.size() - KEPT; surplus > 0; surplus--) {
      eldest.next();
      eldest.remove();
    }
    return changes;
  }
}
