package dev.spoor.alert.sketch;

import com.datadoghq.sketch.ddsketch.DDSketch;
import com.datadoghq.sketch.ddsketch.DDSketches;
import com.datadoghq.sketch.ddsketch.encoding.ByteArrayInput;
import com.datadoghq.sketch.ddsketch.encoding.GrowingByteArrayOutput;
import com.datadoghq.sketch.ddsketch.store.CollapsingLowestDenseStore;
import com.datadoghq.sketch.ddsketch.store.Store;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * The values of a field, so that quantiles can be told within 1 % of their value, however they were
 * spread over sketches that are merged. A DDSketch (Masson, Rim, Lee: "DDSketch", VLDB 2019). Not
 * thread-safe.
 */
public final class Sketch {
  /** A little below the promised 1 %, so that rounding does not break the promise. */
  private static final double RELATIVE_ERROR = 0.009;

  /** From a microsecond to a day in milliseconds and much more, before the lowest ones collapse. */
  private static final int MAX_BINS = 2048;

  /** Sketch, mapping and the two stores without their arrays. */
  private static final int OWN_BYTES = 250;

  /** Bins by which a store's array grows. */
  private static final int GROWTH = 64;

  private final DDSketch values;

  public Sketch() {
    this(DDSketches.logarithmicCollapsingLowestDense(RELATIVE_ERROR, MAX_BINS));
  }

  private Sketch(DDSketch values) {
    this.values = values;
  }

  /**
   * Reads what {@link #encode} has written.
   *
   * @throws IOException if it is not that
   */
  public static Sketch decode(byte[] bytes) throws IOException {
    try {
      return new Sketch(
          DDSketch.decode(
              ByteArrayInput.wrap(bytes), () -> new CollapsingLowestDenseStore(MAX_BINS)));
    } catch (RuntimeException malformed) {
      throw new IOException("not a sketch", malformed);
    }
  }

  public byte[] encode() {
    try {
      GrowingByteArrayOutput out = GrowingByteArrayOutput.withDefaultInitialCapacity();
      values.encode(out, false);
      return out.trimmedCopy();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  public void add(double value) {
    values.accept(value);
  }

  /** Takes in all that the other one has; that one stays as it is. */
  public void merge(Sketch other) {
    values.mergeWith(other.values);
  }

  public Sketch copy() {
    return new Sketch(values.copy());
  }

  public boolean isEmpty() {
    return values.isEmpty();
  }

  /** An estimate of what it takes of the heap, at most 34,000. */
  public int sizeBytes() {
    return OWN_BYTES
        + Double.BYTES
            * (bins(values.getPositiveValueStore()) + bins(values.getNegativeValueStore()));
  }

  /** Its array grows by steps, and has its range in the middle. */
  private static int bins(Store store) {
    return store.isEmpty()
        ? 0
        : Math.min(MAX_BINS, store.getMaxIndex() - store.getMinIndex() + 1 + GROWTH);
  }

  /** How many values. */
  public long count() {
    return Math.round(values.getCount());
  }

  /**
   * @param quantile from 0 to 1
   * @throws java.util.NoSuchElementException if there is no value
   */
  public double quantile(double quantile) {
    return values.getValueAtQuantile(quantile);
  }
}
