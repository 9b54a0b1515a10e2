package dev.spoor.store.elastic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.contract.wire.Json;
import dev.spoor.store.Refusal;
import dev.spoor.store.TelemetryRecord;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Against a server that fails in every way that is known. For a longer run: {@code
 * -Dspoor.faults.records=1000000 -Dspoor.test.seed=…}.
 */
@Timeout(1800)
class BulkFaultsIT {
  private static final int RECORDS = Integer.getInteger("spoor.faults.records", 50_000);
  private static final int PIECE = 500;
  private static final Instant T0 = Instant.parse("2026-11-24T20:00:00Z");

  @Test
  void eachRecordIsStoredOnceOrRefusedWhateverTheServerDoes() throws Exception {
    long seed = Long.getLong("spoor.test.seed", 1);
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    Set<String> stored = new HashSet<>();
    Set<String> refused = new HashSet<>();
    List<String> letters = new ArrayList<>();
    int failures = 0;
    try (FaultyServer server = new FaultyServer(new Random(seed), 0.5);
        ElasticStore store = open(server.uri(), Duration.ofSeconds(20))) {
      for (int first = 1; first <= RECORDS; first += PIECE) {
        List<TelemetryRecord> piece = new ArrayList<>();
        for (int seq = first; seq < Math.min(first + PIECE, RECORDS + 1); seq++) {
          String poison =
              random.nextInt(500) == 0 ? "conflict" : random.nextInt(5_000) == 0 ? "huge" : "";
          TelemetryRecord record = record(seq, poison);
          piece.add(record);
          if (poison.isEmpty()) {
            stored.add("t-records-" + day(record) + "/" + "s-" + seq);
          } else {
            refused.add("s-" + seq);
          }
        }
        while (true) {
          try {
            for (Refusal refusal : store.write(piece)) {
              letters.add("s-" + piece.get(refusal.position()).seq());
              assertThat(refusal.detail()).matches("document_parsing_exception: .*|larger than .*");
            }
            break;
          } catch (IOException longFault) {
            // As the intake does: the same records again.
            failures++;
          }
        }
      }
      assertThat(server.documents()).isEqualTo(stored);
      assertThat(letters).containsExactlyInAnyOrderElementsOf(refused);
      assertThat(server.met()).containsOnlyKeys(FaultyServer.Fault.values());
      assertThat(server.conflicts()).as("records that were sent again").isGreaterThan(100);
      System.out.printf(
          "%d records, %d refused, %d sent again though stored, %d writes given up, faults %s%n",
          RECORDS, letters.size(), server.conflicts(), failures, server.met());
    }
  }

  @Test
  void aServerThatIsAwayIsAFailureWhenPatienceEnds() throws Exception {
    URI nobody;
    try (FaultyServer gone = new FaultyServer(new Random(1), 0)) {
      nobody = gone.uri();
    }
    try (ElasticStore store = open(nobody, Duration.ofMillis(500))) {
      assertThatThrownBy(() -> store.write(List.of(record(1, ""))))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("does not answer");
      assertThatThrownBy(store::check).isInstanceOf(IOException.class);
    }
  }

  private static ElasticStore open(URI uri, Duration patience) throws IOException {
    return ElasticStore.open(
        new ElasticSettings(
            List.of(uri),
            "t-",
            new Credentials.Nobody(),
            null,
            Duration.ofMillis(500),
            patience,
            Duration.ZERO,
            0),
        Clock.systemUTC(),
        new Random(1));
  }

  private static String day(TelemetryRecord record) {
    return record.timestamp().toString().substring(0, 10).replace('-', '.');
  }

  private static TelemetryRecord record(int seq, String poison) {
    // Over the days, so that one request has several indices in it.
    Instant timestamp = T0.plusSeconds(seq * 13L % 20_000);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("timestamp", timestamp.toString());
    fields.put("source", "s");
    fields.put("seq", seq);
    fields.put("message", "m ".repeat(100));
    if (!poison.isEmpty()) {
      fields.put("poison", poison);
    }
    byte[] json = Json.write(fields);
    return new TelemetryRecord("s", seq, timestamp, Json.tree(json), json);
  }
}
