package dev.spoor.agent;

import tools.jackson.databind.JsonNode;

/** Something an agent can use besides a model. Thread-safe. */
public interface Tool {
  /** Its name in records and metrics: one of few, never made of a user's text. */
  String name();

  /**
   * Does it. May block; is interrupted when the job is stopped.
   *
   * @throws AgentException to say what kind of fault it was
   * @throws Exception anything else counts as {@code dependency}
   */
  JsonNode call(JsonNode arguments) throws Exception;
}
