package dev.spoor.worker.memory;

import dev.spoor.agent.memory.MemoryScope;
import dev.spoor.contract.job.TenantId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Names one scope: whose it is, how far it reaches, and of which job or session.
 *
 * @param id job id or session id
 */
public record ScopeKey(MemoryScope scope, TenantId tenant, String id) {
  /** A prefix of all keys in the scope, and of none in another. */
  byte[] prefix() {
    byte[] tenantBytes = tenant.value().getBytes(StandardCharsets.UTF_8);
    byte[] idBytes = id.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + 2 + tenantBytes.length + 2 + idBytes.length)
        .put(mark(scope))
        .putShort((short) tenantBytes.length)
        .put(tenantBytes)
        .putShort((short) idBytes.length)
        .put(idBytes)
        .array();
  }

  static byte mark(MemoryScope scope) {
    return switch (scope) {
      case JOB -> (byte) 'j';
      case SESSION -> (byte) 's';
    };
  }
}
