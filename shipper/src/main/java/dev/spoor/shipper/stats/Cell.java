package dev.spoor.shipper.stats;

import dev.spoor.alert.sketch.Sketch;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What the records of one series amount to. Cells merge, in any order and by any number of readers,
 * into what all of their records amount to. Not thread-safe.
 */
final class Cell {
  private static final int MAX_SKETCH_BYTES = 1 << 20;

  private final Metric metric;
  private long count;
  private long successes;
  private long failures;
  private double sampled;
  private final double[] sums;
  private @Nullable Sketch samples;

  Cell(Metric metric) {
    this.metric = metric;
    this.sums = new double[metric.sumCount()];
  }

  void add(Observation observation) {
    count++;
    switch (observation.outcome()) {
      case SUCCESS -> successes++;
      case FAILURE -> failures++;
      case NEITHER -> {}
    }
    Double sample = observation.sample();
    if (sample != null) {
      if (samples == null) {
        samples = new Sketch();
      }
      samples.add(sample);
      sampled += sample;
    }
    for (int i = 0; i < sums.length; i++) {
      sums[i] += observation.sums()[i];
    }
  }

  void merge(Cell other) {
    count += other.count;
    successes += other.successes;
    failures += other.failures;
    sampled += other.sampled;
    for (int i = 0; i < sums.length; i++) {
      sums[i] += other.sums[i];
    }
    Sketch theirs = other.samples;
    if (theirs != null) {
      if (samples == null) {
        samples = theirs.copy();
      } else {
        samples.merge(theirs);
      }
    }
  }

  void write(DataOutputStream out) throws IOException {
    out.writeLong(count);
    out.writeLong(successes);
    out.writeLong(failures);
    out.writeDouble(sampled);
    for (double sum : sums) {
      out.writeDouble(sum);
    }
    byte[] sketch = samples == null ? new byte[0] : samples.encode();
    out.writeInt(sketch.length);
    out.write(sketch);
  }

  static Cell read(Metric metric, DataInputStream in) throws IOException {
    Cell cell = new Cell(metric);
    cell.count = in.readLong();
    cell.successes = in.readLong();
    cell.failures = in.readLong();
    cell.sampled = in.readDouble();
    for (int i = 0; i < cell.sums.length; i++) {
      cell.sums[i] = in.readDouble();
    }
    int length = in.readInt();
    if (length < 0 || length > MAX_SKETCH_BYTES) {
      throw new IOException("a sketch of " + length + " bytes");
    }
    if (length > 0) {
      byte[] sketch = new byte[length];
      in.readFully(sketch);
      cell.samples = Sketch.decode(sketch);
    }
    return cell;
  }

  Metric metric() {
    return metric;
  }

  /** Records. */
  long count() {
    return count;
  }

  long failures() {
    return failures;
  }

  /** Failures among what succeeded or failed, from 0 to 1; null if nothing did. */
  @Nullable Double failureRatio() {
    long judged = successes + failures;
    return judged == 0 ? null : (double) failures / judged;
  }

  /** In the order of {@link Metric#sums}. */
  double sum(int index) {
    return sums[index];
  }

  /** Within 1 %; null if no record had a value. */
  @Nullable Double quantile(double quantile) {
    return samples == null ? null : samples.quantile(quantile);
  }

  /** Mean of the values; null if no record had one. */
  @Nullable Double mean() {
    return samples == null ? null : sampled / samples.count();
  }
}
