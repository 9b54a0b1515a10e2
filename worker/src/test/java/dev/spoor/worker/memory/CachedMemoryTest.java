package dev.spoor.worker.memory;

import static dev.spoor.worker.memory.MemoryStoreContract.JOB;
import static dev.spoor.worker.memory.MemoryStoreContract.bytes;
import static dev.spoor.worker.memory.MemoryStoreContract.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.agent.memory.ScopeSize;
import dev.spoor.testkit.SettableClock;
import dev.spoor.worker.memory.CachedMemory.Lookup;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CachedMemoryTest {
  @TempDir Path dir;

  @Test
  void theSecondReadIsAHit() {
    try (CachedMemory memory = open()) {
      memory.write(JOB, "key", bytes("\"value\""));
    }
    try (CachedMemory memory = open()) {
      Lookup first = memory.read(JOB, "key");
      assertThat(text(first.value())).isEqualTo("\"value\"");
      assertThat(first.cache()).isEqualTo(CacheUse.MISS);
      assertThat(memory.read(JOB, "key").cache()).isEqualTo(CacheUse.HIT);
      assertThat(memory.read(JOB, "none").value()).isNull();
      assertThat(memory.read(JOB, "none").cache()).isEqualTo(CacheUse.HIT);
    }
  }

  @Test
  void aHitIsWhatWasWrittenLast() {
    try (CachedMemory memory = open()) {
      memory.write(JOB, "key", bytes("1"));
      memory.write(JOB, "key", bytes("2"));
      assertThat(text(memory.read(JOB, "key").value())).isEqualTo("2");
      assertThat(memory.delete(JOB, "key").left()).isEqualTo(ScopeSize.EMPTY);
      assertThat(memory.read(JOB, "key").value()).isNull();
      assertThat(memory.read(JOB, "key").cache()).isEqualTo(CacheUse.HIT);
    }
  }

  private CachedMemory open() {
    return new CachedMemory(
        RocksMemory.open(dir.resolve("memory"), SettableClock.atSomeTime()), 1 << 20);
  }
}
