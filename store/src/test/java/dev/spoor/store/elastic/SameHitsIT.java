package dev.spoor.store.elastic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.wire.Json;
import dev.spoor.store.Hit;
import dev.spoor.store.Page;
import dev.spoor.store.Position;
import dev.spoor.store.Search;
import dev.spoor.store.TelemetryRecord;
import dev.spoor.store.TelemetryStore;
import dev.spoor.store.lucene.LuceneStore;
import dev.spoor.store.query.Query;
import dev.spoor.store.query.QueryParser;
import dev.spoor.store.query.QuerySyntaxException;
import dev.spoor.testkit.TestElasticsearch;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Generated records in both stores, and generated queries to both. */
@Timeout(300)
class SameHitsIT {
  private static final Instant T0 = Instant.parse("2026-11-24T22:00:00Z");
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int RECORDS = 300;
  private static final int QUERIES = Integer.getInteger("spoor.same.queries", 500);

  private static final List<String> WORDS =
      List.of(
          "timeout",
          "Timeout",
          "tineout",
          "java.lang.IllegalStateException",
          "IllegalStateException",
          "12.5",
          "foo-bar",
          "foo_bar",
          "Grüße",
          "\ud83d\ude00",
          "日本語",
          "it's",
          "a.b.C(B.java:3)",
          "model",
          "x",
          "GET",
          "/v1/jobs",
          "calling");

  private static final List<String> KEYWORDS =
      List.of("ERROR", "error", "INFO", "a b", "a.b", "timeout", "", "x*y", "x\\y", "\ud83d\ude00");

  /** Names that mean something to one of the stores, or are refused by it. */
  private static final List<String> ODD_NAMES =
      List.of(
          "",
          " ",
          ".",
          "..",
          ".a",
          "a.",
          "a..b",
          "_id",
          "_source",
          "_x",
          "@timestamp",
          "log.level",
          "error.type",
          "error.foo",
          "error",
          "service.name",
          "gen_ai",
          "gen_ai.request",
          "gen_ai.request.model",
          "http",
          "event.duration",
          "spoor.no",
          "spoor.flat",
          "spoor.paths",
          "spoor",
          "labels.team",
          "labels",
          "timestamp_original",
          "Grüße",
          "with space",
          "nul\u0000l",
          "custom",
          "custom.deep.key");

  @TempDir private Path dir;

  @Test
  void aQueryHasTheSameHitsInBothStores() throws Exception {
    long seed = Long.getLong("spoor.test.seed", 1);
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    try (TelemetryStore lucene = LuceneStore.open(dir);
        TelemetryStore elastic = elastic()) {
      List<TelemetryRecord> records = new ArrayList<>();
      for (int seq = 1; seq <= RECORDS; seq++) {
        records.add(record(random, seq));
      }
      for (TelemetryStore store : List.of(lucene, elastic)) {
        assertThat(store.write(records)).isEmpty();
        store.commit(List.of());
        store.refresh();
      }
      assertThat(all(elastic, new Query.Everything(), null, null, true, 50)).hasSize(RECORDS);
      int found = 0;
      int asked = 0;
      for (int i = 0; i < QUERIES; i++) {
        String text = query(random, 3);
        Query query;
        try {
          query = QueryParser.parse(text, T0.plusSeconds(5_000));
        } catch (QuerySyntaxException aValueOfAnotherType) {
          continue;
        }
        asked++;
        Instant from = random.nextInt(4) == 0 ? T0.plusSeconds(random.nextInt(9_000)) : null;
        Instant until = random.nextInt(4) == 0 ? T0.plusSeconds(random.nextInt(9_000)) : null;
        boolean newestFirst = random.nextBoolean();
        int limit = 1 + random.nextInt(200);
        List<Found> expected = all(lucene, query, from, until, newestFirst, limit);
        assertThat(all(elastic, query, from, until, newestFirst, limit))
            .as("%s, from %s until %s, %s, seed %s", text, from, until, newestFirst, seed)
            .isEqualTo(expected);
        found += expected.isEmpty() ? 0 : 1;
      }
      System.out.println(found + " of " + asked + " queries found something");
      assertThat(found).isGreaterThan(QUERIES / 4);
    }
  }

  private static TelemetryStore elastic() throws Exception {
    return ElasticStore.open(
        new ElasticSettings(
            List.of(TestElasticsearch.shared().uri()),
            TestElasticsearch.freshPrefix(),
            new Credentials.Nobody(),
            null,
            Duration.ofSeconds(30),
            Duration.ofSeconds(10),
            Duration.ZERO,
            0),
        Clock.systemUTC(),
        new Random(1));
  }

  private record Found(Position position, String json) {}

  /** Page by page. */
  private static List<Found> all(
      TelemetryStore store,
      Query query,
      @Nullable Instant from,
      @Nullable Instant until,
      boolean newestFirst,
      int limit)
      throws Exception {
    List<Found> all = new ArrayList<>();
    Position after = null;
    Page page;
    do {
      page = store.search(new Search(query, from, until, newestFirst, limit, after, LIMIT));
      for (Hit hit : page.hits()) {
        all.add(new Found(hit.position(), new String(hit.json(), StandardCharsets.UTF_8)));
        after = hit.position();
      }
    } while (page.more());
    return all;
  }

  private static TelemetryRecord record(Random random, int seq) {
    // Over two days, some at the same instant.
    Instant timestamp = T0.plusSeconds(random.nextInt(200) * 45L).plusNanos(random.nextInt(3));
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("timestamp", timestamp.toString());
    fields.put("level", any(random, List.of("ERROR", "INFO", "WARNING")));
    fields.put("message", text(random));
    for (String name : List.of("error", "exception")) {
      if (random.nextInt(3) == 0) {
        fields.put(name, random.nextInt(8) == 0 ? odd(random, 2) : text(random));
      }
    }
    for (String name : List.of("event", "path", "job_id", "gen_ai.request.model", "reason")) {
      if (random.nextInt(3) == 0) {
        fields.put(name, random.nextInt(6) == 0 ? odd(random, 2) : any(random, KEYWORDS));
      }
    }
    for (String name : List.of("attempt", "status_code", "duration_ms", "cost_usd")) {
      if (random.nextInt(2) == 0) {
        fields.put(name, random.nextInt(5) == 0 ? odd(random, 2) : number(random));
      }
    }
    if (random.nextInt(3) == 0) {
      fields.put(
          "labels",
          random.nextInt(4) == 0
              ? odd(random, 3)
              : Map.of("team", any(random, KEYWORDS), any(random, ODD_NAMES), "v"));
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      fields.put(any(random, ODD_NAMES), odd(random, 3));
    }
    fields.put("source", "s" + seq % 3);
    fields.put("seq", seq);
    byte[] json = Json.write(fields);
    if (random.nextInt(10) == 0) {
      // The same object with other white space.
      json =
          new String(json, StandardCharsets.UTF_8)
              .replace("\"level\":", " \"level\" :\n ")
              .getBytes(StandardCharsets.UTF_8);
    }
    return new TelemetryRecord("s" + seq % 3, seq, timestamp, Json.tree(json), json);
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(6); i >= 0; i--) {
      text.append(any(random, WORDS)).append(any(random, List.of(" ", ": ", ".", "\n\tat ", "-")));
    }
    return text.toString();
  }

  private static Object number(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> random.nextInt(20);
      case 1 -> random.nextInt(20) + 0.5;
      case 2 -> (double) random.nextInt(20);
      case 3 -> -random.nextInt(20);
      case 4 -> 200 + 100 * random.nextInt(4);
      default -> random.nextInt(3) * 1e3;
    };
  }

  /** Any JSON, null too. */
  private static @Nullable Object odd(Random random, int depth) {
    return switch (random.nextInt(depth > 0 ? 14 : 10)) {
      case 0 -> null;
      case 1 -> random.nextBoolean();
      case 2 -> number(random);
      case 3 -> Integer.toString(random.nextInt(20));
      case 4 -> "7.5";
      case 5 -> new BigInteger("12345678901234567890");
      case 6 -> "long ".repeat(300);
      case 7 -> any(random, KEYWORDS);
      case 8 -> new BigDecimal("1e400");
      case 9 -> Long.MAX_VALUE;
      case 10, 11 -> list(random, depth - 1);
      default -> object(random, depth - 1);
    };
  }

  private static List<@Nullable Object> list(Random random, int depth) {
    List<@Nullable Object> list = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      list.add(odd(random, depth));
    }
    return list;
  }

  private static Map<String, @Nullable Object> object(Random random, int depth) {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      object.put(
          any(random, List.of("request", "model", "type", "no", "team", "", " ", "k", "a.b")),
          odd(random, depth));
    }
    return object;
  }

  private static String query(Random random, int depth) {
    StringBuilder query = new StringBuilder();
    int clauses = 1 + random.nextInt(3);
    for (int i = 0; i < clauses; i++) {
      if (i > 0) {
        query.append(any(random, List.of(" AND ", " OR ", " ")));
      }
      query.append(any(random, List.of("", "", "", "NOT ", "+", "-")));
      query.append(
          depth > 0 && random.nextInt(4) == 0
              ? "(" + query(random, depth - 1) + ")"
              : clause(random));
    }
    return query.toString();
  }

  private static String clause(Random random) {
    String number = Integer.toString(random.nextInt(20) - 3);
    return switch (random.nextInt(14)) {
      case 0 -> "level:" + any(random, List.of("ERROR", "INFO", "error"));
      case 1 -> quoted(any(random, WORDS));
      case 2 -> any(random, List.of("message", "error", "exception")) + ":" + quoted(text(random));
      case 3 ->
          "message:"
              + quoted(any(random, WORDS) + " " + any(random, WORDS))
              + "~"
              + number(3, random);
      case 4 ->
          any(random, List.of("message", "exception", "event", "path", "labels.team"))
              + ":"
              + any(
                  random,
                  List.of(
                      "t*", "time*", "t?meout", "java*", "x\\*y", "a*", "i*e*n", "E*R", "java.l*"));
      case 5 ->
          any(random, List.of("message", "event", "labels.team", "labels.k"))
              + ":"
              + any(random, List.of("tineout~1", "timeout~2", "ERORR~", "modle~", "x~1", "v~0"));
      case 6 ->
          any(random, List.of("attempt", "status_code", "duration_ms", "cost_usd"))
              + any(random, List.of(":", ":>", ":>=", ":<", ":<="))
              + (number.startsWith("-") ? "\"" + number + "\"" : number);
      case 7 ->
          any(random, List.of("attempt", "duration_ms"))
              + any(random, List.of(":[", ":{"))
              + "0 TO "
              + number(15, random)
              + any(random, List.of("]", "}"));
      case 8 ->
          "timestamp:"
              + any(
                  random,
                  List.of(
                      ">2026-11-24T23:00",
                      "2026-11-25",
                      "<=2026-11-24",
                      ">now-15m",
                      "[2026-11-24T22:30 TO 2026-11-25T00:10}"));
      case 9 ->
          any(
                  random,
                  List.of(
                      "error",
                      "exception",
                      "event",
                      "attempt",
                      "duration_ms",
                      "labels",
                      "labels.team",
                      "custom",
                      "gen_ai",
                      "gen_ai.request.model",
                      "reason",
                      "message",
                      "seq",
                      "source"))
              + ":*";
      case 10 ->
          escaped(any(random, ODD_NAMES))
              + ":"
              + any(random, List.of("*", "7.5", "true", quoted(any(random, KEYWORDS)), "1000.0"));
      case 11 -> "event:" + quoted(any(random, KEYWORDS));
      case 12 ->
          any(
                  random,
                  List.of(
                      "custom.k",
                      "labels.team",
                      "gen_ai.request.model",
                      "spoor.no",
                      "error.type",
                      "custom.request.model"))
              + ":"
              + quoted(any(random, KEYWORDS));
      default ->
          any(
              random,
              List.of("*:*", "source:s1", "seq:>150", "log.level:INFO", "_exists_:labels.k"));
    };
  }

  private static int number(int bound, Random random) {
    return random.nextInt(bound);
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private static String escaped(String name) {
    if (name.isEmpty()) {
      return "custom";
    }
    StringBuilder escaped = new StringBuilder();
    name.chars().forEach(c -> escaped.append('\\').append((char) c));
    return escaped.toString();
  }

  private static <T> T any(Random random, List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
