package dev.spoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.spoor.contract.wire.Topics;
import dev.spoor.testkit.TestBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The whole gateway: HTTP, feeds and the real ledger. */
@Timeout(value = 90, unit = TimeUnit.SECONDS)
class GatewayIT {
  private static final String BODY = "{\"flow\":\"echo\",\"input\":{\"text\":\"x\"}}";

  @TempDir static Path data;
  private static TestGateway gateway;

  @BeforeAll
  static void start() {
    TestBroker broker = TestBroker.shared();
    gateway = new TestGateway(broker.connection(), broker.freshTopics(), data);
    // The catalogue hears of the flows a moment after the start, and the ledger is given its
    // partitions.
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() ->
            gateway.get("/v1/flows/echo").status() == 200
                && gateway.get("/v1/jobs").status() == 200);
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void takesShowsAndCancelsAJob() {
    var accepted = gateway.submit(BODY);
    assertThat(accepted.status()).isEqualTo(202);
    String self = accepted.json().get("links").get("self").stringValue();
    // At once: the owner reads up to the job before it says that there is none.
    var job = gateway.get(self);
    assertThat(job.status()).isEqualTo(200);
    assertThat(job.json().get("status").stringValue()).isEqualTo("queued");
    assertThat(gateway.post(self + "/cancel", "").status()).isEqualTo(202);
    assertThat(gateway.get(self).json().get("status").stringValue()).isEqualTo("cancelled");
    assertThat(gateway.post(self + "/cancel", "").status()).isEqualTo(409);
    assertThat(gateway.post(self + "/replay", "").status()).isEqualTo(202);
    assertThat(gateway.get(self).json().get("run_no").intValue()).isEqualTo(2);
    assertThat(gateway.get("/v1/jobs").json().get("jobs").get(0).get("job_id"))
        .isEqualTo(accepted.json().get("job_id"));
  }

  @Test
  void listsAllJobsAfterARestartOrSaysThatItCannot(@TempDir Path own) {
    TestBroker broker = TestBroker.shared();
    Topics topics = broker.freshTopics();
    try (TestGateway first = new TestGateway(broker.connection(), topics, own)) {
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> first.get("/v1/flows/echo").status() == 200);
      for (int i = 0; i < 30; i++) {
        assertThat(first.submit(BODY).status()).isEqualTo(202);
      }
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> {
            var list = first.get("/v1/jobs?limit=500");
            return list.status() == 200 && list.json().get("jobs").size() == 30;
          });
    }
    try (TestGateway again = new TestGateway(broker.connection(), topics, own)) {
      await()
          .atMost(Duration.ofSeconds(30))
          .pollDelay(Duration.ZERO)
          .until(() -> {
            var list = again.get("/v1/jobs?limit=500");
            if (list.status() == 503) {
              assertThat(list.header("Retry-After")).hasValue("1");
              return false;
            }
            assertThat(list.json().get("jobs")).hasSize(30);
            return true;
          });
    }
  }

  @Test
  void makesOneJobOfOneKey() throws Exception {
    for (int round = 0; round < 10; round++) {
      String key = "round " + round;
      Callable<TestGateway.Answer> submit = () -> gateway.submit(BODY, "Idempotency-Key", key);
      try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
        List<TestGateway.Answer> answers =
            pool.invokeAll(List.of(submit, submit, submit)).stream()
                .map(f -> f.resultNow())
                .toList();
        assertThat(answers).allMatch(answer -> answer.status() == 202);
        assertThat(answers.stream().map(answer -> answer.json().get("job_id")).distinct())
            .hasSize(1);
        assertThat(
                answers.stream().filter(answer -> answer.header("Idempotency-Replayed").isEmpty()))
            .hasSize(1);
      }
    }
    assertThat(
            gateway
                .submit(
                    "{\"flow\":\"echo\",\"input\":{\"text\":\"other\"}}",
                    "Idempotency-Key",
                    "round 0")
                .status())
        .isEqualTo(422);
  }

  @Test
  void keepsOneTraceFromTheRequestToTheJob() {
    var accepted =
        gateway.submit(
            BODY,
            "X-Request-ID",
            "my-request",
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    assertThat(accepted.json().get("request_id").stringValue()).isEqualTo("my-request");
    JsonNode job = gateway.get(accepted.json().get("links").get("self").stringValue()).json();
    assertThat(job.get("request_id").stringValue()).isEqualTo("my-request");
    assertThat(job.get("trace_id").stringValue()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
  }

  @Test
  void tellsItsHealth() {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> {
          JsonNode health = gateway.get("/health").json();
          assertThat(health.at("/dependencies/kafka").asString("")).isEqualTo("healthy");
          assertThat(health.at("/metrics/queue_depth").isNumber()).isTrue();
        });
  }

  @Test
  void countsWhatWaits() {
    gateway.submit(BODY);
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> {
          var answer = gateway.get("/v1/queue");
          assertThat(answer.status()).isEqualTo(200);
          JsonNode queue = answer.json();
          assertThat(queue.get("complete").booleanValue()).isTrue();
          assertThat(queue.get("depth").get("queued").intValue()).isPositive();
          assertThat(queue.get("by_tenant").get("default").intValue()).isPositive();
        });
    assertThat(gateway.get("/actuator/health/readiness").status()).isEqualTo(200);
  }
}
