package dev.spoor.gateway.command;

/** What is certain about a command after the attempt to write it. */
public sealed interface Written {
  /** All in-sync replicas have it. */
  record Durable() implements Written {}

  /**
   * It was not written and never will be.
   *
   * @param reason for the caller
   */
  record NotAccepted(String reason) implements Written {}

  /**
   * It may have been written, or may yet be.
   *
   * @param reason for the caller
   */
  record Unknown(String reason) implements Written {}
}
