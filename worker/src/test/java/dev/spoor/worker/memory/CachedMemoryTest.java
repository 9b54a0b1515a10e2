package dev.spoor.worker.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.agent.memory.MemoryScope;
import dev.spoor.agent.memory.ScopeSize;
import dev.spoor.contract.job.TenantId;
import dev.spoor.testkit.SettableClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CachedMemoryTest {
  private static final ScopeKey JOB = new ScopeKey(MemoryScope.JOB, TenantId.DEFAULT, "j-1");
  private static final ScopeKey SESSION =
      new ScopeKey(MemoryScope.SESSION, TenantId.DEFAULT, "s-1");

  @TempDir Path dir;
  private final SettableClock clock = SettableClock.atSomeTime();

  @Test
  void whatWasWrittenIsReadAndSurvivesARestart() {
    try (CachedMemory memory = open()) {
      assertThat(memory.write(JOB, "key", bytes("\"value\""))).isEqualTo(new ScopeSize(1, 10));
      assertThat(text(memory.read(JOB, "key"))).isEqualTo("\"value\"");
    }
    try (CachedMemory memory = open()) {
      CachedMemory.Lookup first = memory.read(JOB, "key");
      assertThat(text(first)).isEqualTo("\"value\"");
      assertThat(first.hit()).isFalse();
      assertThat(memory.read(JOB, "key").hit()).isTrue();
      assertThat(memory.size(JOB)).isEqualTo(new ScopeSize(1, 10));
    }
  }

  @Test
  void scopesTenantsAndIdsAreApart() {
    try (CachedMemory memory = open()) {
      memory.write(JOB, "k", bytes("1"));
      memory.write(SESSION, "k", bytes("22"));
      ScopeKey prefixed = new ScopeKey(MemoryScope.JOB, TenantId.DEFAULT, "j-10");
      ScopeKey otherTenant = new ScopeKey(MemoryScope.JOB, new TenantId("other"), "j-1");
      memory.write(prefixed, "k", bytes("333"));
      assertThat(text(memory.read(JOB, "k"))).isEqualTo("1");
      assertThat(text(memory.read(SESSION, "k"))).isEqualTo("22");
      assertThat(memory.read(otherTenant, "k").value()).isNull();
      memory.drop(JOB);
      assertThat(memory.size(JOB)).isEqualTo(ScopeSize.EMPTY);
      assertThat(memory.size(prefixed)).isEqualTo(new ScopeSize(1, 4));
    }
  }

  @Test
  void sizesFollowOverwritesAndDeletions() {
    try (CachedMemory memory = open()) {
      memory.write(JOB, "a", bytes("12345"));
      assertThat(memory.write(JOB, "a", bytes("1"))).isEqualTo(new ScopeSize(1, 2));
      memory.write(JOB, "b", bytes("12"));
      var deletion = memory.delete(JOB, "a");
      assertThat(deletion.existed()).isTrue();
      assertThat(deletion.sizeBytes()).isEqualTo(1);
      assertThat(deletion.left()).isEqualTo(new ScopeSize(1, 3));
      assertThat(memory.delete(JOB, "a").existed()).isFalse();
      assertThat(memory.read(JOB, "a").value()).isNull();
    }
  }

  @Test
  void oldJobScopesAreDroppedAndSessionsKept() {
    try (CachedMemory memory = open()) {
      memory.write(JOB, "k", bytes("1"));
      memory.write(SESSION, "k", bytes("1"));
      clock.advance(Duration.ofDays(8));
      ScopeKey young = new ScopeKey(MemoryScope.JOB, TenantId.DEFAULT, "j-2");
      memory.write(young, "k", bytes("1"));
      assertThat(memory.dropJobsBefore(clock.instant().minus(Duration.ofDays(7)), 100))
          .isEqualTo(1);
      assertThat(memory.size(JOB)).isEqualTo(ScopeSize.EMPTY);
      assertThat(memory.size(young).entries()).isEqualTo(1);
      assertThat(memory.size(SESSION).entries()).isEqualTo(1);
    }
  }

  @Test
  void aDirectoryInUseIsRefusedWithAHint() {
    try (CachedMemory memory = open()) {
      memory.check();
      assertThatThrownBy(this::open)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("is another worker using it");
    }
  }

  private CachedMemory open() {
    return new CachedMemory(RocksMemory.open(dir.resolve("memory"), clock), 1 << 20);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(CachedMemory.Lookup lookup) {
    byte[] value = lookup.value();
    return value == null ? "" : new String(value, StandardCharsets.UTF_8);
  }
}
