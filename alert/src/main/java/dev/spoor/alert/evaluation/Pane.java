package dev.spoor.alert.evaluation;

import dev.spoor.alert.sketch.Sketch;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * What the records of one short stretch of event time amount to. Panes of a window merge into what
 * the window amounts to, whatever the order in which records came. Each metric uses the figures it
 * needs. Not thread-safe.
 */
final class Pane {
  /** Object, entry of the map of panes, its key. */
  private static final long OWN_BYTES = 160;

  private long count;
  private long part;
  private double sum;
  private long latestAt = Long.MIN_VALUE;
  private double latest;
  private @Nullable Sketch sketch;

  /** The wire form; see {@link Snapshot.PaneState}. */
  static Pane of(Snapshot.PaneState state) {
    Pane pane = new Pane();
    pane.count = state.count();
    pane.part = state.part();
    pane.sum = state.sum();
    if (state.latestAt() != null) {
      pane.latestAt = state.latestAt();
      pane.latest = state.latest();
    }
    byte[] bytes = state.sketch();
    if (bytes != null) {
      try {
        pane.sketch = Sketch.decode(bytes);
      } catch (IOException malformed) {
        throw new UncheckedIOException(malformed);
      }
    }
    return pane;
  }

  Snapshot.PaneState state(long start) {
    byte[] bytes = sketch == null ? null : sketch.encode();
    return new Snapshot.PaneState(
        start, count, part, sum, latestAt == Long.MIN_VALUE ? null : latestAt, latest, bytes);
  }

  /** An estimate of what it takes of the heap. */
  long sizeBytes() {
    return OWN_BYTES + (sketch == null ? 0 : sketch.sizeBytes());
  }

  void count() {
    count++;
  }

  void countPart() {
    part++;
  }

  void add(double value) {
    count++;
    sum += value;
  }

  void sample(double value) {
    count++;
    if (sketch == null) {
      sketch = new Sketch();
    }
    sketch.add(value);
  }

  void latest(long at, double value) {
    count++;
    if (at >= latestAt) {
      latestAt = at;
      latest = value;
    }
  }

  void merge(Pane other) {
    count += other.count;
    part += other.part;
    sum += other.sum;
    if (other.latestAt != Long.MIN_VALUE && other.latestAt >= latestAt) {
      latestAt = other.latestAt;
      latest = other.latest;
    }
    Sketch theirs = other.sketch;
    if (theirs != null) {
      if (sketch == null) {
        sketch = theirs.copy();
      } else {
        sketch.merge(theirs);
      }
    }
  }

  long samples() {
    return count;
  }

  double ratio() {
    return (double) part / count;
  }

  double sum() {
    return sum;
  }

  /** Epoch milliseconds. */
  long latestAt() {
    return latestAt;
  }

  double latest() {
    return latest;
  }

  double quantile(double quantile) {
    if (sketch == null) {
      throw new IllegalStateException("no value was sampled");
    }
    return sketch.quantile(quantile);
  }
}
