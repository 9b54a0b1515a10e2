package dev.spoor.system.bench;

import dev.spoor.contract.wire.Json;
import dev.spoor.store.PartitionId;
import dev.spoor.store.elastic.Credentials;
import dev.spoor.store.elastic.ElasticSettings;
import dev.spoor.store.elastic.ElasticStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import tools.jackson.databind.JsonNode;

/**
 * A real Elasticsearch without security, and the least that one would do to fill it: the bare bulk
 * loader, which has its requests made beforehand, two of them under way, and reads of an answer
 * nothing but its status.
 */
public final class BareElastic {
  private static final int BODY_BYTES = 2 * 1024 * 1024;
  private static final int AT_ONCE = 2;

  private final URI node;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  public BareElastic(URI node) {
    this.node = node;
  }

  /** Requests to be sent one after the other. */
  public static final class Requests {
    private final List<byte[]> bodies = new ArrayList<>();
    private final ByteArrayOutputStream next = new ByteArrayOutputStream();

    /**
     * @param index that the record is created in
     * @param id {@code source-seq}
     */
    public Requests add(String index, String id, byte[] json) {
      next.writeBytes(
          "{\"create\":{\"_index\":\"%s\",\"_id\":\"%s\"}}\n"
              .formatted(index, id)
              .getBytes(StandardCharsets.UTF_8));
      next.writeBytes(json);
      next.write('\n');
      if (next.size() >= BODY_BYTES) {
        bodies.add(next.toByteArray());
        next.reset();
      }
      return this;
    }

    private List<byte[]> bodies() {
      if (next.size() > 0) {
        bodies.add(next.toByteArray());
        next.reset();
      }
      return bodies;
    }
  }

  /** Returns when all of them have been answered. */
  public void load(Requests requests) throws InterruptedException, ExecutionException {
    List<CompletableFuture<HttpResponse<byte[]>>> underWay = new ArrayList<>();
    for (byte[] each : requests.bodies()) {
      if (underWay.size() == AT_ONCE) {
        expect200(underWay.removeFirst().get());
      }
      underWay.add(
          http.sendAsync(
              request("POST", "/_bulk", HttpRequest.BodyPublishers.ofByteArray(each)),
              HttpResponse.BodyHandlers.ofByteArray()));
    }
    for (CompletableFuture<HttpResponse<byte[]>> each : underWay) {
      expect200(each.get());
    }
  }

  /** A store with this prefix that keeps all records. */
  public ElasticStore store(String prefix) throws IOException {
    return ElasticStore.open(
        new ElasticSettings(
            List.of(node),
            prefix,
            new Credentials.Nobody(),
            null,
            Duration.ofSeconds(30),
            Duration.ofSeconds(20),
            Duration.ZERO,
            0),
        Clock.systemUTC(),
        new Random(1));
  }

  /** So that indices with this prefix have the mapping of Spoor's, whoever makes them. */
  public void makeTemplate(String prefix) throws IOException {
    try (ElasticStore store = store(prefix)) {
      store.checkpoint(new PartitionId("bench", 0));
    }
  }

  /** The index of records of a day. */
  public static String index(String prefix, Instant time) {
    return prefix + "records-" + time.toString().substring(0, 10).replace('-', '.');
  }

  /** How many records the server has taken, searchable or not; what was offered again counts. */
  public long taken(String prefix) throws IOException, InterruptedException {
    return ask(
            "GET",
            "/"
                + prefix
                + "records-*/_stats/indexing?filter_path=_all.primaries.indexing.index_total")
        .at("/_all/primaries/indexing/index_total")
        .asLong(0);
  }

  /** How many different records there are. */
  public long count(String prefix) throws IOException, InterruptedException {
    expect200(send("POST", "/" + prefix + "records-*/_refresh", ""));
    return ask("GET", "/" + prefix + "records-*/_count").path("count").asLong();
  }

  /** All indices with this prefix, and the template. */
  public void remove(String prefix) throws IOException, InterruptedException {
    for (JsonNode index :
        ask("GET", "/_cat/indices/" + prefix + "*?format=json&h=index&expand_wildcards=all")) {
      expect200(send("DELETE", "/" + index.path("index").asString(), ""));
    }
    expect200(send("DELETE", "/_index_template/" + prefix + "records", ""));
  }

  private JsonNode ask(String method, String path) throws IOException, InterruptedException {
    return Json.tree(send(method, path, "").body());
  }

  /**
   * @param body empty for none
   */
  public HttpResponse<byte[]> send(String method, String path, String body)
      throws IOException, InterruptedException {
    return http.send(
        request(
            method,
            path,
            body.isEmpty()
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofString(body)),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  private HttpRequest request(String method, String path, HttpRequest.BodyPublisher body) {
    return HttpRequest.newBuilder(node.resolve(path))
        .timeout(Duration.ofMinutes(1))
        .header("Content-Type", "application/json")
        .method(method, body)
        .build();
  }

  /**
   * @throws IllegalStateException with what the server says
   */
  public static void expect200(HttpResponse<byte[]> answer) {
    if (answer.statusCode() != 200) {
      throw new IllegalStateException(new String(answer.body(), StandardCharsets.UTF_8));
    }
  }
}
