package dev.spoor.system.bench;

import dev.spoor.contract.wire.Json;
import dev.spoor.store.PartitionId;
import dev.spoor.store.TelemetryRecord;
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
import tools.jackson.databind.JsonNode;

/**
 * Spoor's store in Elasticsearch beside a bare bulk loader: the same records under the same ids
 * into the same mapping of the same node, two requests of 2 MB under way. The loader's requests are
 * made beforehand and of its answers the status is looked at and nothing else.
 *
 * <p>Arguments: address of a node without security, records (100000), rounds (4; the first warms up
 * and is not counted). It deletes what it wrote.
 */
public final class ElasticBench {
  private static final int BODY_BYTES = 2 * 1024 * 1024;
  private static final int PIECE_BYTES = 4 * 1024 * 1024;

  private final URI node;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<TelemetryRecord> records = new ArrayList<>();

  private ElasticBench(URI node, int count) {
    this.node = node;
    for (byte[] json : ShippingBench.documents(count)) {
      JsonNode fields = Json.tree(json);
      records.add(
          new TelemetryRecord(
              fields.path("source").asString(),
              fields.path("seq").asLong(),
              Instant.parse(fields.path("timestamp").asString()),
              fields,
              json));
    }
  }

  public static void main(String[] args) throws Exception {
    int count = args.length > 1 ? Integer.parseInt(args[1]) : 100_000;
    int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 4;
    ElasticBench bench = new ElasticBench(URI.create(args[0]), count);
    System.out.printf("%d records, %d rounds, %s%n", count, rounds, Machine.describe());
    List<Double> bare = new ArrayList<>();
    List<Double> store = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      double bareRate = bench.bareLoader("bench-bare-" + round + "-");
      double storeRate = bench.store("bench-store-" + round + "-");
      System.out.printf("round %d: bare %.0f/s, store %.0f/s%n", round, bareRate, storeRate);
      if (round > 0) {
        bare.add(bareRate);
        store.add(storeRate);
      }
    }
    System.out.printf(
        "median: bare %.0f/s, store %.0f/s, %.0f %%%n",
        median(bare), median(store), 100 * median(store) / median(bare));
    // Its client has threads of its own.
    System.exit(0);
  }

  private double bareLoader(String prefix) throws Exception {
    try (ElasticStore store = open(prefix)) {
      // For its template.
      store.checkpoint(new PartitionId("bench", 0));
    }
    List<byte[]> bodies = new ArrayList<>();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (TelemetryRecord record : records) {
      String day = record.timestamp().toString().substring(0, 10).replace('-', '.');
      body.writeBytes(
          ("{\"create\":{\"_index\":\""
                  + prefix
                  + "records-"
                  + day
                  + "\",\"_id\":\""
                  + record.source()
                  + "-"
                  + record.seq()
                  + "\"}}\n")
              .getBytes(StandardCharsets.UTF_8));
      body.writeBytes(record.json());
      body.write('\n');
      if (body.size() >= BODY_BYTES) {
        bodies.add(body.toByteArray());
        body.reset();
      }
    }
    bodies.add(body.toByteArray());
    long begin = System.nanoTime();
    List<CompletableFuture<HttpResponse<byte[]>>> underWay = new ArrayList<>();
    for (byte[] each : bodies) {
      if (underWay.size() == 2) {
        expect200(underWay.removeFirst().get());
      }
      underWay.add(
          http.sendAsync(request("POST", "/_bulk", each), HttpResponse.BodyHandlers.ofByteArray()));
    }
    for (CompletableFuture<HttpResponse<byte[]>> each : underWay) {
      expect200(each.get());
    }
    return finish(prefix, begin);
  }

  private double store(String prefix) throws Exception {
    try (ElasticStore store = open(prefix)) {
      store.checkpoint(new PartitionId("bench", 0));
      long begin = System.nanoTime();
      List<TelemetryRecord> piece = new ArrayList<>();
      int bytes = 0;
      for (TelemetryRecord record : records) {
        piece.add(record);
        bytes += record.json().length;
        if (bytes >= PIECE_BYTES) {
          write(store, piece);
          piece.clear();
          bytes = 0;
        }
      }
      write(store, piece);
      return finish(prefix, begin);
    }
  }

  private static void write(ElasticStore store, List<TelemetryRecord> piece) throws IOException {
    if (!store.write(piece).isEmpty()) {
      throw new IllegalStateException("A record was refused");
    }
  }

  private double finish(String prefix, long begin) throws Exception {
    double seconds = (System.nanoTime() - begin) / 1e9;
    expect200(send("POST", "/" + prefix + "records-*/_refresh"));
    HttpResponse<byte[]> counted = send("GET", "/" + prefix + "records-*/_count");
    long count = Json.tree(counted.body()).path("count").asLong();
    if (count != records.size()) {
      throw new IllegalStateException(count + " of " + records.size() + " records are there");
    }
    HttpResponse<byte[]> indices =
        send("GET", "/_cat/indices/" + prefix + "*?format=json&h=index&expand_wildcards=all");
    for (JsonNode index : Json.tree(indices.body())) {
      expect200(send("DELETE", "/" + index.path("index").asString()));
    }
    expect200(send("DELETE", "/_index_template/" + prefix + "records"));
    return records.size() / seconds;
  }

  private ElasticStore open(String prefix) throws IOException {
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

  private HttpResponse<byte[]> send(String method, String path) throws Exception {
    return http.send(request(method, path, new byte[0]), HttpResponse.BodyHandlers.ofByteArray());
  }

  private HttpRequest request(String method, String path, byte[] body) {
    return HttpRequest.newBuilder(node.resolve(path))
        .header("Content-Type", "application/x-ndjson")
        .method(
            method,
            body.length == 0
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofByteArray(body))
        .build();
  }

  private static void expect200(HttpResponse<byte[]> answer) {
    if (answer.statusCode() != 200) {
      throw new IllegalStateException(new String(answer.body(), StandardCharsets.UTF_8));
    }
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }
}
