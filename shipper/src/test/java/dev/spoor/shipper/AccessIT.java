package dev.spoor.shipper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.spoor.access.AccessFilter;
import dev.spoor.access.ApiKey;
import dev.spoor.access.KeysFile;
import dev.spoor.access.Limits;
import dev.spoor.access.Requires;
import dev.spoor.access.Scope;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.wire.Json;
import dev.spoor.testkit.TestBroker;
import dev.spoor.testkit.TestElasticsearch;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;

/** Shippers that ask for keys, one with each store. */
@Timeout(240)
class AccessIT {
  private static final TestBroker BROKER = TestBroker.shared();
  private static final Duration SOON = Duration.ofSeconds(60);

  private static final ApiKey ACME = ApiKey.generate(new SecureRandom());
  private static final ApiKey OTHER = ApiKey.generate(new SecureRandom());
  private static final ApiKey SUBMITTER = ApiKey.generate(new SecureRandom());
  private static final ApiKey ADMIN = ApiKey.generate(new SecureRandom());

  /** Whose record a record is, by its number; in all of them the same words. */
  private static final String[] TENANTS = {"acme", "other", "", "acme2", "ACME", "acme:x", "ac"};

  /** What somebody may try who wants to see more than is his. */
  private static final List<String> HOSTILE =
      List.of(
          "",
          "*:*",
          "secret",
          "tenant:other",
          "tenant:*",
          "tenant:a*",
          "tenant:acme~2",
          "tenant:[a TO z]",
          "_exists_:tenant",
          "NOT _exists_:tenant",
          "NOT tenant:acme",
          "-tenant:acme",
          "*:* NOT tenant:acme",
          "tenant:acme OR tenant:other",
          "secret OR tenant:other",
          "secret OR *:*",
          "secret || *:*",
          "(secret) OR (NOT secret)",
          ") OR (tenant:other",
          "secret) OR (tenant:other",
          "((((secret",
          "secret))))",
          "\\) OR tenant:other OR \\(",
          "\"\" OR tenant:other",
          "secret\" OR tenant:other OR \"",
          "+tenant:other -tenant:acme",
          "tenant:other^100 OR secret^0.1",
          "tenant:\"acme\" OR tenant:\"acme:x\"",
          "tenant:acme\\:x",
          "tenant:acme\u0000other",
          "!tenant:acme && !missing:x",
          "job_id:j-1",
          "source:tenants-other OR source:*");

  @TempDir private static Path data;
  private static final Map<String, TestShipper> STORES = new HashMap<>();

  private static String line(ApiKey key, String tenant, Scope... scopes) {
    return KeysFile.line(key, new TenantId(tenant), Set.of(scopes), Limits.NONE);
  }

  @BeforeAll
  static void start() throws Exception {
    Path file = data.resolve("keys.jsonl");
    Files.writeString(
        file,
        String.join(
            "\n",
            line(ACME, "acme", Scope.READ),
            line(OTHER, "other", Scope.READ),
            line(SUBMITTER, "acme", Scope.SUBMIT, Scope.METRICS),
            line(ADMIN, "ops", Scope.ADMIN)));
    Map<String, Object> keys =
        Map.of(KeysFile.SETTING, file.toString(), "server.address", "0.0.0.0");
    Map<String, Object> elastic = new HashMap<>(keys);
    elastic.put("ELASTICSEARCH_URIS", TestElasticsearch.shared().uri().toString());
    elastic.put("spoor.elasticsearch.prefix", TestElasticsearch.freshPrefix());
    STORES.put("lucene", shipper("lucene", keys));
    STORES.put("elasticsearch", shipper("elasticsearch", elastic));
    for (TestShipper shipper : STORES.values()) {
      emit(shipper, 1);
      await()
          .atMost(SOON)
          .untilAsserted(() -> assertThat(found(shipper, "secret", ADMIN)).hasSize(TENANTS.length));
    }
  }

  private static TestShipper shipper(String name, Map<String, Object> properties) throws Exception {
    return new TestShipper(
            BROKER.connection(), BROKER.freshTopics(), data.resolve(name), properties)
        .start();
  }

  /** A record of each tenant, all with the same words and of the same job. */
  private static void emit(TestShipper shipper, int round) throws Exception {
    for (int i = 0; i < TENANTS.length; i++) {
      Map<String, Object> fields = new HashMap<>();
      fields.put("message", "the secret of round " + round);
      fields.put("event", "agent.execution.completed");
      fields.put("job_id", "j-1");
      if (!TENANTS[i].isEmpty()) {
        fields.put("tenant", TENANTS[i]);
      }
      shipper.emit("tenants-" + i, round, fields);
    }
  }

  @AfterAll
  static void stop() {
    STORES.values().forEach(TestShipper::close);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /** Sources of what the query finds; empty too if it is refused. */
  private static List<String> found(TestShipper shipper, String query, ApiKey key)
      throws Exception {
    HttpResponse<String> answer =
        shipper.get("/v1/logs?limit=1000&q=" + encoded(query), key.text());
    assertThat(answer.statusCode()).as(query).isIn(200, 400);
    List<String> tenants = new ArrayList<>();
    Json.tree(answer.body().getBytes(StandardCharsets.UTF_8))
        .path("records")
        .forEach(record -> tenants.add(record.path("tenant").asString("")));
    return tenants;
  }

  @Test
  void aTenantFindsNothingOfAnothersWhateverTheQuerySays() throws Exception {
    List<String> queries = new ArrayList<>(HOSTILE);
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String[] parts = {
      "tenant:other",
      "tenant:acme",
      "secret",
      "*:*",
      " OR ",
      " AND ",
      " NOT ",
      "(",
      ")",
      "-",
      "+",
      "\"",
      " ",
      "tenant:*",
      "||",
      "!"
    };
    for (int i = 0; i < 200; i++) {
      StringBuilder query = new StringBuilder();
      for (int n = random.nextInt(1, 8); n > 0; n--) {
        query.append(parts[random.nextInt(parts.length)]);
      }
      queries.add(query.toString());
    }
    int understood = 0;
    for (String query : queries) {
      Map<String, List<String>> byStore = new HashMap<>();
      for (var store : STORES.entrySet()) {
        List<String> own = found(store.getValue(), query, ACME);
        assertThat(own).as("%s: %s, seed %d", store.getKey(), query, seed).isSubsetOf("acme");
        byStore.put(store.getKey(), own);
        // Among what all may see, it is exactly the own part.
        List<String> all = found(store.getValue(), query, ADMIN);
        assertThat(own)
            .as("%s: %s, seed %d", store.getKey(), query, seed)
            .hasSameSizeAs(all.stream().filter("acme"::equals).toList());
        understood += own.isEmpty() ? 0 : 1;
      }
      assertThat(new TreeSet<>(byStore.values().stream().map(List::size).toList()))
          .as("%s, seed %d", query, seed)
          .hasSize(1);
    }
    assertThat(understood).as("queries that find something").isGreaterThan(20);
  }

  @Test
  void aTimelineIsOfTheOwnRecords() throws Exception {
    ApiKey nobody = ApiKey.generate(new SecureRandom());
    for (TestShipper shipper : STORES.values()) {
      assertThat(shipper.get("/v1/timeline/j-1", ACME.text()).statusCode()).isEqualTo(200);
      assertThat(shipper.get("/v1/timeline/j-1", nobody.text()).statusCode()).isEqualTo(401);
      assertThat(shipper.get("/v1/timeline/j-2", ACME.text()).statusCode()).isEqualTo(404);
    }
  }

  @Test
  void aLiveViewIsOfTheOwnRecords() throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      for (TestShipper shipper : STORES.values()) {
        HttpRequest request =
            HttpRequest.newBuilder(shipper.uri("/v1/logs/tail?q=" + encoded("*:* OR tenant:other")))
                .header("Authorization", "Bearer " + OTHER.text())
                .build();
        HttpResponse<java.io.InputStream> stream =
            client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        assertThat(stream.statusCode()).isEqualTo(200);
        List<JsonNode> records = new CopyOnWriteArrayList<>();
        Thread reader =
            Thread.ofVirtual()
                .start(() -> {
                  try (BufferedReader lines =
                      new BufferedReader(
                          new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
                    lines
                        .lines()
                        .filter(line -> line.startsWith("data:"))
                        .forEach(line ->
                            records.add(
                                Json.tree(line.substring(5).getBytes(StandardCharsets.UTF_8))));
                  } catch (java.io.IOException | java.io.UncheckedIOException closed) {
                    // The test is over.
                  }
                });
        emit(shipper, 2);
        // The own record of the third round comes behind all of the second.
        await().atMost(SOON).until(() -> !records.isEmpty());
        emit(shipper, 3);
        await().atMost(SOON).until(() -> records.size() >= 2);
        assertThat(records)
            .extracting(record -> record.path("tenant").asString(""))
            .containsOnly("other");
        stream.body().close();
        reader.join(Duration.ofSeconds(5));
      }
    }
  }

  @Test
  void everyRouteAsksForAKeyAndForTheScopeThatItDeclares() throws Exception {
    TestShipper shipper = STORES.values().iterator().next();
    int asked = 0;
    for (var route :
        shipper
            .bean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
            .getHandlerMethods()
            .entrySet()) {
      Requires declared = route.getValue().getMethodAnnotation(Requires.class);
      boolean post =
          route.getKey().getMethodsCondition().getMethods().stream()
              .anyMatch(method -> method.name().equals("POST"));
      for (String pattern : route.getKey().getPatternValues()) {
        String path = pattern.replaceAll("\\{[^}]+}", "x");
        if (AccessFilter.OPEN.contains(path)) {
          assertThat(shipper.get(path).statusCode()).as(pattern).isEqualTo(200);
          continue;
        }
        assertThat(shipper.get(path).statusCode()).as(pattern).isEqualTo(401);
        if (pattern.equals("/error") || post) {
          continue;
        }
        assertThat(declared).as(pattern + " declares no scope").isNotNull();
        assertThat(shipper.get(path, SUBMITTER.text()).statusCode()).as(pattern).isEqualTo(403);
        if (declared.value() == Scope.ADMIN) {
          assertThat(shipper.get(path, ACME.text()).statusCode()).as(pattern).isEqualTo(403);
          assertThat(shipper.get(path, ADMIN.text()).statusCode()).as(pattern).isEqualTo(200);
        } else {
          assertThat(declared.value()).as(pattern).isEqualTo(Scope.READ);
        }
        asked++;
      }
    }
    assertThat(asked).isGreaterThanOrEqualTo(6);
  }
}
