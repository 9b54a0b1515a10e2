package dev.spoor.worker.model;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Speaks as much of the chat completions API as a test says. */
final class FakeProvider implements AutoCloseable {
  /** What came in. */
  record Received(String path, String authorization, String traceparent, String body) {}

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  final List<Received> received = new CopyOnWriteArrayList<>();
  private volatile int status = 200;
  private volatile Map<String, String> headers = Map.of();
  private volatile String body = completion("hello", "stop");
  private volatile Duration delay = Duration.ZERO;

  FakeProvider() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/", this::answer);
    server.setExecutor(threads);
    server.start();
  }

  String baseUrl() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
  }

  void answers(int newStatus, Map<String, String> newHeaders, String newBody) {
    status = newStatus;
    headers = newHeaders;
    body = newBody;
  }

  void delay(Duration newDelay) {
    delay = newDelay;
  }

  static String completion(String text, String finishReason) {
    return """
    {"id": "c-1", "object": "chat.completion", "created": 1790000000, "model": "gpt-4o-2024-08-06",
     "choices": [{"index": 0, "finish_reason": "%s", "logprobs": null,
       "message": {"role": "assistant", "content": "%s", "refusal": null}}],
     "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120,
       "prompt_tokens_details": {"cached_tokens": 40}}}
    """
        .formatted(finishReason, text);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String authorization = exchange.getRequestHeaders().getFirst("Authorization");
      String traceparent = exchange.getRequestHeaders().getFirst("traceparent");
      received.add(
          new Received(
              exchange.getRequestURI().getPath(),
              authorization == null ? "" : authorization,
              traceparent == null ? "" : traceparent,
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
      Thread.sleep(delay);
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      headers.forEach(exchange.getResponseHeaders()::set);
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
