package dev.spoor.shipper.audit;

import dev.spoor.contract.wire.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What processes have said they dropped of one source. It is kept where it was told, which is
 * another partition than the source's own; the report brings the two together.
 */
final class ToldGaps {
  /**
   * Beyond this, the oldest are forgotten, and the report calls them missing: worse, not better.
   */
  static final int MAX_GAPS = 10_000;

  private final List<Gap> gaps = new ArrayList<>();

  /** Records that were dropped, for one reason; both ends included. */
  record Gap(long from, long to, String reason) {}

  /** As it is kept with the offsets. */
  record Kept(List<Gap> gaps) {}

  static ToldGaps read(byte[] bytes) {
    ToldGaps told = new ToldGaps();
    told.gaps.addAll(Json.read(bytes, Kept.class).gaps);
    return told;
  }

  byte[] write() {
    return Json.write(new Kept(gaps));
  }

  List<Gap> gaps() {
    return gaps;
  }

  void add(Gap gap) {
    if (!gaps.isEmpty()) {
      Gap before = gaps.getLast();
      if (before.reason.equals(gap.reason) && before.to + 1 == gap.from) {
        gaps.set(gaps.size() - 1, new Gap(before.from, gap.to, gap.reason));
        return;
      }
    }
    gaps.add(gap);
    if (gaps.size() > MAX_GAPS) {
      gaps.remove(gaps.stream().min(Comparator.comparingLong(Gap::from)).orElseThrow());
    }
  }
}
