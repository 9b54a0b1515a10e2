package dev.spoor.shipper.audit;

/** Records of a source, both ends included. */
record SeqRange(long from, long to) {
  SeqRange {
    if (from > to) {
      throw new IllegalArgumentException("An empty range: " + from + " to " + to);
    }
  }

  long size() {
    return to - from + 1;
  }
}
