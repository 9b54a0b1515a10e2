package dev.spoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.spoor.access.AccessFilter;
import dev.spoor.access.ApiKey;
import dev.spoor.access.KeysFile;
import dev.spoor.access.Limits;
import dev.spoor.access.Requires;
import dev.spoor.access.Scope;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.gateway.ledger.JobReads;
import dev.spoor.telemetry.app.RefusedSettings;
import dev.spoor.testkit.TestBroker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;

/** A gateway that asks for keys. It listens on every address, which it may with keys. */
@Timeout(value = 90, unit = TimeUnit.SECONDS)
class AccessIT {
  private static final String JOB = "{\"flow\":\"echo\",\"input\":{\"text\":\"x\"}}";
  private static final String NOWHERE = "018f0000-0000-7000-8000-000000000000";

  private static final ApiKey ACME = newKey();
  private static final ApiKey OTHER = newKey();
  private static final ApiKey READER = newKey();
  private static final ApiKey SUBMITTER = newKey();
  private static final ApiKey SCRAPER = newKey();
  private static final ApiKey ADMIN = newKey();
  private static final ApiKey SLOW = newKey();
  private static final ApiKey FULL = newKey();

  @TempDir private static Path dir;
  private static Path file;
  private static TestGateway gateway;

  private static ApiKey newKey() {
    return ApiKey.generate(new SecureRandom());
  }

  private static String line(ApiKey key, String tenant, Limits limits, Scope... scopes) {
    return KeysFile.line(key, new TenantId(tenant), Set.of(scopes), limits);
  }

  @BeforeAll
  static void start() throws Exception {
    file = dir.resolve("keys.jsonl");
    Files.writeString(
        file,
        String.join(
            "\n",
            line(ACME, "acme", Limits.NONE, Scope.READ, Scope.SUBMIT),
            line(OTHER, "other", Limits.NONE, Scope.READ, Scope.SUBMIT),
            line(READER, "acme", Limits.NONE, Scope.READ),
            line(SUBMITTER, "acme", Limits.NONE, Scope.SUBMIT),
            line(SCRAPER, "ops", Limits.NONE, Scope.METRICS),
            line(ADMIN, "ops", Limits.NONE, Scope.ADMIN),
            line(SLOW, "slow", new Limits(0.01, 2, null), Scope.SUBMIT),
            line(FULL, "default", new Limits(null, 1, 7L), Scope.SUBMIT)));
    gateway = withKeys(file);
  }

  private static TestGateway withKeys(Path keys) {
    return new TestGateway(
        TestBroker.shared().connection(),
        TestBroker.shared().freshTopics(),
        Map.of(KeysFile.SETTING, keys.toString(), "server.address", "0.0.0.0"));
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static String[] with(ApiKey key, String... more) {
    String[] all = new String[more.length + 2];
    all[0] = "Authorization";
    all[1] = "Bearer " + key.text();
    System.arraycopy(more, 0, all, 2, more.length);
    return all;
  }

  private static JobId submitted(ApiKey key) {
    var answer = gateway.submit(JOB, with(key));
    assertThat(answer.status()).isEqualTo(202);
    JobId jobId = JobId.parse(answer.json().get("job_id").stringValue());
    await().until(() -> gateway.ledger().job(jobId) instanceof JobReads.Found.Here);
    return jobId;
  }

  @Test
  void everyRouteAsksForAKeyAndForTheScopeThatItDeclares() {
    int asked = 0;
    for (var route :
        gateway
            .bean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
            .getHandlerMethods()
            .entrySet()) {
      Requires declared = route.getValue().getMethodAnnotation(Requires.class);
      for (String pattern : route.getKey().getPatternValues()) {
        String path = pattern.replaceAll("\\{[^}]+}", NOWHERE);
        if (AccessFilter.OPEN.contains(path)) {
          assertThat(declared).as(pattern).isNull();
          assertThat(ask(route.getKey(), path).status()).as(pattern).isEqualTo(200);
          continue;
        }
        assertThat(ask(route.getKey(), path).status()).as(pattern).isEqualTo(401);
        if (pattern.equals("/error")) {
          continue;
        }
        assertThat(declared).as(pattern + " declares no scope").isNotNull();
        for (ApiKey key : List.of(READER, SUBMITTER, SCRAPER)) {
          boolean may =
              (declared.value() == Scope.READ && key == READER)
                  || (declared.value() == Scope.SUBMIT && key == SUBMITTER);
          int status = ask(route.getKey(), path, with(key)).status();
          if (may) {
            assertThat(status).as(pattern).isNotIn(401, 403);
          } else {
            assertThat(status).as(pattern).isEqualTo(403);
          }
        }
        assertThat(ask(route.getKey(), path, with(ADMIN)).status()).as(pattern).isNotIn(401, 403);
        asked++;
      }
    }
    assertThat(asked).isGreaterThan(7);
  }

  private static TestGateway.Answer ask(RequestMappingInfo route, String path, String... headers) {
    boolean post =
        route.getMethodsCondition().getMethods().stream().anyMatch(m -> m.name().equals("POST"));
    if (!post) {
      return gateway.get(path, headers);
    }
    String[] json = new String[headers.length + 2];
    System.arraycopy(headers, 0, json, 0, headers.length);
    json[headers.length] = "Content-Type";
    json[headers.length + 1] = "application/json";
    return gateway.post(path, path.equals("/v1/jobs") ? JOB : "", json);
  }

  @Test
  void actuatorIsForAdminButForHealthAndTheScraper() {
    assertThat(gateway.get("/actuator/health").status()).isEqualTo(200);
    assertThat(gateway.get("/actuator/health/liveness").status()).isEqualTo(200);
    assertThat(gateway.get("/actuator/prometheus").status()).isEqualTo(401);
    assertThat(gateway.get("/actuator/prometheus", with(SCRAPER)).status()).isEqualTo(200);
    assertThat(gateway.get("/actuator/prometheus", with(ACME)).status()).isEqualTo(403);
    for (String path :
        List.of("/actuator/loggers", "/%61ctuator/loggers", "/actuator;x=y/loggers")) {
      assertThat(gateway.get(path).status()).as(path).isEqualTo(401);
      assertThat(gateway.get(path, with(ACME)).status()).as(path).isEqualTo(403);
    }
    assertThat(gateway.get("/actuator/loggers", with(ADMIN)).status()).isEqualTo(200);
  }

  @Test
  void anothersJobLooksLikeNone() {
    JobId jobId = submitted(ACME);
    assertThat(gateway.get("/v1/jobs/" + jobId, with(READER)).status()).isEqualTo(200);
    for (String more : List.of("", "/events")) {
      var others = gateway.get("/v1/jobs/" + jobId + more, with(OTHER));
      var none = gateway.get("/v1/jobs/" + NOWHERE + more, with(OTHER));
      assertThat(others.status()).isEqualTo(404);
      assertThat(others.json().get("detail")).isEqualTo(none.json().get("detail"));
    }
    assertThat(gateway.get("/v1/jobs?limit=500", with(OTHER)).text())
        .doesNotContain(jobId.toString());
    assertThat(gateway.get("/v1/jobs?limit=500", with(READER)).text()).contains(jobId.toString());
    var cancel = gateway.post("/v1/jobs/" + jobId + "/cancel", "", with(OTHER));
    assertThat(cancel.status()).isIn(202, 404);
    // It is the ledger that compares: it must be told who asks.
    assertThat(gateway.ledger().seen())
        .filteredOn(LedgerInput.Cancel.class::isInstance)
        .map(input -> ((LedgerInput.Cancel) input).tenant())
        .containsExactly(new TenantId("other"));
  }

  @Test
  void anIdempotencyKeyIsTheTenantsOwn() {
    var first = gateway.submit(JOB, with(ACME, "Idempotency-Key", "same"));
    var second = gateway.submit(JOB, with(OTHER, "Idempotency-Key", "same"));
    assertThat(first.json().get("job_id")).isNotEqualTo(second.json().get("job_id"));
  }

  @Test
  void aTenantSeesItsOwnFiguresInTheQueue() {
    JsonNode own = gateway.get("/v1/queue", with(READER)).json().get("by_tenant");
    assertThat(own.propertyNames()).containsExactly("acme");
    JsonNode all = gateway.get("/v1/queue", with(ADMIN)).json().get("by_tenant");
    assertThat(all.propertyNames()).contains("default");
  }

  @Test
  void aTenantsRateIsKept() {
    assertThat(gateway.submit(JOB, with(SLOW)).status()).isEqualTo(202);
    assertThat(gateway.submit(JOB, with(SLOW)).status()).isEqualTo(202);
    var refused = gateway.submit(JOB, with(SLOW));
    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.text()).contains("tenant slow may submit 0.01 jobs a second");
    assertThat(Integer.parseInt(refused.header("Retry-After").orElseThrow())).isBetween(1, 100);
    assertThat(gateway.submit(JOB, with(ACME)).status()).isEqualTo(202);
  }

  @Test
  void aTenantsBoundOnWaitingJobsIsKeptButNotForAJobThatIsThere() {
    waiting(7);
    await().until(() -> gateway.submit(JOB, with(FULL)).status() == 429);
    var refused = gateway.submit(JOB, with(FULL));
    assertThat(refused.text()).contains("tenant default may have 7 jobs waiting");
    assertThat(refused.header("Retry-After")).contains("5");
    assertThat(gateway.submit(JOB, with(FULL, "Idempotency-Key", "new")).status()).isEqualTo(429);
    waiting(6);
    await().until(() -> gateway.submit(JOB, with(FULL, "Idempotency-Key", "kept")).status() == 202);
    waiting(7);
    await().until(() -> gateway.submit(JOB, with(FULL)).status() == 429);
    assertThat(gateway.submit(JOB, with(FULL, "Idempotency-Key", "kept")).status()).isEqualTo(202);
  }

  /** All partitions count now: figures that are older than some seconds bound nobody. */
  private static void waiting(long jobs) {
    for (int partition = 0; partition < TestGateway.PARTITIONS; partition++) {
      gateway.stats(partition, partition == 1 ? jobs : 0);
    }
  }

  @Test
  void anotherGatewayIsAskedWithTheCallersKey() {
    JobId jobId = submitted(ACME);
    try (TestGateway front = withKeys(file)) {
      front.ledger().instead = FakeLedger.elsewhere(gateway.uri("/"));
      front.ledger().served = Set.of(0);
      front.ledger().elsewhere = Map.of(gateway.uri("/"), Set.of(1, 2, 3));
      assertThat(front.get("/v1/jobs/" + jobId, with(READER)).status()).isEqualTo(200);
      assertThat(front.get("/v1/jobs/" + jobId, with(OTHER)).status()).isEqualTo(404);
      assertThat(front.get("/v1/jobs?limit=500", with(READER)).text()).contains(jobId.toString());
      assertThat(front.get("/v1/jobs?limit=500", with(OTHER)).text())
          .doesNotContain(jobId.toString());
    }
    // Whoever says that he is a gateway is asked like everyone.
    String[] pretending = {"Spoor-Forwarded", "true", "Spoor-Partitions", "0,1,2,3"};
    assertThat(gateway.get("/v1/jobs/" + jobId, pretending).status()).isEqualTo(401);
    assertThat(gateway.get("/v1/jobs?limit=500", pretending).status()).isEqualTo(401);
    assertThat(gateway.get("/v1/jobs/" + jobId, with(OTHER, pretending)).status()).isEqualTo(404);
    assertThat(gateway.get("/v1/jobs?limit=500", with(OTHER, pretending)).text())
        .doesNotContain(jobId.toString());
  }

  @Test
  void kafkaSeesNoKey() {
    submitted(ACME);
    KafkaConnection kafka = TestBroker.shared().connection();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            kafka.with(Map.of()), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> all =
          consumer.partitionsFor(gateway.topics.ledgerIn()).stream()
              .map(each -> new TopicPartition(each.topic(), each.partition()))
              .toList();
      consumer.assign(all);
      consumer.seekToBeginning(all);
      long left = consumer.endOffsets(all).values().stream().mapToLong(Long::longValue).sum();
      assertThat(left).isPositive();
      StringBuilder seen = new StringBuilder();
      while (left > 0) {
        for (var record : consumer.poll(Duration.ofMillis(200))) {
          left--;
          seen.append(new String(record.value(), StandardCharsets.UTF_8));
          record
              .headers()
              .forEach(header ->
                  seen.append(new String(header.value(), StandardCharsets.UTF_8)).append(' '));
        }
      }
      assertThat(seen.toString())
          .contains("acme")
          .doesNotContain("Bearer")
          .doesNotContain(ACME.text().substring(10));
    }
  }

  @Test
  void aFileThatIsWrongKeepsItFromStarting() throws Exception {
    Path wrong = dir.resolve("wrong.jsonl");
    Files.writeString(wrong, "{\"id\":\"abcd\"}\nnonsense\n");
    assertThatThrownBy(() -> withKeys(wrong).close())
        .hasRootCauseInstanceOf(RefusedSettings.class)
        .rootCause()
        .hasMessageContaining("line 1: has no sha256")
        .hasMessageContaining("line 2: is no JSON");
  }
}
