package dev.spoor.agent.model;

/**
 * A model's answer.
 *
 * @param text what it said
 * @param responseModel the model that answered, as the provider names it
 * @param inputTokens tokens sent, cached ones included
 * @param cachedInputTokens those of them that the provider had in its cache
 * @param outputTokens tokens received
 * @param finishReason why it ended, in the provider's word, for example {@code stop}
 */
public record ModelResponse(
    String text,
    String responseModel,
    long inputTokens,
    long cachedInputTokens,
    long outputTokens,
    String finishReason) {
  public ModelResponse {
    if (inputTokens < 0 || cachedInputTokens < 0 || outputTokens < 0) {
      throw new IllegalArgumentException("token counts cannot be negative");
    }
    if (cachedInputTokens > inputTokens) {
      throw new IllegalArgumentException("cached input tokens are part of the input tokens");
    }
  }
}
