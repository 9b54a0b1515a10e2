package dev.spoor.agent;

import tools.jackson.databind.JsonNode;

/**
 * What an agent's run gave.
 *
 * @param output kept by the ledger, given to later steps; of the last step it is the job's result.
 *     256 KiB at most as JSON
 * @param action picks the next step; {@link #DEFAULT} if the agent has no opinion
 */
public record AgentOutcome(JsonNode output, String action) {
  public static final String DEFAULT = "default";

  private static final int MAX_ACTION_LENGTH = 64;

  public AgentOutcome {
    if (action.isBlank() || action.length() > MAX_ACTION_LENGTH) {
      throw new IllegalArgumentException(
          "action must be 1 to " + MAX_ACTION_LENGTH + " characters");
    }
  }

  /** With the action {@link #DEFAULT}. */
  public static AgentOutcome of(JsonNode output) {
    return new AgentOutcome(output, DEFAULT);
  }
}
