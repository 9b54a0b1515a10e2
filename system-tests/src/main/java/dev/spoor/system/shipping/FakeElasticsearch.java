package dev.spoor.system.shipping;

import dev.spoor.contract.wire.Json;
import dev.spoor.system.bench.Poison;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * As much of Elasticsearch as the shipper's store uses, with faults. Documents of records are
 * compared with the plan and forgotten; those of progress and figures are kept, with their
 * versions, and can be searched.
 *
 * <p>Whether a document is kept and whether the answer arrives are two things, as with the real
 * one. All requests may meet a fault, not those alone that write records.
 */
final class FakeElasticsearch implements AutoCloseable {
  /** What a request may meet. */
  enum Fault {
    NONE,
    BUSY,
    BUSY_FOR_SOME,
    SHARDS_AWAY_FOR_SOME,
    TOO_LARGE,
    UNAVAILABLE,
    RESET_BEFORE,
    RESET_AFTER,
    HALF_A_BODY,
    NOT_JSON,
    ONE_ITEM_SHORT,
    LATE;

    /** Whether it can happen to a request that is not a bulk. */
    boolean isOfAll() {
      return switch (this) {
        case NONE, BUSY, UNAVAILABLE, RESET_BEFORE, RESET_AFTER, HALF_A_BODY, NOT_JSON -> true;
        case BUSY_FOR_SOME, SHARDS_AWAY_FOR_SOME, TOO_LARGE, ONE_ITEM_SHORT, LATE -> false;
      };
    }
  }

  /** A request that is shorter is never too long. */
  private static final int LEAST_TOO_LARGE = 16 * 1024;

  private static final String RECORDS = "spoor-records-";
  private static final String OUR_PART = ",\"spoor.no\":";
  private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("uuuu.MM.dd");

  private final DrillPlan plan;
  private final Random random;
  private final Duration late;
  private final ServerSocket server;
  private final Thread acceptor;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Map<String, Map<String, Document>> indices = new HashMap<>();
  private final Map<Fault, Long> met = new EnumMap<>(Fault.class);
  private volatile double faultRatio;
  private volatile boolean closed;
  private long conflicts;
  private long refused;
  private long left;
  private boolean before;
  private @Nullable Runnable kill;

  /** A document of progress or figures. */
  private record Document(long version, JsonNode source) {}

  /** One request. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Request(String method, String path, byte[] body) {
    boolean isBulk() {
      return path.endsWith("/_bulk");
    }

    /**
     * Of the faults: a commit is many requests, one for each minute and hour that its records are
     * of among them, and none of them is sent again by itself. With as many faults as records meet
     * none would ever come to its end.
     */
    double share() {
      return path.equals("/_bulk") ? 1 : isBulk() ? 0.25 : path.contains("/_doc/") ? 0.01 : 0.1;
    }
  }

  private record Answer(int status, String body) {}

  /**
   * @param faultRatio of the requests with records that meet a fault; of those with progress it is
   *     a quarter, of all others a tenth or less
   * @param late how long an answer takes that is longer than the shipper waits
   */
  FakeElasticsearch(DrillPlan plan, Random random, double faultRatio, Duration late) {
    this.plan = plan;
    this.random = random;
    this.faultRatio = faultRatio;
    this.late = late;
    try {
      this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    this.acceptor = Thread.ofPlatform().name("fake-elasticsearch").daemon().start(this::accept);
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  /** From now on every request is answered as it should be. */
  void stopFaults() {
    faultRatio = 0;
  }

  /** How often each fault was made. */
  synchronized Map<Fault, Long> met() {
    return new EnumMap<>(met);
  }

  /** How often a record was offered that was there already. */
  synchronized long conflicts() {
    return conflicts;
  }

  /** How often a record was refused for its mapping or its size. */
  synchronized long refused() {
    return refused;
  }

  /**
   * Has somebody killed in the middle of a request that is to come.
   *
   * @param requests the first of them is 1
   * @param beforeEffect whether the request does nothing; else it is done and not answered
   */
  synchronized void killAt(long requests, boolean beforeEffect, Runnable action) {
    left = requests;
    before = beforeEffect;
    kill = action;
  }

  /** Forgets {@link #killAt}. */
  synchronized void spare() {
    kill = null;
  }

  private void accept() {
    while (!closed) {
      Socket socket;
      try {
        socket = server.accept();
      } catch (IOException closing) {
        return;
      }
      sockets.add(socket);
      Thread.ofVirtual().name("fake-elasticsearch-connection").start(() -> serve(socket));
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
      OutputStream out = socket.getOutputStream();
      while (true) {
        Request request = read(in);
        if (request == null || !answer(request, socket, out)) {
          return;
        }
      }
    } catch (IOException gone) {
      // By us or by the client.
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException fault) {
      plan.fault("the fake server itself: " + fault);
      throw fault;
    } finally {
      sockets.remove(socket);
    }
  }

  private static @Nullable Request read(InputStream in) throws IOException {
    String request = line(in);
    if (request.isEmpty()) {
      return null;
    }
    int length = 0;
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        length = Integer.parseInt(header.substring(header.indexOf(':') + 1).strip());
      }
    }
    byte[] body = in.readNBytes(length);
    if (body.length < length) {
      return null;
    }
    String[] parts = request.split(" ", -1);
    int query = parts[1].indexOf('?');
    return new Request(parts[0], query < 0 ? parts[1] : parts[1].substring(0, query), body);
  }

  /** False if the connection is to be closed. */
  private boolean answer(Request request, Socket socket, OutputStream out)
      throws IOException, InterruptedException {
    Runnable killing = null;
    Fault fault = Fault.NONE;
    synchronized (this) {
      if (kill != null && --left <= 0) {
        killing = kill;
        kill = null;
      }
      if (random.nextDouble() < request.share() * faultRatio) {
        fault = Fault.values()[1 + random.nextInt(Fault.values().length - 1)];
        if (!request.isBulk() && !fault.isOfAll()) {
          fault = Fault.NONE;
        }
        if (fault == Fault.TOO_LARGE && request.body.length < LEAST_TOO_LARGE) {
          // Nobody refuses a single ordinary record for its length.
          fault = Fault.NONE;
        }
      }
      met.merge(fault, 1L, Long::sum);
    }
    if (killing != null) {
      if (!before) {
        handle(request, Fault.NONE);
      }
      killing.run();
      return false;
    }
    Answer early =
        switch (fault) {
          case BUSY ->
              new Answer(
                  429,
                  "{\"error\":{\"type\":\"es_rejected_execution_exception\",\"reason\":\"no"
                      + " room\"},\"status\":429}");
          case UNAVAILABLE -> new Answer(503, "<html>try later</html>");
          case TOO_LARGE -> new Answer(413, "");
          default -> null;
        };
    if (early != null) {
      write(out, early);
      return true;
    }
    if (fault == Fault.RESET_BEFORE) {
      reset(socket);
      return false;
    }
    Answer answer = handle(request, fault);
    switch (fault) {
      case LATE -> Thread.sleep(late);
      case RESET_AFTER -> {
        reset(socket);
        return false;
      }
      case HALF_A_BODY -> {
        byte[] bytes = answer.body.getBytes(StandardCharsets.UTF_8);
        head(out, answer.status, bytes.length);
        out.write(bytes, 0, bytes.length / 2);
        out.flush();
        return false;
      }
      case NOT_JSON -> answer = new Answer(200, "{\"errors\":false,\"items\":oh no");
      default -> {}
    }
    write(out, answer);
    return true;
  }

  private Answer handle(Request request, Fault fault) {
    String[] path = request.path.split("/", -1);
    if (request.path.equals("/_bulk")) {
      return records(request.body, fault);
    }
    if (request.isBulk()) {
      return documents(path[1], request.body, fault);
    }
    if (request.path.startsWith("/_cluster/health")) {
      return new Answer(200, "{\"status\":\"green\"}");
    }
    if (request.path.startsWith("/_cat/indices")) {
      return new Answer(200, "[]");
    }
    if (request.path.contains("/_doc/")) {
      return document(path[1], URLDecoder.decode(path[3], StandardCharsets.UTF_8));
    }
    if (request.path.endsWith("/_search")) {
      return search(path[1], Json.tree(request.body));
    }
    if (request.method.equals("PUT") && path.length == 2) {
      return make(path[1]);
    }
    return new Answer(200, "{\"acknowledged\":true}");
  }

  private synchronized Answer make(String index) {
    return indices.putIfAbsent(index, new TreeMap<>()) == null
        ? new Answer(200, "{\"acknowledged\":true}")
        : new Answer(
            400,
            "{\"error\":{\"type\":\"resource_already_exists_exception\",\"reason\":\"there\"}}");
  }

  private synchronized Answer document(String index, String id) {
    Document document = indices.getOrDefault(index, Map.of()).get(id);
    return document == null
        ? new Answer(404, "{\"found\":false}")
        : new Answer(
            200,
            "{\"found\":true,\"_version\":"
                + document.version
                + ",\"_source\":"
                + document.source
                + "}");
  }

  private Answer records(byte[] body, Fault fault) {
    List<String> items = new ArrayList<>();
    List<byte[]> lines = lines(body);
    for (int i = 0; i + 1 < lines.size(); i += 2) {
      if (contains(lines.get(i + 1), Poison.HUGE)) {
        synchronized (this) {
          refused++;
        }
        return new Answer(413, "");
      }
    }
    for (int i = 0; i + 1 < lines.size(); i += 2) {
      if (isForNow(fault)) {
        items.add(forNow("create", fault));
        continue;
      }
      byte[] document = lines.get(i + 1);
      if (contains(document, "\"" + Poison.CONFLICTING + "\":\"")) {
        synchronized (this) {
          refused++;
        }
        items.add(failed("create", 400, "document_parsing_exception"));
        continue;
      }
      JsonNode action = Json.tree(lines.get(i)).path("create");
      String index = action.path("_index").asString("");
      int day = (int) LocalDate.parse(index.substring(RECORDS.length()), DAY).toEpochDay();
      switch (plan.store(action.path("_id").asString(""), day, record(document))) {
        case CREATED -> items.add("{\"create\":{\"status\":201}}");
        case THERE_ALREADY -> {
          synchronized (this) {
            conflicts++;
          }
          items.add(failed("create", 409, "version_conflict_engine_exception"));
        }
      }
    }
    return items(items, fault);
  }

  /** The record that was made into this document: its bytes up to our fields, or as a text. */
  private static byte[] record(byte[] document) {
    String text = new String(document, StandardCharsets.UTF_8);
    int ours = text.lastIndexOf(OUR_PART);
    JsonNode end = Json.tree(("{" + text.substring(ours + 1)).getBytes(StandardCharsets.UTF_8));
    JsonNode whole = end.path("spoor.record");
    return (whole.isString() ? whole.stringValue() : text.substring(0, ours) + "}")
        .getBytes(StandardCharsets.UTF_8);
  }

  private synchronized Answer documents(String index, byte[] body, Fault fault) {
    Map<String, Document> of = indices.get(index);
    if (of == null) {
      return new Answer(
          404, "{\"error\":{\"type\":\"index_not_found_exception\",\"reason\":\"none\"}}");
    }
    List<String> items = new ArrayList<>();
    List<byte[]> lines = lines(body);
    for (int i = 0; i < lines.size(); i++) {
      JsonNode action = Json.tree(lines.get(i));
      boolean delete = action.has("delete");
      JsonNode about = action.path(delete ? "delete" : "index");
      byte[] source = delete ? null : lines.get(++i);
      String id = about.path("_id").asString("");
      if (isForNow(fault)) {
        items.add(forNow(delete ? "delete" : "index", fault));
      } else if (source == null) {
        items.add(
            of.remove(id) == null
                ? failed("delete", 404, "not_found")
                : "{\"delete\":{\"status\":200}}");
      } else {
        long version = about.path("version").asLong();
        Document there = of.get(id);
        if (there != null && there.version >= version) {
          items.add(failed("index", 409, "version_conflict_engine_exception"));
        } else {
          of.put(id, new Document(version, Json.tree(source)));
          items.add("{\"index\":{\"status\":" + (there == null ? 201 : 200) + "}}");
        }
      }
    }
    return items(items, fault);
  }

  private boolean isForNow(Fault fault) {
    if (fault != Fault.BUSY_FOR_SOME && fault != Fault.SHARDS_AWAY_FOR_SOME) {
      return false;
    }
    synchronized (this) {
      return random.nextInt(3) == 0;
    }
  }

  private static String forNow(String action, Fault fault) {
    return fault == Fault.BUSY_FOR_SOME
        ? failed(action, 429, "es_rejected_execution_exception")
        : failed(action, 503, "unavailable_shards_exception");
  }

  private static Answer items(List<String> items, Fault fault) {
    if (fault == Fault.ONE_ITEM_SHORT && !items.isEmpty()) {
      items.removeLast();
    }
    return new Answer(200, "{\"errors\":true,\"items\":[" + String.join(",", items) + "]}");
  }

  private static String failed(String action, int status, String type) {
    return "{\"%s\":{\"status\":%d,\"error\":{\"type\":\"%s\",\"reason\":\"told to\"}}}"
        .formatted(action, status, type);
  }

  private synchronized Answer search(String index, JsonNode body) {
    List<String> order = new ArrayList<>();
    for (JsonNode each : body.path("sort")) {
      order.add(each.isString() ? each.stringValue() : each.propertyNames().iterator().next());
    }
    Comparator<JsonNode> inOrder =
        (a, b) -> {
          for (String field : order) {
            int compared = compare(a.path(field), b.path(field));
            if (compared != 0) {
              return compared;
            }
          }
          return 0;
        };
    JsonNode after = body.path("search_after");
    List<JsonNode> hits =
        indices.getOrDefault(index, Map.of()).values().stream()
            .map(Document::source)
            .filter(source -> matches(source, body.path("query")))
            .filter(source -> after.isMissingNode() || isAfter(source, order, after))
            .sorted(inOrder)
            .limit(body.path("size").asLong(10))
            .toList();
    StringBuilder answer =
        new StringBuilder("{\"timed_out\":false,\"_shards\":{\"failed\":0},\"hits\":{\"hits\":[");
    String separator = "";
    for (JsonNode hit : hits) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("_source", hit);
      one.put("sort", order.stream().map(hit::path).toList());
      answer.append(separator).append(new String(Json.write(one), StandardCharsets.UTF_8));
      separator = ",";
    }
    return new Answer(200, answer.append("]}}").toString());
  }

  private static boolean isAfter(JsonNode source, List<String> order, JsonNode after) {
    for (int i = 0; i < order.size(); i++) {
      int compared = compare(source.path(order.get(i)), after.path(i));
      if (compared != 0) {
        return compared > 0;
      }
    }
    return false;
  }

  private static boolean matches(JsonNode source, JsonNode query) {
    Map.Entry<String, JsonNode> clause = query.properties().iterator().next();
    JsonNode of = clause.getValue();
    return switch (clause.getKey()) {
      case "bool" -> {
        boolean matches = true;
        for (JsonNode each : of.path("filter")) {
          matches &= matches(source, each);
        }
        if (of.has("should")) {
          boolean any = false;
          for (JsonNode each : of.path("should")) {
            any |= matches(source, each);
          }
          matches &= any;
        }
        yield matches;
      }
      case "term" -> {
        Map.Entry<String, JsonNode> term = of.properties().iterator().next();
        yield compare(source.path(term.getKey()), term.getValue()) == 0;
      }
      case "range" -> {
        Map.Entry<String, JsonNode> range = of.properties().iterator().next();
        JsonNode value = source.path(range.getKey());
        boolean within = !value.isMissingNode();
        for (Map.Entry<String, JsonNode> bound : range.getValue().properties()) {
          int compared = compare(value, bound.getValue());
          within &=
              switch (bound.getKey()) {
                case "gt" -> compared > 0;
                case "gte" -> compared >= 0;
                case "lt" -> compared < 0;
                case "lte" -> compared <= 0;
                default -> throw new IllegalArgumentException(bound.getKey());
              };
        }
        yield within;
      }
      default -> throw new IllegalArgumentException("a query of this kind: " + clause.getKey());
    };
  }

  private static int compare(JsonNode a, JsonNode b) {
    return a.isNumber() && b.isNumber()
        ? Long.compare(a.asLong(), b.asLong())
        : a.asString("").compareTo(b.asString(""));
  }

  private static List<byte[]> lines(byte[] body) {
    List<byte[]> lines = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < body.length; i++) {
      if (body[i] == '\n') {
        lines.add(java.util.Arrays.copyOfRange(body, from, i));
        from = i + 1;
      }
    }
    return lines;
  }

  private static boolean contains(byte[] bytes, String what) {
    return new String(bytes, StandardCharsets.ISO_8859_1).contains(what);
  }

  private static void reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  private static void write(OutputStream out, Answer answer) throws IOException {
    byte[] bytes = answer.body.getBytes(StandardCharsets.UTF_8);
    head(out, answer.status, bytes.length);
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
  public void close() {
    closed = true;
    try {
      server.close();
      for (Socket socket : sockets) {
        socket.close();
      }
      acceptor.join(5_000);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }
}
