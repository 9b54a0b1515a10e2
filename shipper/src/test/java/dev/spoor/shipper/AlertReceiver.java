package dev.spoor.shipper;

import com.sun.net.httpserver.HttpServer;
import dev.spoor.contract.wire.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;

/** Somebody who is told of alerts, and may be told not to answer. */
final class AlertReceiver implements AutoCloseable {
  private final HttpServer server;
  private final List<JsonNode> bodies = new CopyOnWriteArrayList<>();
  private volatile boolean hangs;
  private volatile int status = 200;

  AlertReceiver() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          if (hangs) {
            return;
          }
          if (status == 200) {
            bodies.add(Json.tree(body));
          }
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    server.start();
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** Reads and never answers. */
  void hang(boolean whether) {
    hangs = whether;
  }

  void answer(int code) {
    status = code;
  }

  /** Texts, as a webhook gets them. */
  List<String> texts() {
    List<String> texts = new ArrayList<>();
    bodies.forEach(body -> body.path("text").asString().lines().forEach(texts::add));
    return texts;
  }

  /** Alerts, as an Alertmanager gets them. */
  List<JsonNode> alerts() {
    List<JsonNode> alerts = new ArrayList<>();
    bodies.forEach(body -> body.forEach(alerts::add));
    return alerts;
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
