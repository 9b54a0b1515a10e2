package dev.spoor.worker.model;

import dev.spoor.agent.model.Message;
import dev.spoor.agent.model.ModelClient;
import dev.spoor.agent.model.ModelRequest;
import dev.spoor.agent.model.ModelResponse;
import java.time.Duration;
import java.util.List;

/**
 * No language model: answers by rules, so that everything runs without a key. The same question
 * always gets the same answer. Its provider name says what it is. Thread-safe.
 */
public final class ScriptedModel implements ModelClient {
  public static final String PROVIDER = "scripted";
  public static final String MODEL = "scripted-1";

  private static final int CHARACTERS_PER_TOKEN = 4;

  private final Script script;
  private final Duration latency;

  /** What is said to a conversation. A pure function. */
  @FunctionalInterface
  public interface Script {
    String answer(List<Message> messages);
  }

  /**
   * @param latency every answer takes this long; zero for at once
   */
  public ScriptedModel(Script script, Duration latency) {
    this.script = script;
    this.latency = latency;
  }

  @Override
  public String provider() {
    return PROVIDER;
  }

  @Override
  public String defaultModel() {
    return MODEL;
  }

  @Override
  public ModelResponse call(ModelRequest request) throws InterruptedException {
    if (latency.isPositive()) {
      Thread.sleep(latency);
    }
    String text = script.answer(request.messages());
    String finishReason = "stop";
    Integer maxTokens = request.maxOutputTokens();
    if (maxTokens != null && estimateTokens(text) > maxTokens) {
      text = text.substring(0, maxTokens * CHARACTERS_PER_TOKEN);
      finishReason = "length";
    }
    long input = request.messages().stream().mapToLong(each -> estimateTokens(each.text())).sum();
    return new ModelResponse(text, MODEL, input, 0, estimateTokens(text), finishReason);
  }

  /** An estimate, not a count: a token for four characters, rounded up. */
  static long estimateTokens(String text) {
    return ((long) text.length() + CHARACTERS_PER_TOKEN - 1) / CHARACTERS_PER_TOKEN;
  }
}
