package dev.spoor.worker.memory;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RocksMemoryTest extends MemoryStoreContract {
  @TempDir Path dir;

  @Override
  MemoryStore opening() {
    return RocksMemory.open(dir.resolve("memory"), clock);
  }

  @Override
  MemoryStore another(MemoryStore first) {
    return first;
  }

  @Test
  void aDirectoryInUseIsRefusedWithAHint() {
    open().check();
    assertThatThrownBy(this::opening)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is another worker using it");
  }
}
