package dev.spoor.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Json;
import dev.spoor.store.query.Query;
import dev.spoor.store.query.QueryParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What every telemetry store does. A subclass says how one is opened on what it held before. */
public abstract class TelemetryStoreContract {
  protected static final PartitionId P0 = new PartitionId("spoor.telemetry", 0);
  protected static final PartitionId P1 = new PartitionId("spoor.telemetry", 1);
  protected static final Instant T0 = Instant.parse("2026-11-24T10:00:00Z");

  private static final Duration LIMIT = Duration.ofSeconds(10);

  private TelemetryStore store;

  /** Opens the store of this test; the same data each time within one test. */
  protected abstract TelemetryStore open() throws IOException;

  @BeforeEach
  void openFirst() throws IOException {
    store = open();
  }

  @AfterEach
  void closeLast() throws IOException {
    store.close();
  }

  @Test
  void aHitIsTheRecordUnchanged() throws Exception {
    byte[] json =
        """
        {"timestamp":"2026-11-24T10:00:00.123456789Z","source":"s","seq":1,"message":"Grüße \\ud83d\\ude00 \\u0000",
          "nested":{"a":[1,2.50,{"b":null}]}, "labels":{"team":"blue"},"big":12345678901234567890}
        """
            .getBytes(StandardCharsets.UTF_8);
    write(new TelemetryRecord("s", 1, T0, Json.tree(json), json));
    assertThat(search("*:*").hits())
        .singleElement()
        .satisfies(hit -> {
          assertThat(hit.json()).isEqualTo(json);
          assertThat(hit.position()).isEqualTo(new Position(T0, "s", 1));
        });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          level:ERROR                                  | 2
          level:error                                  |
          log.level:ERROR                              | 2
          message:timeout                              | 2 3
          TIMEOUT                                      | 2 3
          "timeout calling"                            | 2
          "calling timeout"                            |
          "timeout model"~3                            | 2
          time*                                        | 2 3
          t?meout                                      | 2 3
          tineout~1                                    | 2 3
          message:"timeout" AND level:WARNING          | 3
          timeout -level:ERROR                         | 3
          NOT timeout                                  | 1 4 5
          timeout AND NOT level:ERROR                  | 3
          level:(ERROR OR WARNING)                     | 2 3
          duration_ms:>1000                            | 2
          duration_ms:>=12.5                           | 1 2
          duration_ms:12.5                             | 1
          duration_ms:[10 TO 20]                       | 1
          event.duration:<20                           | 1
          status_code:>=500                            | 4
          http.response.status_code:[400 TO 503}       |
          status_code:503                              | 4
          path:"/v1/jobs"                              | 4
          path:"/V1/jobs"                              |
          path:\\/v1*                                  | 4
          labels.team:blue                             | 1
          labels.team:b*                               | 1
          labels.team:blu?                             | 1
          labels.team:blue~                            | 1
          labels.team:Blue                             |
          labels.other:blue                            |
          labels:*                                     | 1
          labels.team:*                                | 1
          error:*                                      | 2
          NOT error:*                                  | 1 3 4 5
          custom.deep.key:7                            | 5
          custom.list:two                              | 5
          custom.flag:true                             | 5
          custom:*                                     | 5
          exception:IllegalStateException              | 2
          exception:java.lang.IllegalStateException    | 2
          timestamp:[2026-11-24T10:00:02Z TO 2026-11-24T10:00:03Z] | 2 3
          timestamp:>2026-11-24T10:00:03Z              | 4 5
          timestamp:<=2026-11-24                       | 1 2 3 4 5
          timestamp:2026-11-23                         |
          seq:3                                        | 3
          source:s AND seq:[2 TO 3]                    | 2 3
          trace.id:4bf92f3577b34da6a3ce929d0e0e4736    | 1
          gen_ai.request.model:"scripted:1"            | 5
          gen_ai.request.model:scripted\\:1            | 5
          gen_ai.usage.input_tokens:>100               | 5
          (level:ERROR OR status_code:503) AND -exception:foo | 2 4
          level:NOTHING                                |
          """)
  void answersTheQueryLanguage(String query, @Nullable String seqs) throws Exception {
    write(
        record(
            1,
            Map.of(
                "level", "INFO",
                "message", "Job finished",
                "duration_ms", 12.5,
                "trace_id", "4bf92f3577b34da6a3ce929d0e0e4736",
                "labels", Map.of("team", "blue"))),
        record(
            2,
            Map.of(
                "level", "ERROR",
                "message", "Timeout calling the model",
                "error", "no answer in 30 s",
                "duration_ms", 30_000,
                "exception", "java.lang.IllegalStateException: no answer\n\tat a.B.c(B.java:3)")),
        record(3, Map.of("level", "WARNING", "message", "A timeout is near")),
        record(
            4,
            Map.of(
                "level", "INFO",
                "message", "GET",
                "path", "/v1/jobs",
                "status_code", 503,
                // Wrong types are kept and do not spoil anything.
                "duration_ms", "slow",
                "attempt", Map.of("a", 1))),
        record(
            5,
            Map.of(
                "level",
                "INFO",
                "gen_ai.request.model",
                "scripted:1",
                "gen_ai.usage.input_tokens",
                1234,
                "custom",
                Map.of("deep", Map.of("key", 7), "list", List.of("one", "two"), "flag", true))));
    List<Long> expected =
        seqs == null
            ? List.of()
            : java.util.Arrays.stream(seqs.split(" ")).map(Long::valueOf).toList();
    assertThat(search(query).hits())
        .extracting(hit -> hit.position().seq())
        .containsExactlyElementsOf(expected);
  }

  @Test
  void aTimeBoundIsHalfOpen() throws Exception {
    write(record(1), record(2), record(3));
    Page page =
        store.search(
            new Search(
                new Query.Everything(),
                T0.plusSeconds(1),
                T0.plusSeconds(3),
                false,
                10,
                null,
                LIMIT));
    assertThat(page.hits()).extracting(hit -> hit.position().seq()).containsExactly(1L, 2L);
  }

  @Test
  void pagesStayWholeWhileNewRecordsCome() throws Exception {
    Random random = new Random(3);
    List<TelemetryRecord> records = new ArrayList<>();
    for (int seq = 1; seq <= 200; seq++) {
      // Many records of one instant: the order must not depend on anything but the record.
      records.add(record("s" + seq % 3, seq, T0.plusSeconds(random.nextInt(5)), Map.of()));
    }
    write(records.toArray(TelemetryRecord[]::new));
    for (boolean newestFirst : new boolean[] {true, false}) {
      List<Position> seen = new ArrayList<>();
      Position after = null;
      int more = 10_000;
      Page page;
      do {
        page =
            store.search(
                new Search(
                    Query.exact("level", "INFO"),
                    null,
                    T0.plusSeconds(100),
                    newestFirst,
                    7,
                    after,
                    LIMIT));
        page.hits().forEach(hit -> seen.add(hit.position()));
        after = page.hits().getLast().position();
        write(record("new", ++more, T0.plusSeconds(200), Map.of()));
      } while (page.more());
      assertThat(seen).doesNotHaveDuplicates().hasSize(200);
      assertThat(seen)
          .extracting(Position::timestamp)
          .isSortedAccordingTo(
              newestFirst
                  ? java.util.Comparator.<Instant>reverseOrder()
                  : java.util.Comparator.<Instant>naturalOrder());
    }
  }

  @Test
  void whatIsNotCommittedIsNotThereAfterAnEnd() throws Exception {
    store.write(List.of(record(1)));
    store.commit(List.of(new Checkpoint(P0, 11, Map.of("s", new byte[] {1}))));
    store.write(List.of(record(2)));
    store.close();
    store = open();
    assertThat(store.checkpoint(P0).nextOffset()).isEqualTo(11);
    assertThat(store.checkpoint(P0).states()).containsOnlyKeys("s");
    // A store may have kept record 2; it may not have two of it once it was written again.
    store.write(List.of(record(2)));
    store.commit(List.of(new Checkpoint(P0, 12, Map.of("s", new byte[] {2}))));
    store.refresh();
    assertThat(search("*:*").hits())
        .extracting(hit -> hit.position().seq())
        .containsExactly(1L, 2L);
    assertThat(store.checkpoint(P0).states().get("s")).containsExactly(2);
  }

  @Test
  void progressIsKeptByPartition() throws Exception {
    store.commit(
        List.of(
            new Checkpoint(P0, 5, Map.of("a", new byte[] {1}, "b", new byte[] {2})),
            new Checkpoint(P1, 6, Map.of("a", new byte[] {3}))));
    store.commit(List.of(new Checkpoint(P0, 7, Map.of("b", new byte[] {9}))));
    assertThat(store.checkpoint(P0).nextOffset()).isEqualTo(7);
    assertThat(store.checkpoint(P0).states().get("a")).containsExactly(1);
    assertThat(store.checkpoint(P0).states().get("b")).containsExactly(9);
    assertThat(store.checkpoint(P1).nextOffset()).isEqualTo(6);
    assertThat(store.checkpoint(new PartitionId("other", 0)))
        .satisfies(none -> {
          assertThat(none.nextOffset()).isZero();
          assertThat(none.states()).isEmpty();
        });
    assertThat(store.states())
        .extracting(Checkpoint::partition, Checkpoint::nextOffset)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple(P0, 7L),
            org.assertj.core.groups.Tuple.tuple(P1, 6L));
  }

  @Test
  void summariesAreCommittedWithTheProgress() throws Exception {
    SummaryKey ten = new SummaryKey("minute", T0);
    store.checkpoint(P0);
    store.checkpoint(P1);
    assertThat(store.summary(P0, ten)).isNull();
    store.commit(List.of(summarised(P0, 1, Map.of(ten, new byte[] {1}))));
    store.commit(List.of(summarised(P1, 1, Map.of(ten, new byte[] {7}))));
    store.commit(List.of(summarised(P0, 2, Map.of(ten, new byte[] {2}))));
    assertThat(store.summary(P0, ten)).containsExactly(2);
    store.close();
    store = open();
    assertThat(store.checkpoint(P0).summaries()).isEmpty();
    store.checkpoint(P1);
    assertThat(store.summary(P0, ten)).containsExactly(2);
    assertThat(store.summary(P1, ten)).containsExactly(7);
    assertThat(store.summary(P1, new SummaryKey("hour", T0))).isNull();
  }

  @Test
  void summariesAreFoundBySpanAndTime() throws Exception {
    store.checkpoint(P0);
    store.checkpoint(P1);
    Map<SummaryKey, byte[]> minutes = new LinkedHashMap<>();
    for (int minute = 0; minute < 250; minute++) {
      minutes.put(
          new SummaryKey("minute", T0.plus(Duration.ofMinutes(minute))),
          new byte[] {(byte) minute});
    }
    minutes.put(new SummaryKey("hour", T0), new byte[] {99});
    store.commit(List.of(summarised(P0, 1, minutes)));
    store.commit(List.of(summarised(P1, 1, Map.of(new SummaryKey("minute", T0), new byte[] {-1}))));
    store.refresh();
    assertThat(summaries("minute", 0, 3)).containsExactlyInAnyOrder(0, 1, 2, -1);
    assertThat(summaries("minute", 1, 2)).containsExactly(1);
    assertThat(summaries("minute", 0, 250)).hasSize(251);
    assertThat(summaries("hour", -60, 60)).containsExactly(99);
    assertThat(summaries("minute", -9, 0)).isEmpty();

    store.deleteSummaries("minute", T0.plus(Duration.ofHours(4)));
    store.commit(List.of());
    store.refresh();
    assertThat(summaries("minute", 0, 250))
        .containsExactlyInAnyOrder(-16, -15, -14, -13, -12, -11, -10, -9, -8, -7);
    assertThat(summaries("hour", -60, 60)).containsExactly(99);
    assertThat(search("*:*").hits()).isEmpty();
  }

  private List<Integer> summaries(String span, int fromMinute, int untilMinute) throws IOException {
    List<Integer> found = new ArrayList<>();
    store.summaries(
        span,
        T0.plus(Duration.ofMinutes(fromMinute)),
        T0.plus(Duration.ofMinutes(untilMinute)),
        (key, value) -> {
          assertThat(key.span()).isEqualTo(span);
          found.add((int) value[0]);
        });
    return found;
  }

  protected static Checkpoint summarised(
      PartitionId partition, long nextOffset, Map<SummaryKey, byte[]> summaries) {
    return new Checkpoint(partition, nextOffset, Map.of(), summaries);
  }

  @Test
  void statesAreNoRecords() throws Exception {
    store.commit(
        List.of(
            new Checkpoint(
                P0,
                5,
                Map.of("a", new byte[] {1}),
                Map.of(new SummaryKey("minute", T0), new byte[] {1}))));
    store.refresh();
    assertThat(search("*:*").hits()).isEmpty();
    assertThat(search("NOT level:x").hits()).isEmpty();
  }

  @Test
  void aTailShowsEachNewRecordOnce() throws Exception {
    write(record(1), record(2));
    long mark = store.tailMark();
    // Late by its time, new all the same.
    write(record("s", 3, T0.minusSeconds(1000), Map.of()), record(4), record(5));
    List<Long> seen = new ArrayList<>();
    mark = follow(mark, 2, seen);
    assertThat(seen).containsExactly(3L, 4L, 5L);
    assertThat(store.tail(Query.exact("level", "NONE"), mark, 2, LIMIT).records()).isEmpty();
  }

  @Test
  void aTailMissesNothingThatIsUnderWayWhileOthersBecomeSearchable() throws Exception {
    long mark = store.tailMark();
    List<Long> seen = new ArrayList<>();
    long seq = 0;
    for (int round = 0; round < 5; round++) {
      store.write(List.of(record(++seq)));
      store.commit(List.of());
      TelemetryStore.Refresh refresh = store.beginRefresh();
      List<TelemetryRecord> more = new ArrayList<>();
      for (int i = 0; i < 2_000; i++) {
        more.add(record(++seq));
      }
      TelemetryStore.Writing writing = store.begin(more);
      refresh.run();
      mark = follow(mark, 500, seen);
      assertThat(seen).contains(seq - more.size());
      writing.await();
      store.commit(List.of());
    }
    store.refresh();
    follow(mark, 500, seen);
    assertThat(seen).doesNotHaveDuplicates().hasSize((int) seq);
  }

  /** Reads on from a mark until there is nothing more, and returns the mark there. */
  private long follow(long from, int limit, List<Long> seen) throws Exception {
    long mark = from;
    TailPage page;
    do {
      page = store.tail(Query.exact("level", "INFO"), mark, limit, LIMIT);
      mark = page.mark();
      page.records().forEach(json -> seen.add(Json.tree(json).get("seq").asLong()));
    } while (!page.records().isEmpty());
    return mark;
  }

  @Test
  void aSearchEndsWhenItsTimeIsOver() throws Exception {
    List<TelemetryRecord> many = new ArrayList<>();
    for (int seq = 1; seq <= 2000; seq++) {
      many.add(record("s", seq, T0, Map.of("message", "word" + seq)));
    }
    write(many.toArray(TelemetryRecord[]::new));
    assertThatThrownBy(() ->
            store.search(
                new Search(
                    QueryParser.parse("w* AND wo?d*", T0),
                    null,
                    null,
                    true,
                    10,
                    null,
                    Duration.ofNanos(1))))
        .isInstanceOf(SearchTimeoutException.class);
  }

  @Test
  void aClosedStoreSaysSo() throws Exception {
    store.close();
    assertThatThrownBy(() -> store.check()).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> store.write(List.of(record(1)))).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> search("*:*")).isInstanceOf(IOException.class);
  }

  @Test
  void wholeVocabularyCanBeWritten() throws Exception {
    Map<String, Object> fields = new LinkedHashMap<>();
    dev.spoor.store.query.Vocabulary.all()
        .forEach(field -> {
          if (!field.name().equals(Fields.TIMESTAMP)) {
            fields.put(field.name(), "7");
          }
        });
    write(record("s", 1, T0, fields));
    for (String name : new TreeSet<>(fields.keySet())) {
      assertThat(search(name + ":7").hits())
          .as(name)
          .hasSize(name.equals(Fields.SOURCE) || name.equals(Fields.SEQ) ? 0 : 1);
    }
  }

  protected final void write(TelemetryRecord... records) throws IOException {
    assertThat(store.write(List.of(records))).isEmpty();
    store.commit(List.of());
    store.refresh();
  }

  protected final TelemetryStore store() {
    return store;
  }

  private Page search(String query) throws Exception {
    return store.search(
        new Search(QueryParser.parse(query, T0), null, null, false, 1000, null, LIMIT));
  }

  protected static TelemetryRecord record(long seq) {
    return record(seq, Map.of());
  }

  protected static TelemetryRecord record(long seq, Map<String, ?> fields) {
    return record("s", seq, T0.plusSeconds(seq), fields);
  }

  protected static TelemetryRecord record(
      String source, long seq, Instant timestamp, Map<String, ?> fields) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("level", "INFO");
    all.putAll(fields);
    all.put("timestamp", timestamp.toString());
    all.put("source", source);
    all.put("seq", seq);
    byte[] json = Json.write(all);
    return new TelemetryRecord(source, seq, timestamp, Json.tree(json), json);
  }
}
