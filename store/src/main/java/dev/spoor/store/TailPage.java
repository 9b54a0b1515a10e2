package dev.spoor.store;

import java.util.List;

/**
 * What has become searchable since a mark.
 *
 * @param records as they were written
 * @param mark to go on from; opaque, valid as long as the store is open
 */
public record TailPage(List<byte[]> records, long mark) {
  public TailPage {
    records = List.copyOf(records);
  }
}
