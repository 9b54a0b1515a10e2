package dev.spoor.store.elastic;

import dev.spoor.contract.wire.Json;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;

/**
 * As much of Elasticsearch as a writer needs, in memory, with every fault that has been seen of the
 * real one and of what lies between. Documents are created once; whether the answer arrives is
 * another matter.
 */
final class FaultyServer implements AutoCloseable {
  /** What a bulk request may meet. */
  enum Fault {
    NONE,
    SLOW,
    TOO_SLOW,
    BUSY,
    UNAVAILABLE,
    TOO_LARGE,
    BUSY_FOR_SOME,
    SHARDS_AWAY_FOR_SOME,
    RESET_BEFORE,
    RESET_AFTER,
    HALF_A_BODY,
    NOT_JSON,
    ONE_ITEM_SHORT
  }

  /** A record with this in it does not fit the mapping. */
  static final String CONFLICTING = "\"poison\":\"conflict\"";

  /** A request with this in it is larger than is taken. */
  static final String HUGE = "\"poison\":\"huge\"";

  private final ServerSocket server;
  private final Thread acceptor;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Random random;
  private final double faultRatio;
  private final Set<String> documents = new HashSet<>();
  private final Map<Fault, Integer> met = new EnumMap<>(Fault.class);
  private long conflicts;

  /**
   * @param faultRatio of the bulk requests that meet a fault
   */
  FaultyServer(Random random, double faultRatio) throws IOException {
    this.random = random;
    this.faultRatio = faultRatio;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    this.acceptor = Thread.ofPlatform().name("faulty-server").daemon().start(this::accept);
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  synchronized Set<String> documents() {
    return Set.copyOf(documents);
  }

  /** How often each fault was made. */
  synchronized Map<Fault, Integer> met() {
    return new EnumMap<>(met);
  }

  /** How often a document was offered that was there already. */
  synchronized long conflicts() {
    return conflicts;
  }

  private void accept() {
    while (true) {
      Socket socket;
      try {
        socket = server.accept();
      } catch (IOException closed) {
        return;
      }
      sockets.add(socket);
      Thread.ofVirtual().name("faulty-connection").start(() -> serve(socket));
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      while (true) {
        String request = line(in);
        if (request.isEmpty()) {
          return;
        }
        int length = 0;
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
          if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
            length = Integer.parseInt(header.substring(header.indexOf(':') + 1).strip());
          }
        }
        byte[] body = in.readNBytes(length);
        if (request.startsWith("POST /_bulk")) {
          if (!bulk(new String(body, StandardCharsets.UTF_8), socket, out)) {
            return;
          }
        } else {
          answer(out, 200, "{\"acknowledged\":true}");
        }
      }
    } catch (SocketException gone) {
      // By us or by the client.
    } catch (IOException | InterruptedException failed) {
      throw new IllegalStateException(failed);
    } finally {
      sockets.remove(socket);
    }
  }

  /** False if the connection is to be closed. */
  private boolean bulk(String body, Socket socket, OutputStream out)
      throws IOException, InterruptedException {
    List<String> lines = body.lines().toList();
    Fault fault;
    synchronized (this) {
      fault = Fault.NONE;
      if (random.nextDouble() < faultRatio) {
        fault = Fault.values()[1 + random.nextInt(Fault.values().length - 1)];
      }
      met.merge(fault, 1, Integer::sum);
    }
    if (body.contains(HUGE) || (fault == Fault.TOO_LARGE && lines.size() > 20)) {
      answer(out, 413, "");
      return true;
    }
    switch (fault) {
      case BUSY -> {
        answer(
            out,
            429,
            "{\"error\":{\"type\":\"es_rejected_execution_exception\",\"reason\":\"no room\"},"
                + "\"status\":429}");
        return true;
      }
      case UNAVAILABLE -> {
        answer(out, 503, "<html>try later</html>");
        return true;
      }
      case RESET_BEFORE -> {
        reset(socket);
        return false;
      }
      default -> {}
    }
    String reply = "{\"errors\":true,\"items\":[" + String.join(",", items(lines, fault)) + "]}";
    switch (fault) {
      case SLOW -> Thread.sleep(50);
      case TOO_SLOW -> Thread.sleep(1_000);
      case RESET_AFTER -> {
        reset(socket);
        return false;
      }
      case HALF_A_BODY -> {
        byte[] bytes = reply.getBytes(StandardCharsets.UTF_8);
        head(out, 200, bytes.length);
        out.write(bytes, 0, bytes.length / 2);
        out.flush();
        return false;
      }
      case NOT_JSON -> reply = "{\"errors\":false,\"items\":oh no";
      default -> {}
    }
    answer(out, 200, reply);
    return true;
  }

  private synchronized List<String> items(List<String> lines, Fault fault) {
    List<String> items = new ArrayList<>();
    for (int i = 0; i + 1 < lines.size(); i += 2) {
      JsonNode action = Json.tree(lines.get(i).getBytes(StandardCharsets.UTF_8)).path("create");
      String id = action.path("_index").asString() + "/" + action.path("_id").asString();
      if (fault == Fault.BUSY_FOR_SOME && random.nextInt(3) == 0) {
        items.add(failed(429, "es_rejected_execution_exception"));
      } else if (fault == Fault.SHARDS_AWAY_FOR_SOME && random.nextInt(3) == 0) {
        items.add(failed(503, "unavailable_shards_exception"));
      } else if (lines.get(i + 1).contains(CONFLICTING)) {
        items.add(failed(400, "document_parsing_exception"));
      } else if (documents.add(id)) {
        items.add("{\"create\":{\"status\":201}}");
      } else {
        conflicts++;
        items.add(failed(409, "version_conflict_engine_exception"));
      }
    }
    if (fault == Fault.ONE_ITEM_SHORT) {
      items.removeLast();
    }
    return items;
  }

  private static String failed(int status, String type) {
    return "{\"create\":{\"status\":%d,\"error\":{\"type\":\"%s\",\"reason\":\"told to\"}}}"
        .formatted(status, type);
  }

  private static void reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  private static void answer(OutputStream out, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    head(out, status, bytes.length);
    out.write(bytes);
    out.flush();
  }

  private static void head(OutputStream out, int status, int length) throws IOException {
    out.write(
        ("HTTP/1.1 "
                + status
                + " Said\r\nContent-Type: application/json\r\nContent-Length: "
                + length
                + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII));
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(StandardCharsets.US_ASCII);
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
    try {
      acceptor.join(5_000);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }
}
