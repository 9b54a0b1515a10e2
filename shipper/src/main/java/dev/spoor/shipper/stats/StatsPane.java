package dev.spoor.shipper.stats;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * All series of one stretch of time, of one partition. Not thread-safe.
 *
 * <p>Its written form begins with a version. Metrics are written by their names, with how many
 * labels and sums they had; those that this version does not know, or knows otherwise, are left out
 * when it is read.
 */
final class StatsPane {
  private static final int VERSION = 1;
  private static final int MAX_SERIES = 1_000_000;

  private final int maxSeries;
  private final Map<Series, Cell> cells = new HashMap<>();

  /**
   * @param maxSeries further ones are counted as {@link Series#OTHER}
   */
  StatsPane(int maxSeries) {
    this.maxSeries = maxSeries;
  }

  void add(Observation observation) {
    Cell cell = cells.get(observation.series());
    if (cell == null) {
      Metric metric = observation.series().metric();
      Series series = cells.size() < maxSeries ? observation.series() : Series.other(metric);
      cell = cells.computeIfAbsent(series, _ -> new Cell(metric));
    }
    cell.add(observation);
  }

  Map<Series, Cell> cells() {
    return cells;
  }

  byte[] write() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeInt(cells.size());
      for (Map.Entry<Series, Cell> entry : cells.entrySet()) {
        Metric metric = entry.getKey().metric();
        ByteArrayOutputStream cell = new ByteArrayOutputStream();
        try (DataOutputStream inner = new DataOutputStream(cell)) {
          for (String value : entry.getKey().values()) {
            inner.writeUTF(value);
          }
          entry.getValue().write(inner);
        }
        out.writeUTF(metric.wireName());
        out.writeByte(metric.labels().size());
        out.writeByte(metric.sumCount());
        out.writeInt(cell.size());
        cell.writeTo(out);
      }
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }

  /**
   * @throws IOException if these are not the bytes of a pane, or of one of a later version
   */
  static StatsPane read(byte[] bytes, int maxSeries) throws IOException {
    return read(bytes, maxSeries, _ -> true);
  }

  /** Only those metrics. */
  static StatsPane read(byte[] bytes, int maxSeries, Predicate<Metric> wanted) throws IOException {
    StatsPane pane = new StatsPane(maxSeries);
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int version = in.readByte();
      if (version != VERSION) {
        throw new IOException("a pane of version " + version);
      }
      int count = in.readInt();
      if (count < 0 || count > MAX_SERIES) {
        throw new IOException("a pane of " + count + " series");
      }
      for (int i = 0; i < count; i++) {
        Optional<Metric> metric = Metric.named(in.readUTF());
        int labels = in.readByte();
        int sums = in.readByte();
        byte[] cell = in.readNBytes(in.readInt());
        if (metric.isPresent()
            && wanted.test(metric.get())
            && metric.get().labels().size() == labels
            && metric.get().sumCount() == sums) {
          pane.readCell(metric.get(), cell);
        }
      }
    } catch (IllegalArgumentException malformed) {
      throw new IOException("not a pane", malformed);
    }
    return pane;
  }

  private void readCell(Metric metric, byte[] bytes) throws IOException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      String[] values = new String[metric.labels().size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = in.readUTF();
      }
      cells.put(new Series(metric, List.of(values)), Cell.read(metric, in));
    }
  }
}
