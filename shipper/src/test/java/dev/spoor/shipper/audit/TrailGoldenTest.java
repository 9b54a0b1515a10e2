package dev.spoor.shipper.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.testkit.Golden;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is kept of sources with the offsets: with it a shipper of the next version goes on. */
class TrailGoldenTest {
  private static final Instant AT = Instant.parse("2026-11-24T10:00:00Z");

  @Test
  void aSource() {
    SourceTrail trail = new SourceTrail();
    for (long seq : new long[] {1, 2, 5, 6, 9}) {
      trail.arrived(seq);
      trail.stored();
    }
    trail.arrived(2);
    trail.duplicate();
    trail.refused(6);
    trail.closed(9);
    trail.heard("gateway", "gateway-1", AT);
    new Golden("progress.source.json")
        .isWritten(trail.write())
        .isRead(bytes -> SourceTrail.read(bytes).kept(), trail.kept())
        .isReadWithMore(bytes -> SourceTrail.read(bytes).kept(), trail.kept(), Set.of());
  }

  /** As it was before records could be handed back. */
  @Test
  void aSourceWithoutWhatIsAside() {
    byte[] old =
        ("{\"first\":1,\"last\":9,\"stored\":4,\"duplicates\":1,\"dead_lettered\":1,\"service\":\"gateway\","
                + "\"instance\":\"gateway-1\",\"heard_at\":\"2026-11-24T10:00:00Z\",\"holes\":[{\"from\":3,\"to\":4}]}")
            .getBytes(StandardCharsets.UTF_8);
    SourceTrail trail = SourceTrail.read(old);
    assertThat(trail.kept().holes()).containsExactly(new SeqRange(3, 4));
    assertThat(trail.isAside(6)).isFalse();
  }

  @Test
  void gapsThatWereTold() {
    ToldGaps told = new ToldGaps();
    told.add(new ToldGaps.Gap(3, 4, "full"));
    told.add(new ToldGaps.Gap(7, 8, "corrupt"));
    List<ToldGaps.Gap> gaps = told.gaps();
    new Golden("progress.told.json")
        .isWritten(told.write())
        .isRead(bytes -> ToldGaps.read(bytes).gaps(), gaps)
        .isReadWithMore(bytes -> ToldGaps.read(bytes).gaps(), gaps, Set.of());
  }
}
