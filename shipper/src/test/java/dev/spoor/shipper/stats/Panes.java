package dev.spoor.shipper.stats;

import java.io.IOException;
import java.util.List;

/** Reads what the intake has left in a store. */
public final class Panes {
  private Panes() {}

  /** How many records were counted in these panes together. */
  public static long records(List<byte[]> panes) throws IOException {
    long records = 0;
    for (byte[] bytes : panes) {
      for (var cell : StatsPane.read(bytes, 2000).cells().entrySet()) {
        if (cell.getKey().metric() == Metric.RECORDS) {
          records += cell.getValue().count();
        }
      }
    }
    return records;
  }
}
