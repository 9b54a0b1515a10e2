package dev.spoor.agent.model;

/** A provider of language models. Thread-safe; serves many calls at the same time. */
public interface ModelClient {
  /** The provider's name in records, for example {@code openai}. */
  String provider();

  /** The model that is asked when a request names none. */
  String defaultModel();

  /**
   * Asks and waits for the whole answer. Tries once: trying again is the job's affair.
   *
   * @throws dev.spoor.agent.AgentException if the provider failed, with the kind of fault
   * @throws InterruptedException if the calling thread was interrupted; the request is aborted
   */
  ModelResponse call(ModelRequest request) throws InterruptedException;
}
