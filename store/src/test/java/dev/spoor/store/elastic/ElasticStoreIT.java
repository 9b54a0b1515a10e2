package dev.spoor.store.elastic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.store.Checkpoint;
import dev.spoor.store.Page;
import dev.spoor.store.Search;
import dev.spoor.store.SummaryKey;
import dev.spoor.store.TelemetryRecord;
import dev.spoor.store.TelemetryStore;
import dev.spoor.store.TelemetryStoreContract;
import dev.spoor.store.query.Query;
import dev.spoor.store.query.QueryParser;
import dev.spoor.testkit.TestElasticsearch;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ElasticStoreIT extends TelemetryStoreContract {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final TestElasticsearch server = TestElasticsearch.shared();
  private final String prefix = TestElasticsearch.freshPrefix();

  @Override
  protected TelemetryStore open() throws IOException {
    return open(Duration.ZERO, 0);
  }

  @Test
  void aShipperThatHasLostAPartitionCannotMoveItsOffset() throws Exception {
    store().checkpoint(P0);
    store().commit(List.of(new Checkpoint(P0, 3, Map.of("s", new byte[] {3}))));
    try (TelemetryStore successor = open()) {
      assertThat(successor.checkpoint(P0).nextOffset()).isEqualTo(3);
      successor.commit(List.of(new Checkpoint(P0, 5, Map.of("t", new byte[] {5}))));
      // It writes states and fails at the offset, as one does that is killed in between.
      assertThatThrownBy(() ->
              store()
                  .commit(
                      List.of(
                          new Checkpoint(
                              P0, 4, Map.of("s", new byte[] {4}, "new", new byte[] {4})))))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("taken over");
      for (Checkpoint seen : List.of(successor.states().getFirst(), store().checkpoint(P0))) {
        assertThat(seen.nextOffset()).isEqualTo(5);
        assertThat(seen.states()).containsOnlyKeys("s", "t");
        assertThat(seen.states().get("s")).containsExactly(3);
      }
      // What never counted does not come to count by a later commit.
      store().commit(List.of(new Checkpoint(P0, 6, Map.of("t", new byte[] {6}))));
      assertThat(store().states().getFirst().states()).containsOnlyKeys("s", "t");
      assertThat(successor.checkpoint(P0).states().get("s")).containsExactly(3);
    }
  }

  @Test
  void aSummaryOfACommitThatNeverWasDoesNotCount() throws Exception {
    SummaryKey first = new SummaryKey("minute", T0);
    SummaryKey second = new SummaryKey("minute", T0.plusSeconds(60));
    store().checkpoint(P0);
    store().commit(List.of(summarised(P0, 3, Map.of(first, new byte[] {3}))));
    try (TelemetryStore successor = open()) {
      successor.checkpoint(P0);
      // It writes its summaries and fails at the offset.
      assertThatThrownBy(() ->
              store()
                  .commit(
                      List.of(
                          summarised(
                              P0, 4, Map.of(first, new byte[] {4}, second, new byte[] {4})))))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("taken over");
      assertThat(minutes(successor)).containsExactly(3);
      // The successor, who has not seen either of them, goes on from what counts.
      assertThat(successor.summary(P0, second)).isNull();
      assertThat(successor.summary(P0, first)).containsExactly(3);
      successor.commit(List.of(summarised(P0, 5, Map.of(first, new byte[] {5}))));
      assertThat(minutes(successor)).containsExactly(5);
    }
    // And so does whoever is next.
    assertThat(store().checkpoint(P0).nextOffset()).isEqualTo(5);
    store().commit(List.of(summarised(P0, 6, Map.of())));
    assertThat(minutes(store())).containsExactly(5);
  }

  private static List<Integer> minutes(TelemetryStore store) throws IOException {
    List<Integer> found = new ArrayList<>();
    store.summaries("minute", T0, T0.plusSeconds(120), (key, value) -> found.add((int) value[0]));
    return found;
  }

  @Test
  void daysThatAreTooOldAreDeletedAsAWhole() throws Exception {
    Instant now = Instant.now();
    try (TelemetryStore keepsThreeDays = open(Duration.ofDays(3), 0)) {
      List<TelemetryRecord> records = new ArrayList<>();
      for (int day = 0; day < 6; day++) {
        records.add(record("s", day + 1, now.minus(Duration.ofDays(day)), Map.of()));
      }
      keepsThreeDays.write(records);
      keepsThreeDays.commit(List.of());
      keepsThreeDays.refresh();
      assertThat(seqs(keepsThreeDays)).containsExactly(1L, 2L, 3L, 4L);
    }
  }

  @Test
  void aLifecyclePolicyThatTheClusterDoesNotKnowIsRefused() throws Exception {
    // This distribution knows none at all.
    ElasticSettings plain = settings(Duration.ofDays(3), 0);
    try (TelemetryStore store =
        ElasticStore.open(
            new ElasticSettings(
                plain.uris(),
                prefix,
                plain.credentials(),
                null,
                plain.requestTimeout(),
                plain.patience(),
                plain.retention(),
                0,
                "spoor-records"),
            Clock.systemUTC(),
            new Random(1))) {
      assertThatThrownBy(() -> store.checkpoint(P0))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith(
              "SPOOR_ELASTICSEARCH_LIFECYCLE_POLICY is 'spoor-records', expected the name of a"
                  + " policy that the cluster has");
    }
  }

  @Test
  void aRecordThatIsWrittenAgainOnAnotherDayIsNotThereTwice() throws Exception {
    TelemetryRecord record = record("s", 1, T0.minus(Duration.ofDays(40)), Map.of());
    write(record);
    try (TelemetryStore later = open()) {
      assertThat(later.write(List.of(record))).isEmpty();
      later.refresh();
      assertThat(seqs(later)).containsExactly(1L);
    }
  }

  @Test
  void aPageIsBoundedInBytes() throws Exception {
    List<TelemetryRecord> large = new ArrayList<>();
    for (int seq = 1; seq <= 20; seq++) {
      large.add(record(seq, Map.of("custom", "z".repeat(1_000_000))));
    }
    write(large.toArray(TelemetryRecord[]::new));
    Page page =
        store()
            .search(
                new Search(
                    new Query.Everything(), null, null, true, 20, null, Duration.ofSeconds(20)));
    assertThat(page.hits()).hasSizeBetween(8, 9);
    assertThat(page.more()).isTrue();
  }

  @Test
  void anIdHasRoomForEverySource() throws Exception {
    String source = "\u65e5".repeat(200);
    TelemetryRecord record = record(source, 1, T0, Map.of());
    write(record, record);
    assertThat(
            store()
                .search(new Search(Query.exact("source", source), null, null, true, 9, null, LIMIT))
                .hits())
        .hasSize(1);
  }

  @Test
  void thousandsOfUnknownNamesMakeNoNewMappings() throws Exception {
    Map<String, Object> names = new LinkedHashMap<>();
    for (int i = 0; i < 5_000; i++) {
      names.put("name" + i, i);
    }
    write(record(1, names));
    assertThat(
            store()
                .search(
                    new Search(Query.exact("name4711", "4711"), null, null, true, 1, null, LIMIT))
                .hits())
        .hasSize(1);
  }

  @Test
  void aGroupOfParenthesesAsDeepAsCanBeReadIsAnswered() throws Exception {
    write(record(1));
    String query = nested(QueryParser.MAX_DEPTH);
    assertThat(
            store()
                .search(new Search(QueryParser.parse(query, T0), null, null, true, 9, null, LIMIT))
                .hits())
        .hasSize(1);
  }

  private static String nested(int levels) {
    StringBuilder query = new StringBuilder();
    for (int level = 0; level < levels; level++) {
      query.append(level % 2 == 0 ? "level:INFO AND (" : "level:ERROR OR (");
    }
    return query.append("error:* OR level:INFO").append(")".repeat(levels)).toString();
  }

  private static List<Long> seqs(TelemetryStore store) throws IOException {
    return store
        .search(new Search(new Query.Everything(), null, null, true, 100, null, LIMIT))
        .hits()
        .stream()
        .map(hit -> hit.position().seq())
        .toList();
  }

  private TelemetryStore open(Duration retention, long maxBytes) throws IOException {
    return ElasticStore.open(settings(retention, maxBytes), Clock.systemUTC(), new Random(1));
  }

  private ElasticSettings settings(Duration retention, long maxBytes) {
    return new ElasticSettings(
        List.of(server.uri()),
        prefix,
        new Credentials.Nobody(),
        null,
        Duration.ofSeconds(30),
        Duration.ofSeconds(10),
        retention,
        maxBytes);
  }
}
