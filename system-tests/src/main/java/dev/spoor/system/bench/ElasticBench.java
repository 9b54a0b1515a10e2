package dev.spoor.system.bench;

import dev.spoor.contract.wire.Json;
import dev.spoor.store.PartitionId;
import dev.spoor.store.TelemetryRecord;
import dev.spoor.store.TelemetryStore;
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
 * into the same mapping of the same node. The loader has two requests of 2 MB under way, made
 * beforehand, and of its answers the status is looked at and nothing else. It loads the records as
 * they are, and then the documents that Spoor makes of them, which have more in them to be found.
 *
 * <p>Arguments: address of a node without security, records (100000), rounds (4; the first warms up
 * and is not counted). It deletes what it wrote.
 */
public final class ElasticBench {
  private static final int BODY_BYTES = 2 * 1024 * 1024;

  /** As the intake has them. */
  private static final int PIECE_BYTES = 2 * 1024 * 1024;

  private static final int PAGE = 2_000;

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
    List<Double> same = new ArrayList<>();
    List<Double> store = new ArrayList<>();
    List<String> documents = bench.documents("bench-documents-");
    for (int round = 0; round < rounds; round++) {
      double bareRate = bench.bareLoader("bench-bare-" + round + "-", bench.asTheyAre());
      double sameRate = bench.bareLoader("bench-same-" + round + "-", documents);
      double storeRate = bench.store("bench-store-" + round + "-");
      System.out.printf(
          "round %d: bare, records %.0f/s, bare, Spoor's documents %.0f/s, store %.0f/s%n",
          round, bareRate, sameRate, storeRate);
      if (round > 0) {
        bare.add(bareRate);
        same.add(sameRate);
        store.add(storeRate);
      }
    }
    System.out.println("| way | records/s, median (min … max) | of bare |");
    System.out.println("| --- | --- | --- |");
    row("bare bulk loader, records as they are", bare, bare);
    row("bare bulk loader, Spoor's documents", same, bare);
    row("Spoor's store", store, bare);
    // Its client has threads of its own.
    System.exit(0);
  }

  private static void row(String way, List<Double> rates, List<Double> bare) {
    System.out.printf(
        "| %s | %,.0f (%,.0f … %,.0f) | %.0f %% |%n",
        way,
        median(rates),
        rates.stream().min(Double::compare).orElseThrow(),
        rates.stream().max(Double::compare).orElseThrow(),
        100 * median(rates) / median(bare));
  }

  private List<String> asTheyAre() {
    return records.stream()
        .map(record -> new String(record.json(), StandardCharsets.UTF_8))
        .toList();
  }

  /** What the store makes of the records, in their order. */
  private List<String> documents(String prefix) throws Exception {
    List<String> documents = new ArrayList<>();
    try (ElasticStore store = open(prefix)) {
      store.checkpoint(new PartitionId("bench", 0));
      writeAll(store);
      expect200(send("POST", "/" + prefix + "records-*/_refresh"));
      String after = "";
      while (documents.size() < records.size()) {
        HttpResponse<byte[]> page =
            http.send(
                HttpRequest.newBuilder(node.resolve("/" + prefix + "records-*/_search"))
                    .header("Content-Type", "application/json")
                    .POST(
                        HttpRequest.BodyPublishers.ofString(
                            "{\"size\":"
                                + PAGE
                                + ",\"sort\":[{\"spoor.no\":\"asc\"}]"
                                + after
                                + "}"))
                    .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        expect200(page);
        for (JsonNode hit : Json.tree(page.body()).path("hits").path("hits")) {
          documents.add(hit.path("_source").toString());
          after = ",\"search_after\":" + hit.path("sort");
        }
      }
      finish(prefix, System.nanoTime());
    }
    return documents;
  }

  private double bareLoader(String prefix, List<String> documents) throws Exception {
    try (ElasticStore store = open(prefix)) {
      // For its template.
      store.checkpoint(new PartitionId("bench", 0));
    }
    List<byte[]> bodies = new ArrayList<>();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int i = 0; i < records.size(); i++) {
      TelemetryRecord record = records.get(i);
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
      body.writeBytes(documents.get(i).getBytes(StandardCharsets.UTF_8));
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
      writeAll(store);
      return finish(prefix, begin);
    }
  }

  /** As the intake does: the next piece is made ready while the store takes one. */
  private void writeAll(ElasticStore store) throws IOException {
    List<TelemetryRecord> piece = new ArrayList<>();
    TelemetryStore.Writing before = List::of;
    int bytes = 0;
    for (TelemetryRecord record : records) {
      piece.add(record);
      bytes += record.json().length;
      if (bytes >= PIECE_BYTES) {
        TelemetryStore.Writing next = store.begin(piece);
        expectAll(before);
        before = next;
        piece = new ArrayList<>();
        bytes = 0;
      }
    }
    TelemetryStore.Writing last = store.begin(piece);
    expectAll(before);
    expectAll(last);
  }

  private static void expectAll(TelemetryStore.Writing writing) throws IOException {
    if (!writing.await().isEmpty()) {
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
