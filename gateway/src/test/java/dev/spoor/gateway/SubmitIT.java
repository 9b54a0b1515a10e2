package dev.spoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.testkit.TestBroker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SubmitIT {
  private static TestGateway gateway;

  @BeforeAll
  static void start() {
    TestBroker broker = TestBroker.shared();
    gateway = new TestGateway(broker.connection(), broker.freshTopics());
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void answers202WhenTheJobIsOnTheTopic() {
    var answer = gateway.submit("{\"flow\":\"echo\",\"input\":{\"text\":\"hello\"}}");

    assertThat(answer.status()).isEqualTo(202);
    JobId jobId = JobId.parse(answer.json().get("job_id").stringValue());
    assertThat(answer.header("Location")).contains("/v1/jobs/" + jobId);
    assertThat(answer.json().get("status").stringValue()).isEqualTo("accepted");
    assertThat(answer.json().get("links").get("self").stringValue()).isEqualTo("/v1/jobs/" + jobId);
    await().until(() -> gateway.ledger().submits(jobId).size() == 1);
    LedgerInput.Submit submit = gateway.ledger().submits(jobId).getFirst();
    assertThat(submit.input().toString()).isEqualTo("{\"text\":\"hello\"}");
    assertThat(submit.idempotent()).isFalse();
    assertThat(submit.requestId().value()).isEqualTo(answer.json().get("request_id").stringValue());
  }

  @Test
  void makesOneJobOfTwoSubmitsAtTheSameInstant() throws Exception {
    for (int round = 0; round < 20; round++) {
      String key = "race-" + round;
      Callable<TestGateway.Answer> submit =
          () ->
              gateway.submit(
                  "{\"flow\":\"echo\",\"input\":{\"text\":\"x\"}}", "Idempotency-Key", key);
      List<TestGateway.Answer> answers;
      try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
        answers = pool.invokeAll(List.of(submit, submit)).stream().map(f -> f.resultNow()).toList();
      }
      assertThat(answers).allMatch(answer -> answer.status() == 202);
      assertThat(answers.stream().map(answer -> answer.json().get("job_id")).distinct()).hasSize(1);
      assertThat(
              answers.stream().filter(answer -> answer.header("Idempotency-Replayed").isPresent()))
          .hasSize(1);
    }
  }

  @Test
  void refusesAnotherBodyUnderTheSameKey() {
    String key = "key of mine";
    assertThat(
            gateway
                .submit("{\"flow\":\"echo\",\"input\":{\"text\":\"a\"}}", "Idempotency-Key", key)
                .status())
        .isEqualTo(202);
    // The same content in another form is the same body.
    var same =
        gateway.submit(
            "{ \"input\": {\"text\":\"\\u0061\"}, \"flow\":\"echo\"}", "Idempotency-Key", key);
    assertThat(same.status()).isEqualTo(202);
    assertThat(same.header("Idempotency-Replayed")).contains("true");
    var other =
        gateway.submit("{\"flow\":\"echo\",\"input\":{\"text\":\"b\"}}", "Idempotency-Key", key);
    assertThat(other.status()).isEqualTo(422);
    assertThat(other.json().get("type").stringValue()).isEqualTo("urn:spoor:problem:key-reused");
  }

  @Test
  void keepsTwoCommandsWithOneRequestIdApart() throws Exception {
    for (int round = 0; round < 10; round++) {
      String key = "apart-" + round;
      Callable<TestGateway.Answer> a =
          () ->
              gateway.submit(
                  "{\"flow\":\"echo\",\"input\":{\"text\":\"a\"}}",
                  "Idempotency-Key",
                  key,
                  "X-Request-ID",
                  "the-same");
      Callable<TestGateway.Answer> b =
          () ->
              gateway.submit(
                  "{\"flow\":\"echo\",\"input\":{\"text\":\"b\"}}",
                  "Idempotency-Key",
                  key,
                  "X-Request-ID",
                  "the-same");
      try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Integer> statuses =
            pool.invokeAll(List.of(a, b)).stream().map(f -> f.resultNow().status()).toList();
        assertThat(statuses).containsExactlyInAnyOrder(202, 422);
      }
    }
  }

  @Test
  void saysUnknownWhenTheLedgerDoesNotAnswer() {
    gateway.ledger().answers = false;
    try {
      long start = System.nanoTime();
      var answer =
          gateway.submit(
              "{\"flow\":\"echo\",\"input\":{\"text\":\"x\"}}", "Idempotency-Key", "silent");
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(11));
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.json().get("outcome").stringValue()).isEqualTo("unknown");
      assertThat(answer.json().get("key").stringValue()).isEqualTo("silent");
      assertThat(answer.header("Retry-After")).isPresent();
    } finally {
      gateway.ledger().answers = true;
    }
  }
}
