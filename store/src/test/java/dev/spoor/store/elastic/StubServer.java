package dev.spoor.store.elastic;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/** A server that answers as a test tells it to, and a connection of the store's to it. */
final class StubServer implements AutoCloseable {
  private final HttpServer server;
  private final Connection connection;

  StubServer(HttpHandler handler) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", handler);
    server.start();
    connection =
        new Connection(
            new ElasticSettings(
                List.of(URI.create("http://127.0.0.1:" + server.getAddress().getPort())),
                "t-",
                new Credentials.Nobody(),
                null,
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                Duration.ZERO,
                0));
  }

  VersionedIndex index(String name) {
    return new VersionedIndex(connection, name);
  }

  @Override
  public void close() {
    connection.close();
    server.stop(0);
  }
}
