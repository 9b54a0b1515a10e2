package dev.spoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.spoor.contract.job.JobId;
import dev.spoor.testkit.TestBroker;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class OutageIT {
  private static final String BODY = "{\"flow\":\"echo\",\"input\":{\"text\":\"x\"}}";

  @RegisterExtension static final TestBroker BROKER = TestBroker.behindProxy();

  @Test
  void saysNotAcceptedOfAJobThatNeverComes() {
    try (TestGateway gateway = new TestGateway(BROKER.connection(), BROKER.freshTopics())) {
      assertThat(gateway.submit(BODY).status()).isEqualTo(202);
      BROKER.stop();
      // The client forgets where the topic is when it has lost every broker.
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> {
            var answer = refused(gateway);
            assertThat(answer.json().get("outcome").stringValue()).isEqualTo("not_accepted");
          });
      JobId refused = JobId.parse(refused(gateway).json().get("job_id").stringValue());
      BROKER.start();
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(gateway.submit(BODY).status()).isEqualTo(202));
      // The ledger has read what came after, and this one is not there.
      JobId last = JobId.parse(gateway.submit(BODY).json().get("job_id").stringValue());
      await().until(() -> !gateway.ledger().submits(last).isEmpty());
      assertThat(gateway.ledger().submits(refused)).isEmpty();
      assertThat(gateway.get("/v1/jobs/" + refused).status()).isEqualTo(404);
    }
  }

  @Test
  void saysUnknownOfAJobThatMayComeAndKeepsItOne() {
    try (TestGateway gateway = new TestGateway(BROKER.connection(), BROKER.freshTopics())) {
      assertThat(gateway.submit(BODY).status()).isEqualTo(202);
      BROKER.proxy().blackHole();
      var answer = refused(gateway);
      assertThat(answer.json().get("outcome").stringValue()).isEqualTo("unknown");
      String key = answer.json().get("key").stringValue();
      JobId jobId = JobId.parse(answer.json().get("job_id").stringValue());

      BROKER.proxy().heal();
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> {
            var again = gateway.submit(BODY, "Idempotency-Key", key);
            assertThat(again.status()).isEqualTo(202);
            assertThat(again.json().get("job_id").stringValue()).isEqualTo(jobId.toString());
          });
      assertThat(gateway.get("/v1/jobs/" + jobId).status()).isEqualTo(200);
      assertThat(gateway.get("/v1/jobs/" + jobId).json().get("run_no").intValue()).isEqualTo(1);
    }
  }

  private static TestGateway.Answer refused(TestGateway gateway) {
    long start = System.nanoTime();
    var answer = gateway.submit(BODY);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.header("Retry-After")).isPresent();
    return answer;
  }
}
