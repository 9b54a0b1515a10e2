package dev.spoor.shipper.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class SourceTrailTest {
  /** Against the simplest thing that is right: a set of all that was seen. */
  @RepeatedTest(50)
  void knowsWhatASetOfEverythingWouldKnow(RepetitionInfo repetition) {
    long seed = repetition.getCurrentRepetition();
    Random random = new Random(seed);
    int records = 1 + random.nextInt(400);
    List<Long> arriving = new ArrayList<>();
    for (long seq = 1; seq <= records; seq++) {
      int copies = random.nextInt(10) == 0 ? 0 : random.nextInt(8) == 0 ? 2 : 1;
      for (int i = 0; i < copies; i++) {
        arriving.add(seq);
      }
    }
    if (random.nextBoolean()) {
      Collections.shuffle(arriving, random);
    } else {
      for (int i = 1; i < arriving.size(); i++) {
        if (random.nextInt(4) == 0) {
          Collections.swap(arriving, i, i - 1);
        }
      }
    }
    SourceTrail trail = new SourceTrail();
    Set<Long> seen = new HashSet<>();
    for (long seq : arriving) {
      assertThat(trail.arrived(seq))
          .as("seed %d, seq %d", seed, seq)
          .isEqualTo(seen.add(seq) ? Arrival.NEW : Arrival.DUPLICATE);
      if (random.nextInt(20) == 0) {
        trail = SourceTrail.read(trail.write());
      }
    }
    SourceTrail.Kept kept = trail.kept();
    Set<Long> missing = new TreeSet<>();
    for (SeqRange hole : kept.holes()) {
      for (long seq = hole.from(); seq <= hole.to(); seq++) {
        assertThat(missing.add(seq)).as("seed %d", seed).isTrue();
      }
    }
    long last = seen.stream().mapToLong(Long::longValue).max().orElse(0);
    Set<Long> expected = new TreeSet<>();
    for (long seq = 1; seq <= last; seq++) {
      if (!seen.contains(seq)) {
        expected.add(seq);
      }
    }
    assertThat(missing).as("seed %d", seed).isEqualTo(expected);
    assertThat(kept.last()).isEqualTo(last);
    assertThat(kept.first()).isEqualTo(seen.stream().mapToLong(Long::longValue).min().orElse(0));
  }

  @Test
  void holesAreBounded() {
    SourceTrail trail = new SourceTrail();
    long seq = 2;
    for (int i = 0; i < SourceTrail.MAX_HOLES; i++, seq += 2) {
      assertThat(trail.arrived(seq)).isEqualTo(Arrival.NEW);
    }
    assertThat(trail.arrived(seq)).isEqualTo(Arrival.TOO_MANY_HOLES);
    // What adds no hole still goes through, and filling one makes room.
    assertThat(trail.arrived(seq - 1)).isEqualTo(Arrival.NEW);
    assertThat(trail.arrived(1)).isEqualTo(Arrival.NEW);
    assertThat(trail.arrived(seq + 1)).isEqualTo(Arrival.NEW);
  }

  @Test
  void whatWasSetAsideComesBackOnce() {
    SourceTrail trail = new SourceTrail();
    trail.arrived(1);
    trail.stored();
    trail.arrived(2);
    trail.stored();
    trail.refused(2);
    trail.arrived(3);
    trail.deadLettered(3);
    SourceTrail read = SourceTrail.read(trail.write());
    assertThat(read.handedBack(1)).isEqualTo(Arrival.DUPLICATE);
    assertThat(read.handedBack(4)).isEqualTo(Arrival.DUPLICATE);
    assertThat(read.handedBack(2)).isEqualTo(Arrival.NEW);
    assertThat(read.handedBack(2)).isEqualTo(Arrival.DUPLICATE);
    assertThat(read.kept().stored()).isEqualTo(2);
    assertThat(read.kept().deadLettered()).isEqualTo(1);
    assertThat(read.isAside(3)).isTrue();
    // The store refuses it again.
    assertThat(read.handedBack(3)).isEqualTo(Arrival.NEW);
    read.refused(3);
    assertThat(read.kept().stored()).isEqualTo(2);
    assertThat(read.kept().deadLettered()).isEqualTo(1);
    assertThat(read.isAside(3)).isTrue();
  }

  @Test
  void whatHadTooManyHolesBeforeItIsNotStoredTwice() {
    SourceTrail trail = new SourceTrail();
    for (long seq = 2; seq <= 2L * SourceTrail.MAX_HOLES; seq += 2) {
      trail.arrived(seq);
    }
    long late = 2L * SourceTrail.MAX_HOLES + 2;
    assertThat(trail.arrived(late)).isEqualTo(Arrival.TOO_MANY_HOLES);
    trail.deadLettered(late);
    assertThat(trail.handedBack(late)).isEqualTo(Arrival.TOO_MANY_HOLES);
    assertThat(trail.isAside(late)).isTrue();
    trail.arrived(1);
    // It comes again by the topic, and there is room now.
    assertThat(trail.arrived(late)).isEqualTo(Arrival.NEW);
    assertThat(trail.handedBack(late)).isEqualTo(Arrival.DUPLICATE);
    assertThat(trail.kept().deadLettered()).isZero();
  }

  @Test
  void readsWhatAnEarlierVersionHasKept() {
    SourceTrail trail = new SourceTrail();
    trail.arrived(1);
    String kept = new String(trail.write(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(kept).contains(",\"aside\":[]");
    SourceTrail read =
        SourceTrail.read(
            kept.replace(",\"aside\":[]", "").getBytes(java.nio.charset.StandardCharsets.UTF_8));
    assertThat(read.kept()).isEqualTo(trail.kept());
  }
}
