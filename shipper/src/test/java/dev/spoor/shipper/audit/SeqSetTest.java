package dev.spoor.shipper.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SeqSetTest {
  @Test
  void isASet() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    SeqSet set = new SeqSet(1_000);
    TreeSet<Long> plain = new TreeSet<>();
    for (int i = 0; i < 20_000; i++) {
      long seq = random.nextInt(1, 200);
      if (random.nextBoolean()) {
        set.add(seq);
        plain.add(seq);
      } else {
        assertThat(set.remove(seq)).as("seed %d", seed).isEqualTo(plain.remove(seq));
      }
      long asked = random.nextInt(1, 200);
      assertThat(set.contains(asked)).as("seed %d", seed).isEqualTo(plain.contains(asked));
    }
    assertThat(set.all().stream().mapToLong(SeqRange::size).sum()).isEqualTo(plain.size());
    SeqSet read = new SeqSet(1_000);
    read.addAll(set.all());
    assertThat(read.all()).isEqualTo(set.all());
  }

  @Test
  void hasOnlySoManyRanges() {
    SeqSet set = new SeqSet(2);
    set.add(1);
    set.add(5);
    set.add(9);
    assertThat(set.contains(9)).isFalse();
    set.add(6);
    set.add(4);
    assertThat(set.all()).containsExactly(new SeqRange(1, 1), new SeqRange(4, 6));
  }
}
