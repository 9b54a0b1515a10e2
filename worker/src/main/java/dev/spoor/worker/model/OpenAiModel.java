package dev.spoor.worker.model;

import com.openai.errors.OpenAIInvalidDataException;
import com.openai.errors.OpenAIIoException;
import com.openai.errors.OpenAIServiceException;
import dev.spoor.agent.AgentException;
import dev.spoor.agent.model.Message;
import dev.spoor.agent.model.ModelClient;
import dev.spoor.agent.model.ModelRequest;
import dev.spoor.agent.model.ModelResponse;
import dev.spoor.contract.job.ErrorCategory;
import dev.spoor.telemetry.correlation.TraceContext;
import dev.spoor.telemetry.tracing.Tracing;
import java.io.InterruptedIOException;
import java.net.URI;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.metadata.Usage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;

/**
 * An OpenAI-compatible endpoint, through Spring AI's client. Tries each call once: the ledger
 * spaces attempts out, and a retry in here would hide calls from trail and budget. Thread-safe.
 *
 * <p>The client blocks on a socket of the calling virtual thread, so an interrupt closes the
 * connection and the provider sees the call aborted.
 */
public final class OpenAiModel implements ModelClient {
  public static final String DEFAULT_BASE_URL = "https://api.openai.com/v1";

  private static final String OPENAI_HOST = "api.openai.com";
  private static final String TRACEPARENT = "traceparent";
  private static final int TOO_MANY_REQUESTS = 429;

  private final String provider;
  private final String model;
  private final Clock clock;
  private final Tracing tracing;
  private final OpenAiChatOptions options;
  private final OpenAiChatModel chat;

  /**
   * @param baseUrl with the version, as {@code OPENAI_BASE_URL} has it; null for OpenAI's own
   * @param apiKey null or empty for an endpoint that asks for none
   * @param model the default model's name
   * @param timeout of one call
   * @param tracing while it is on, calls carry the {@code traceparent} of their span
   */
  public OpenAiModel(
      @Nullable String baseUrl,
      @Nullable String apiKey,
      String model,
      Duration timeout,
      Clock clock,
      Tracing tracing) {
    String url = baseUrl == null || baseUrl.isBlank() ? DEFAULT_BASE_URL : baseUrl;
    // Prices go by provider and model: another host's model is not OpenAI's, whatever its name.
    this.provider = OPENAI_HOST.equals(URI.create(url).getHost()) ? "openai" : "openai-compatible";
    this.model = model;
    this.clock = clock;
    this.tracing = tracing;
    this.options =
        OpenAiChatOptions.builder()
            .baseUrl(url)
            .apiKey(Objects.requireNonNullElse(apiKey, ""))
            .model(model)
            .timeout(timeout)
            .maxRetries(0)
            .build();
    this.chat = OpenAiChatModel.builder().options(options).build();
  }

  @Override
  public String provider() {
    return provider;
  }

  @Override
  public String defaultModel() {
    return model;
  }

  @Override
  public ModelResponse call(ModelRequest request) throws InterruptedException {
    ChatResponse response;
    try {
      response = chat.call(prompt(request));
    } catch (RuntimeException e) {
      if (Thread.interrupted() || causedBy(e, InterruptedException.class)) {
        throw interrupted(e);
      }
      throw fault(e);
    }
    return read(response);
  }

  private Prompt prompt(ModelRequest request) {
    List<org.springframework.ai.chat.messages.Message> messages = new ArrayList<>();
    for (Message message : request.messages()) {
      messages.add(
          switch (message.role()) {
            case SYSTEM -> new SystemMessage(message.text());
            case USER -> new UserMessage(message.text());
            case ASSISTANT -> new AssistantMessage(message.text());
          });
    }
    Optional<TraceContext> span = tracing.outgoing();
    if (request.model() == null && request.maxOutputTokens() == null && span.isEmpty()) {
      return new Prompt(messages, options);
    }
    OpenAiChatOptions.Builder own =
        options.mutate().model(Objects.requireNonNullElse(request.model(), model));
    if (request.maxOutputTokens() != null) {
      own.maxCompletionTokens(request.maxOutputTokens());
    }
    span.ifPresent(trace -> own.customHeaders(Map.of(TRACEPARENT, trace.traceparent())));
    return new Prompt(messages, own.build());
  }

  private ModelResponse read(ChatResponse response) {
    Generation generation = response.getResult();
    if (generation == null || generation.getOutput().getText() == null) {
      throw new AgentException(
          ErrorCategory.PROVIDER, true, "the provider answered without a message");
    }
    Usage usage = response.getMetadata().getUsage();
    long input = orZero(usage.getPromptTokens());
    long cached = Math.min(input, orZero(usage.getCacheReadInputTokens()));
    String finish = generation.getMetadata().getFinishReason();
    String responseModel = response.getMetadata().getModel();
    return new ModelResponse(
        generation.getOutput().getText(),
        responseModel == null || responseModel.isBlank() ? model : responseModel,
        input,
        cached,
        orZero(usage.getCompletionTokens()),
        finish == null ? "unknown" : finish.toLowerCase(Locale.ROOT));
  }

  private AgentException fault(RuntimeException e) {
    return switch (e) {
      case OpenAIServiceException service -> answered(service);
      case OpenAIIoException io ->
          causedBy(io, InterruptedIOException.class)
              ? new AgentException(
                  ErrorCategory.TIMEOUT,
                  true,
                  "the provider did not answer in time",
                  Duration.ZERO,
                  e)
              : new AgentException(
                  ErrorCategory.PROVIDER,
                  true,
                  "the provider could not be reached: " + rootMessage(e),
                  Duration.ZERO,
                  e);
      case OpenAIInvalidDataException _ ->
          new AgentException(
              ErrorCategory.PROVIDER,
              true,
              "the provider's answer could not be read",
              Duration.ZERO,
              e);
      default ->
          new AgentException(
              ErrorCategory.PROVIDER,
              true,
              "the model call failed: " + rootMessage(e),
              Duration.ZERO,
              e);
    };
  }

  private AgentException answered(OpenAIServiceException e) {
    int status = e.statusCode();
    Duration wait = retryAfter(e);
    if (status == TOO_MANY_REQUESTS) {
      // A spent quota comes as a 429 too, and no waiting helps.
      boolean quota = e.code().filter("insufficient_quota"::equals).isPresent();
      return new AgentException(
          ErrorCategory.RATE_LIMITED,
          !quota,
          quota ? "the provider's quota is used up" : "the provider limits the rate",
          wait,
          e);
    }
    // 408 and 409 are the provider's "again, please"; other 4xx will be no different next time.
    boolean again = status >= 500 || status == 408 || status == 409;
    ErrorCategory category =
        status == 400 || status == 422 ? ErrorCategory.VALIDATION : ErrorCategory.PROVIDER;
    return new AgentException(
        category, again, "the provider answered " + status + ": " + e.getMessage(), wait, e);
  }

  private Duration retryAfter(OpenAIServiceException e) {
    List<String> millis = e.headers().values("retry-after-ms");
    if (!millis.isEmpty()) {
      try {
        return Duration.ofMillis(Math.max(0, (long) Double.parseDouble(millis.getFirst())));
      } catch (NumberFormatException malformed) {
        // Then the standard header may say.
      }
    }
    List<String> values = e.headers().values("retry-after");
    if (values.isEmpty()) {
      return Duration.ZERO;
    }
    String value = values.getFirst().strip();
    try {
      return Duration.ofMillis(Math.max(0, (long) (Double.parseDouble(value) * 1000)));
    } catch (NumberFormatException notSeconds) {
      try {
        ZonedDateTime at = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME);
        Duration until = Duration.between(clock.instant(), at.toInstant());
        return until.isNegative() ? Duration.ZERO : until;
      } catch (DateTimeException malformed) {
        return Duration.ZERO;
      }
    }
  }

  private static InterruptedException interrupted(RuntimeException cause) {
    InterruptedException interrupted = new InterruptedException("the model call was aborted");
    interrupted.initCause(cause);
    return interrupted;
  }

  private static boolean causedBy(Throwable e, Class<? extends Throwable> type) {
    for (Throwable each = e; each != null; each = each.getCause()) {
      if (type.isInstance(each)) {
        return true;
      }
    }
    return false;
  }

  private static String rootMessage(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getClass().getSimpleName() + ": " + root.getMessage();
  }

  private static long orZero(@Nullable Number number) {
    return number == null ? 0 : Math.max(0, number.longValue());
  }
}
