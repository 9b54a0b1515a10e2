package dev.spoor.agent.memory;

import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * What one scope remembers: values by key. A write that returned survives the process. Thread-safe;
 * of two writes of one key the later wins.
 *
 * <p>Not promised: that a job's memory is there when the job goes on at another worker. A backend
 * in PostgreSQL has it, an embedded one belongs to its machine; what a later step must have belongs
 * into an output. Nor is reading and then writing one operation: of two jobs of a session that do
 * so at the same time, one may undo what the other wrote.
 */
public interface Memory {
  /** Longer keys are refused, in characters. */
  int MAX_KEY_LENGTH = 256;

  /** Larger values are refused, in bytes of JSON. */
  int MAX_VALUE_BYTES = 256 * 1024;

  /**
   * @throws InterruptedException if the job was stopped
   */
  Optional<JsonNode> read(String key) throws InterruptedException;

  /**
   * @throws InterruptedException if the job was stopped
   */
  void write(String key, JsonNode value) throws InterruptedException;

  /**
   * Whether there was something to delete.
   *
   * @throws InterruptedException if the job was stopped
   */
  boolean delete(String key) throws InterruptedException;

  /** How much the scope holds now. */
  ScopeSize size();
}
