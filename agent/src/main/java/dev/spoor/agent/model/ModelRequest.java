package dev.spoor.agent.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A question to a model.
 *
 * @param model which one; null for the provider's default
 * @param messages at least one, the last from the user
 * @param maxOutputTokens the answer is cut there; null for the provider's limit
 */
public record ModelRequest(
    @Nullable String model, List<Message> messages, @Nullable Integer maxOutputTokens) {
  public ModelRequest {
    messages = List.copyOf(messages);
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("a model request needs a message");
    }
    if (maxOutputTokens != null && maxOutputTokens <= 0) {
      throw new IllegalArgumentException("max output tokens must be above 0");
    }
  }

  /** A system prompt and a question for the default model. */
  public static ModelRequest of(String system, String user) {
    return new ModelRequest(null, List.of(Message.system(system), Message.user(user)), null);
  }
}
