package dev.spoor.system.bench;

import dev.spoor.contract.wire.Json;
import dev.spoor.store.PartitionId;
import dev.spoor.store.TelemetryRecord;
import dev.spoor.store.TelemetryStore;
import dev.spoor.store.elastic.ElasticStore;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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
  /** As the intake has them. */
  private static final int PIECE_BYTES = 2 * 1024 * 1024;

  private static final int PAGE = 2_000;

  private final BareElastic elasticsearch;
  private final List<TelemetryRecord> records = new ArrayList<>();

  private ElasticBench(URI node, int count) {
    this.elasticsearch = new BareElastic(node);
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
    try (ElasticStore store = elasticsearch.store(prefix)) {
      store.checkpoint(new PartitionId("bench", 0));
      writeAll(store);
      expectAllThere(prefix);
      String after = "";
      while (documents.size() < records.size()) {
        HttpResponse<byte[]> page =
            elasticsearch.send(
                "POST",
                "/" + prefix + "records-*/_search",
                "{\"size\":%d,\"sort\":[{\"spoor.no\":\"asc\"}]%s}".formatted(PAGE, after));
        BareElastic.expect200(page);
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
    elasticsearch.makeTemplate(prefix);
    BareElastic.Requests requests = new BareElastic.Requests();
    for (int i = 0; i < records.size(); i++) {
      TelemetryRecord record = records.get(i);
      requests.add(
          BareElastic.index(prefix, record.timestamp()),
          record.source() + "-" + record.seq(),
          documents.get(i).getBytes(StandardCharsets.UTF_8));
    }
    long begin = System.nanoTime();
    elasticsearch.load(requests);
    return finish(prefix, begin);
  }

  private double store(String prefix) throws Exception {
    try (ElasticStore store = elasticsearch.store(prefix)) {
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
    expectAllThere(prefix);
    elasticsearch.remove(prefix);
    return records.size() / seconds;
  }

  private void expectAllThere(String prefix) throws Exception {
    long count = elasticsearch.count(prefix);
    if (count != records.size()) {
      throw new IllegalStateException(count + " of " + records.size() + " records are there");
    }
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }
}
