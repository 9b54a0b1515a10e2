package dev.spoor.store;

import java.util.List;

/**
 * Some hits.
 *
 * @param more whether there are hits behind the last one. A page can be shorter than its limit and
 *     still have more behind it: pages are bounded in bytes too
 */
public record Page(List<Hit> hits, boolean more) {
  public Page {
    hits = List.copyOf(hits);
  }
}
