package dev.spoor.store.elastic;

import dev.spoor.contract.wire.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One small index of ours, whose documents are written with versions of ours: a later one is never
 * replaced by an earlier one, whoever writes. Any thread.
 */
final class VersionedIndex {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  /** A read that fails costs all that was not committed, so it is asked again. */
  private static final int TRIES = 3;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final String NDJSON = "application/x-ndjson";
  private static final String JSON = "application/json";

  private final Connection connection;
  private final String index;

  VersionedIndex(Connection connection, String index) {
    this.connection = connection;
    this.index = index;
  }

  /**
   * A document by its id.
   *
   * @param version 0 if there is none
   * @param source a missing node if there is none
   */
  record Found(long version, JsonNode source) {}

  /** Takes what a search finds, page by page. */
  interface PageVisitor {
    void visit(List<JsonNode> sources) throws IOException;
  }

  /** Makes the index if there is none. */
  void prepare(byte[] settings) throws IOException {
    Connection.Reply reply = connection.send("PUT", "/" + index, settings, JSON, TIMEOUT);
    if (!reply.isOk() && !reply.reason().contains("resource_already_exists_exception")) {
      throw new IOException(reply.reason());
    }
  }

  /** As it was written last, searchable or not. */
  Found get(String id) throws IOException {
    Connection.Reply reply =
        read("/" + index + "/_doc/" + URLEncoder.encode(id, StandardCharsets.UTF_8));
    JsonNode read = Replies.tree(reply.body());
    if (reply.status() == 404 && !read.path("found").asBoolean(true)) {
      return new Found(0, read.path("_source"));
    }
    if (!reply.isOk() || !read.path("_source").isObject()) {
      throw new IOException(reply.reason());
    }
    return new Found(read.path("_version").asLong(), read.path("_source"));
  }

  private Connection.Reply read(String path) throws IOException {
    Duration pause = FIRST_PAUSE;
    for (int left = TRIES - 1; true; left--) {
      try {
        Connection.Reply reply = connection.get(path, TIMEOUT);
        if (left == 0 || (reply.status() != 429 && reply.status() < 500)) {
          return reply;
        }
      } catch (IOException away) {
        if (left == 0 || connection.isClosed() || Thread.currentThread().isInterrupted()) {
          throw away;
        }
      }
      connection.pause(pause);
      pause = pause.multipliedBy(4);
    }
  }

  /** Everything that was written before this call and matches, in the order of these fields. */
  void search(Map<String, Object> query, List<String> order, int page, PageVisitor visitor)
      throws IOException {
    Connection.Reply refreshed =
        connection.send("POST", "/" + index + "/_refresh", null, JSON, TIMEOUT);
    if (!refreshed.isOk()) {
      throw new IOException(refreshed.reason());
    }
    JsonNode after = null;
    while (true) {
      List<Replies.Found> found = ask(query, order, page, after);
      List<JsonNode> sources = new ArrayList<>(found.size());
      for (Replies.Found hit : found) {
        sources.add(Replies.tree(hit.source()));
        after = hit.sort();
      }
      visitor.visit(sources);
      if (found.size() < page) {
        return;
      }
    }
  }

  private List<Replies.Found> ask(
      Map<String, Object> query, List<String> order, int page, @Nullable JsonNode after)
      throws IOException {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("size", page);
    body.put("query", query);
    body.put("sort", order);
    body.put("track_total_hits", false);
    if (after != null) {
      body.put("search_after", after);
    }
    Connection.Reply reply =
        connection.send(
            "POST",
            "/" + index + "/_search?allow_partial_search_results=false",
            Json.write(body),
            JSON,
            TIMEOUT);
    if (!reply.isOk()) {
      throw new IOException(reply.reason());
    }
    return Replies.hits(reply.body());
  }

  /** Documents to be written together. */
  static final class Batch {
    private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
    private int count;

    void index(String id, long version, Map<String, Object> document) {
      Map<String, Object> action = new LinkedHashMap<>();
      action.put("_id", id);
      action.put("version", version);
      action.put("version_type", "external");
      lines.writeBytes(Json.write(Map.of("index", action)));
      lines.write('\n');
      lines.writeBytes(Json.write(document));
      lines.write('\n');
      count++;
    }

    void delete(String id) {
      lines.writeBytes(Json.write(Map.of("delete", Map.of("_id", id))));
      lines.write('\n');
      count++;
    }
  }

  /**
   * All of it is durable, or there is an exception and nobody knows.
   *
   * @throws IOException also for a document that has a later version already
   */
  void write(Batch batch) throws IOException {
    for (Replies.Item item : send(batch)) {
      if (item.status() == 409) {
        throw new IOException("The partition has been taken over by another shipper");
      }
      if (item.errorType() != null) {
        throw new IOException(
            "Elasticsearch did not store the progress: "
                + item.status()
                + " "
                + item.errorType()
                + ": "
                + item.reason());
      }
    }
  }

  /** Deletes what is still there. */
  void delete(Batch batch) throws IOException {
    send(batch);
  }

  private List<Replies.Item> send(Batch batch) throws IOException {
    if (batch.count == 0) {
      return List.of();
    }
    Connection.Reply reply =
        connection.send("POST", "/" + index + "/_bulk", batch.lines.toByteArray(), NDJSON, TIMEOUT);
    if (!reply.isOk()) {
      throw new IOException(reply.reason());
    }
    return Replies.items(reply.body(), batch.count);
  }
}
