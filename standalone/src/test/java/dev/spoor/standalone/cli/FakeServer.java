package dev.spoor.standalone.cli;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/** A server with prepared answers; the last answer of a path is given again and again. */
final class FakeServer implements AutoCloseable {
  private final HttpServer http;
  private final Map<String, Deque<Prepared>> answers = new ConcurrentHashMap<>();
  final List<Request> requests = new CopyOnWriteArrayList<>();

  record Request(String method, String uri, String body, Map<String, List<String>> headers) {}

  private record Prepared(int status, String type, String body) {}

  FakeServer() {
    try {
      http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    http.createContext(
        "/",
        exchange -> {
          try (exchange) {
            String body =
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            requests.add(
                new Request(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    body,
                    Map.copyOf(exchange.getRequestHeaders())));
            Prepared answer =
                next(exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath());
            byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", answer.type());
            exchange.sendResponseHeaders(answer.status(), bytes.length);
            exchange.getResponseBody().write(bytes);
          }
        });
    http.start();
    on("GET /v1", 200, "{'name':'spoor','links':{'logs':'/v1/logs'}}");
  }

  private Prepared next(String call) {
    Deque<Prepared> queue = answers.get(call);
    if (queue == null) {
      return new Prepared(
          404,
          "application/problem+json",
          "{\"title\":\"Not found\",\"status\":404,\"detail\":\"nothing at " + call + "\"}");
    }
    synchronized (queue) {
      return queue.size() > 1 ? queue.removeFirst() : queue.getFirst();
    }
  }

  /**
   * @param call method and path
   * @param json with single quotes, for the eye
   */
  FakeServer on(String call, int status, String json) {
    return onText(call, status, "application/json", json.replace('\'', '"'));
  }

  /** Forgets what was prepared for the call. */
  FakeServer replace(String call, int status, String json) {
    answers.remove(call);
    return on(call, status, json);
  }

  FakeServer onText(String call, int status, String type, String body) {
    answers
        .computeIfAbsent(call, _ -> new ArrayDeque<>())
        .addLast(new Prepared(status, type, body));
    return this;
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + http.getAddress().getPort());
  }

  @Override
  public void close() {
    http.stop(0);
  }
}
