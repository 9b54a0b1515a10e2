package dev.spoor.worker.memory;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.agent.AgentException;
import dev.spoor.agent.memory.MemoryScope;
import dev.spoor.contract.job.TenantId;
import java.nio.file.Path;
import java.time.Instant;
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

  @Test
  void afterItIsClosedItSaysSoAndTouchesNothing() {
    MemoryStore memory = open();
    ScopeKey scope = new ScopeKey(MemoryScope.SESSION, TenantId.DEFAULT, "s");
    memory.write(scope, "k", new byte[] {1});
    memory.close();
    assertThatThrownBy(() -> memory.read(scope, "k")).hasMessageContaining("is closed");
    assertThatThrownBy(() -> memory.write(scope, "k", new byte[] {2}))
        .isInstanceOf(AgentException.class);
    assertThatThrownBy(() -> memory.delete(scope, "k")).isInstanceOf(AgentException.class);
    assertThatThrownBy(() -> memory.size(scope)).isInstanceOf(AgentException.class);
    assertThatThrownBy(() -> memory.drop(scope)).isInstanceOf(AgentException.class);
    assertThatThrownBy(() -> memory.dropJobsBefore(Instant.EPOCH, 1))
        .isInstanceOf(AgentException.class);
    assertThatThrownBy(memory::check).isInstanceOf(AgentException.class);
  }
}
