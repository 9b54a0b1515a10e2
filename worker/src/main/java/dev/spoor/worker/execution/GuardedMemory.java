package dev.spoor.worker.execution;

import dev.spoor.agent.AgentException;
import dev.spoor.agent.memory.Memory;
import dev.spoor.agent.memory.ScopeSize;
import dev.spoor.contract.job.ErrorCategory;
import dev.spoor.contract.wire.Json;
import dev.spoor.telemetry.correlation.Correlation;
import dev.spoor.telemetry.correlation.LogContext;
import dev.spoor.worker.memory.CachedMemory;
import dev.spoor.worker.memory.MemoryStore.Deletion;
import dev.spoor.worker.memory.ScopeKey;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** A scope as one run sees it: only while the run may go on, and with a record each. */
final class GuardedMemory implements Memory {
  private final JobRun run;
  private final ScopeKey scope;
  private final CachedMemory memory;
  private final Trail trail;
  private final LogContext context;

  GuardedMemory(JobRun run, ScopeKey scope, CachedMemory memory, Trail trail, LogContext context) {
    this.run = run;
    this.scope = scope;
    this.memory = memory;
    this.trail = trail;
    this.context = context;
  }

  @Override
  public Optional<JsonNode> read(String key) throws InterruptedException {
    before(key);
    long begin = System.nanoTime();
    byte[] value;
    try (var _ = context.open();
        var _ = Correlation.openChild()) {
      CachedMemory.Lookup found;
      try {
        found = memory.read(scope, key);
      } catch (RuntimeException e) {
        throw failed("read", begin, e);
      }
      value = found.value();
      trail.memoryRead(
          scope.scope(),
          key,
          found.cache(),
          value == null ? 0 : value.length,
          System.nanoTime() - begin);
    }
    return value == null ? Optional.empty() : Optional.of(Json.tree(value));
  }

  @Override
  public void write(String key, JsonNode value) throws InterruptedException {
    before(key);
    byte[] bytes = Json.write(value);
    if (bytes.length > MAX_VALUE_BYTES) {
      throw new AgentException(
          ErrorCategory.VALIDATION,
          false,
          "a memory value of " + bytes.length + " bytes; " + MAX_VALUE_BYTES + " at most");
    }
    long begin = System.nanoTime();
    try (var _ = context.open();
        var _ = Correlation.openChild()) {
      ScopeSize after;
      try {
        after = memory.write(scope, key, bytes);
      } catch (RuntimeException e) {
        throw failed("write", begin, e);
      }
      trail.memoryWritten(scope.scope(), key, bytes.length, after, System.nanoTime() - begin);
    }
  }

  @Override
  public boolean delete(String key) throws InterruptedException {
    before(key);
    long begin = System.nanoTime();
    try (var _ = context.open();
        var _ = Correlation.openChild()) {
      Deletion deletion;
      try {
        deletion = memory.delete(scope, key);
      } catch (RuntimeException e) {
        throw failed("delete", begin, e);
      }
      trail.memoryDeleted(
          scope.scope(),
          key,
          deletion.existed(),
          deletion.sizeBytes(),
          deletion.left(),
          System.nanoTime() - begin);
      return deletion.existed();
    }
  }

  @Override
  public ScopeSize size() {
    return memory.size(scope);
  }

  private void before(String key) throws InterruptedException {
    run.check();
    if (key.isEmpty() || key.length() > MAX_KEY_LENGTH) {
      throw new AgentException(
          ErrorCategory.VALIDATION,
          false,
          "a memory key must have 1 to " + MAX_KEY_LENGTH + " characters");
    }
  }

  private RuntimeException failed(String operation, long begin, RuntimeException e) {
    trail.memoryFailed(operation, scope.scope(), System.nanoTime() - begin, e);
    return e;
  }
}
