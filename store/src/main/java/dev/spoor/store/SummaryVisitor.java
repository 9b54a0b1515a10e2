package dev.spoor.store;

import java.io.IOException;

/** Takes summaries one by one. */
@FunctionalInterface
public interface SummaryVisitor {
  /**
   * @param value as it was committed; opaque to the store
   */
  void visit(SummaryKey key, byte[] value) throws IOException;
}
