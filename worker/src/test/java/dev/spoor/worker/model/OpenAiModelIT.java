package dev.spoor.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.spoor.agent.AgentException;
import dev.spoor.agent.model.ModelRequest;
import dev.spoor.agent.model.ModelResponse;
import dev.spoor.contract.job.ErrorCategory;
import dev.spoor.contract.wire.Json;
import dev.spoor.telemetry.correlation.Correlation;
import dev.spoor.telemetry.correlation.TraceContext;
import dev.spoor.telemetry.tracing.EndedSpan;
import dev.spoor.telemetry.tracing.Tracing;
import dev.spoor.testkit.FreePorts;
import dev.spoor.testkit.SettableClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Spring AI's client against an endpoint on loopback that answers as it is told. */
@Timeout(60)
class OpenAiModelIT {
  private static final ModelRequest REQUEST = ModelRequest.of("be brief", "say hello");

  private final FakeProvider provider = new FakeProvider();
  private final SettableClock clock = SettableClock.at(Instant.parse("2026-11-24T10:00:00Z"));
  private final OpenAiModel model =
      new OpenAiModel(
          provider.baseUrl(), "key-1", "gpt-4o", Duration.ofSeconds(2), clock, Tracing.OFF);

  @AfterEach
  void stop() {
    provider.close();
  }

  @Test
  void asksAndReadsTheAnswerWithItsTokens() throws Exception {
    assertThat(call(REQUEST))
        .isEqualTo(new ModelResponse("hello", "gpt-4o-2024-08-06", 100, 40, 20, "stop"));
    FakeProvider.Received received = provider.received.getFirst();
    assertThat(received.path()).isEqualTo("/v1/chat/completions");
    assertThat(received.authorization()).isEqualTo("Bearer key-1");
    JsonNode body = Json.tree(received.body().getBytes(StandardCharsets.UTF_8));
    assertThat(body.path("model").asString()).isEqualTo("gpt-4o");
    assertThat(body.path("messages"))
        .extracting(each -> each.path("role").asString())
        .containsExactly("system", "user");
  }

  @Test
  void aRequestMayNameItsModelAndItsLimit() throws Exception {
    call(new ModelRequest("gpt-5-nano", REQUEST.messages(), 17));
    JsonNode body = Json.tree(provider.received.getFirst().body().getBytes(StandardCharsets.UTF_8));
    assertThat(body.path("model").asString()).isEqualTo("gpt-5-nano");
    assertThat(body.path("max_completion_tokens").asInt()).isEqualTo(17);
  }

  @Test
  void withoutAKeyNoneIsSent() throws Exception {
    OpenAiModel keyless =
        new OpenAiModel(
            provider.baseUrl(), null, "local", Duration.ofSeconds(2), clock, Tracing.OFF);
    onVirtualThread(() -> keyless.call(REQUEST));
    assertThat(provider.received.getFirst().authorization()).isEmpty();
  }

  @Test
  void whileTracingIsOnACallCarriesTheSpanThatItIs() throws Exception {
    TraceContext span = TraceContext.start();
    OpenAiModel traced =
        new OpenAiModel(
            provider.baseUrl(), "k", "gpt-4o", Duration.ofSeconds(2), clock, new Traced());
    onVirtualThread(() -> {
      try (var _ = Correlation.open(span)) {
        model.call(REQUEST);
        traced.call(REQUEST);
        return traced.call(new ModelRequest("gpt-5-nano", REQUEST.messages(), 17));
      }
    });
    onVirtualThread(() -> traced.call(REQUEST));
    assertThat(provider.received)
        .extracting(FakeProvider.Received::traceparent)
        .containsExactly("", span.traceparent(), span.traceparent(), "");
    assertThat(provider.received)
        .extracting(received -> received.body().contains("gpt-5-nano"))
        .containsExactly(false, false, true, false);
  }

  private static final class Traced implements Tracing {
    @Override
    public boolean isOn() {
      return true;
    }

    @Override
    public TraceContext begin() {
      return TraceContext.start();
    }

    @Override
    public void ended(EndedSpan span) {}
  }

  @Test
  void anotherHostsModelIsNotOpenAis() {
    assertThat(model.provider()).isEqualTo("openai-compatible");
    assertThat(
            new OpenAiModel(null, "k", "gpt-4o", Duration.ofSeconds(1), clock, Tracing.OFF)
                .provider())
        .isEqualTo("openai");
  }

  @Test
  void aRateLimitIsTriedAgainWhenTheProviderSays() {
    provider.answers(429, Map.of("Retry-After", "7"), error("rate_limit_exceeded"));
    AgentException e = failure();
    assertThat(e.category()).isEqualTo(ErrorCategory.RATE_LIMITED);
    assertThat(e.retryable()).isTrue();
    assertThat(e.retryAfter()).isEqualTo(Duration.ofSeconds(7));
    // One call is one call: the client must not try by itself.
    assertThat(provider.received).hasSize(1);
  }

  @Test
  void retryAfterMayBeADate() {
    provider.answers(
        429, Map.of("Retry-After", "Tue, 24 Nov 2026 10:00:30 GMT"), error("rate_limit_exceeded"));
    assertThat(failure().retryAfter()).isEqualTo(Duration.ofSeconds(30));
    provider.answers(429, Map.of("Retry-After", "soon"), error("rate_limit_exceeded"));
    assertThat(failure().retryAfter()).isZero();
  }

  @Test
  void aSpentQuotaIsNotTriedAgain() {
    provider.answers(429, Map.of(), error("insufficient_quota"));
    assertThat(failure().retryable()).isFalse();
  }

  @Test
  void aServersFaultIsTriedAgainAndARefusalIsNot() {
    provider.answers(500, Map.of(), "{}");
    AgentException fault = failure();
    assertThat(fault.category()).isEqualTo(ErrorCategory.PROVIDER);
    assertThat(fault.retryable()).isTrue();
    provider.answers(503, Map.of(), "not json");
    assertThat(failure().retryable()).isTrue();
    provider.answers(401, Map.of(), error("invalid_api_key"));
    AgentException refusal = failure();
    assertThat(refusal.category()).isEqualTo(ErrorCategory.PROVIDER);
    assertThat(refusal.retryable()).isFalse();
    provider.answers(400, Map.of(), error("context_length_exceeded"));
    assertThat(failure().category()).isEqualTo(ErrorCategory.VALIDATION);
    assertThat(provider.received).hasSize(4);
  }

  @Test
  void anUnreadableAnswerIsTheProvidersFault() {
    for (String body :
        new String[] {"<html>", "{\"choices\":", "{}", "{\"choices\":[]}", "[]", "null"}) {
      provider.answers(200, Map.of(), body);
      AgentException e = failure();
      assertThat(e.category()).as(body).isEqualTo(ErrorCategory.PROVIDER);
      assertThat(e.retryable()).as(body).isTrue();
    }
  }

  @Test
  void aSlowAnswerIsATimeout() {
    provider.delay(Duration.ofSeconds(20));
    long before = System.nanoTime();
    assertThat(failure().category()).isEqualTo(ErrorCategory.TIMEOUT);
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(19));
  }

  @Test
  void nobodyThereIsTheProvidersFault() {
    OpenAiModel nowhere =
        new OpenAiModel(
            "http://127.0.0.1:" + FreePorts.one() + "/v1",
            "k",
            "m",
            Duration.ofSeconds(2),
            clock,
            Tracing.OFF);
    AgentException e =
        catchThrowableOfType(
            AgentException.class, () -> onVirtualThread(() -> nowhere.call(REQUEST)));
    assertThat(e.category()).isEqualTo(ErrorCategory.PROVIDER);
    assertThat(e.retryable()).isTrue();
  }

  @Test
  void anInterruptAbortsTheCallWithinASecond() throws Exception {
    provider.delay(Duration.ofSeconds(20));
    OpenAiModel patient =
        new OpenAiModel(provider.baseUrl(), "k", "m", Duration.ofMinutes(1), clock, Tracing.OFF);
    AtomicReference<String> outcome = new AtomicReference<>("waiting");
    Thread caller =
        Thread.ofVirtual()
            .start(() -> {
              try {
                patient.call(REQUEST);
                outcome.set("answered");
              } catch (InterruptedException e) {
                outcome.set("interrupted");
              } catch (RuntimeException e) {
                outcome.set(e.toString());
              }
            });
    await().until(() -> provider.received.size() == 1);
    caller.interrupt();
    assertThat(caller.join(Duration.ofSeconds(1))).isTrue();
    assertThat(outcome).hasValue("interrupted");
  }

  private AgentException failure() {
    return catchThrowableOfType(AgentException.class, () -> call(REQUEST));
  }

  private ModelResponse call(ModelRequest request) throws Exception {
    return onVirtualThread(() -> model.call(request));
  }

  /** What the calls are made on: their sockets behave differently there. */
  private static ModelResponse onVirtualThread(java.util.concurrent.Callable<ModelResponse> call)
      throws Exception {
    CompletableFuture<ModelResponse> answer = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            answer.complete(call.call());
          } catch (Exception e) {
            answer.completeExceptionally(e);
          }
        });
    try {
      return answer.get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AgentException known) {
        throw known;
      }
      throw e;
    }
  }

  private static String error(String code) {
    return "{\"error\": {\"message\": \"no\", \"type\": \"t\", \"param\": null, \"code\": \""
        + code
        + "\"}}";
  }
}
