package dev.spoor.alert.evaluation;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * All that an evaluator knows, as JSON. A reader takes what it knows of a newer one's; a change
 * that it could misread gets another version.
 *
 * @param at up to when it had evaluated
 * @param series in no particular order
 * @param sources last {@code seq} of each source and when it came, so that a record that is read
 *     twice counts once
 * @param overflowed records that would have made one series too many, or larger panes than there is
 *     room for
 * @param late records that no open window held any more
 */
public record Snapshot(
    int version,
    Instant at,
    List<SeriesState> series,
    Map<String, SourceState> sources,
    long overflowed,
    long late) {
  /** Another one means that the state begins anew. */
  public static final int VERSION = 1;

  public Snapshot {
    series = List.copyOf(series);
    sources = java.util.Collections.unmodifiableMap(new TreeMap<>(sources));
  }

  /**
   * The same without what was measured. Whoever goes on with it must be given all records of the
   * windows again before it evaluates: else what fires is resolved for want of data.
   */
  public Snapshot withoutPanes() {
    return without(_ -> true);
  }

  /** Of this, without what was measured, only what fires. */
  public Snapshot onlyFiring() {
    return without(each -> each.alert != null);
  }

  /** The time and the counts alone: every alert begins anew. */
  public Snapshot empty() {
    return without(_ -> false);
  }

  private Snapshot without(Predicate<SeriesState> kept) {
    return new Snapshot(
        version,
        at,
        series.stream()
            .filter(kept)
            .map(each ->
                new SeriesState(
                    each.rule,
                    each.fingerprint,
                    each.labels,
                    each.activeAt,
                    each.lastBreachAt,
                    each.alert,
                    each.resolved,
                    List.of()))
            .toList(),
        // Their records are read again, and are to count.
        Map.of(),
        overflowed,
        late);
  }

  /**
   * One series.
   *
   * @param fingerprint of the rule's metric; with another one the panes mean something else
   * @param activeAt first breach, absent where there is none
   * @param alert absent unless it fires
   * @param resolved the last one that is over, while it is still shown
   */
  public record SeriesState(
      String rule,
      String fingerprint,
      Map<String, String> labels,
      @Nullable Instant activeAt,
      @Nullable Instant lastBreachAt,
      @Nullable Alert alert,
      @Nullable Alert resolved,
      List<PaneState> panes) {
    public SeriesState {
      labels = java.util.Collections.unmodifiableMap(new TreeMap<>(labels));
      panes = List.copyOf(panes);
    }
  }

  /**
   * One pane.
   *
   * @param start epoch milliseconds
   * @param latestAt epoch milliseconds
   * @param sketch in the encoding of DDSketch, with its index mapping
   */
  @SuppressWarnings("ArrayRecordComponent") // written and read, never compared
  public record PaneState(
      long start,
      long count,
      long part,
      double sum,
      @Nullable Long latestAt,
      double latest,
      byte @Nullable [] sketch) {}

  /**
   * How far a source is.
   *
   * @param seenAt epoch milliseconds of the record
   */
  public record SourceState(long seq, long seenAt) {}
}
