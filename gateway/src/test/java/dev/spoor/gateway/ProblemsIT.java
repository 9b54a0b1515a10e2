package dev.spoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.testkit.TestBroker;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Every kind of bad request, over real HTTP. The gateway's answers are checked against the API. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ProblemsIT {
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
  void namesAllFaultsOfABodyAtOnce() {
    int before = gateway.ledger().seen().size();
    var answer =
        gateway.submit(
            """
            {"flow": "echo", "input": {"text": 7, "more": true}, "priority": "urgent",
             "max_attempts": 0, "colour": "red", "labels": {"a": 1}}
            """);

    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.header("Content-Type")).contains("application/problem+json");
    List<String> pointers = new ArrayList<>();
    for (JsonNode error : answer.json().get("errors")) {
      pointers.add(error.get("pointer").stringValue());
    }
    assertThat(pointers)
        .containsExactlyInAnyOrder(
            "/colour", "/input/text", "/input/more", "/priority", "/max_attempts", "/labels/a");
    assertThat(gateway.ledger().seen()).hasSize(before);
  }

  @Test
  void refusesAnUnknownFlow() {
    var answer = gateway.submit("{\"flow\":\"nobody-knows\"}");
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.json().get("errors").get(0).get("pointer").stringValue()).isEqualTo("/flow");
  }

  @Test
  void refusesWhatIsNotJson() {
    assertThat(gateway.submit("").status()).isEqualTo(400);
    assertThat(gateway.submit("{\"flow\":").status()).isEqualTo(400);
    assertThat(gateway.submit(new byte[] {'{', '"', (byte) 0xC3, (byte) 0x28, '"', '}'}).status())
        .isEqualTo(400);
    assertThat(gateway.submit("{\"flow\":\"echo\",\"flow\":\"echo\"}").status()).isEqualTo(400);
    assertThat(gateway.submit("[".repeat(65) + "]".repeat(65)).status()).isEqualTo(400);
    assertThat(gateway.submit("[".repeat(10_000)).status()).isEqualTo(400);
  }

  @Test
  void refusesWhatIsTooLarge() {
    var answer =
        gateway.submit(
            "{\"flow\":\"echo\",\"input\":{\"text\":\"" + "x".repeat(3_000_000) + "\"}}");
    assertThat(answer.status()).isEqualTo(413);
    // Without an announced length too.
    byte[] endless = " ".repeat(2_000_000).getBytes(StandardCharsets.US_ASCII);
    var chunked =
        gateway.send(
            HttpRequest.newBuilder(gateway.uri("/v1/jobs"))
                .header("Content-Type", "application/json")
                .POST(
                    HttpRequest.BodyPublishers.ofInputStream(
                        () -> new ByteArrayInputStream(endless))));
    assertThat(chunked.status()).isEqualTo(413);
    // Just above the input's limit, below the body's.
    assertThat(
            gateway
                .submit("{\"flow\":\"echo\",\"input\":{\"text\":\"" + "x".repeat(1 << 20) + "\"}}")
                .status())
        .isEqualTo(413);
  }

  @Test
  void takesAnInputOfOneMebibyte() {
    String body = "{\"flow\":\"echo\",\"input\":{\"text\":\"" + "x".repeat((1 << 20) - 11) + "\"}}";
    assertThat(gateway.submit(body).status()).isEqualTo(202);
  }

  @Test
  void refusesOtherMediaTypesAndEncodings() {
    var plain =
        gateway.send(
            HttpRequest.newBuilder(gateway.uri("/v1/jobs"))
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString("{}")));
    assertThat(plain.status()).isEqualTo(415);
    var none =
        gateway.send(
            HttpRequest.newBuilder(gateway.uri("/v1/jobs"))
                .POST(HttpRequest.BodyPublishers.ofString("{}")));
    assertThat(none.status()).isEqualTo(415);
    assertThat(gateway.submit("{}", "Content-Encoding", "gzip").status()).isEqualTo(415);
  }

  @Test
  void answersProblemsForPathsMethodsAndAccepts() {
    assertThat(gateway.get("/v2/nothing").status()).isEqualTo(404);
    assertThat(gateway.get("/v1/jobs/nonsense").status()).isEqualTo(404);
    assertThat(gateway.get("/v1/jobs/zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz").status())
        .isEqualTo(404);
    assertThat(gateway.get("/v1/jobs/018f0000-0000-7000-8000-000000000000").status())
        .isEqualTo(404);
    assertThat(gateway.get("/error").status()).isEqualTo(404);
    var method = gateway.send(HttpRequest.newBuilder(gateway.uri("/v1/queue")).DELETE());
    assertThat(method.status()).isEqualTo(405);
    assertThat(method.header("Allow")).isPresent();
    assertThat(gateway.get("/v1/queue", "Accept", "text/html").status()).isEqualTo(406);
    assertThat(gateway.get("/v1/jobs?limit=0&nonsense=1").status()).isEqualTo(400);
  }

  @Test
  void refusesABadIdempotencyKey() {
    String body = "{\"flow\":\"echo\",\"input\":{\"text\":\"x\"}}";
    assertThat(gateway.submit(body, "Idempotency-Key", "").status()).isEqualTo(400);
    assertThat(gateway.submit(body, "Idempotency-Key", "x".repeat(256)).status()).isEqualTo(400);
    assertThat(gateway.submit(body, "Idempotency-Key", "a", "Idempotency-Key", "b").status())
        .isEqualTo(400);
  }

  @Test
  void answersAProblemForWhatIsNotEvenHttp() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
      OutputStream out = socket.getOutputStream();
      out.write(
          "GET /v1/jobs/{<>} HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      out.flush();
      byte[] buffer = new byte[4096];
      int length = socket.getInputStream().read(buffer);
      String answer = new String(buffer, 0, length, StandardCharsets.UTF_8);
      assertThat(answer).startsWith("HTTP/1.1 400").contains("application/problem+json");
      assertThat(answer).doesNotContain("Tomcat", "<html");
      assertThat(answer).contains("X-Request-ID: ", "X-Response-Time: ", "\"request_id\":");
    }
  }

  @Test
  void neverAnswers5xxToNonsense() {
    long seed = Long.getLong("spoor.test.seed", 1);
    Random random = new Random(seed);
    String[] pieces = {
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      "\"flow\"",
      "\"echo\"",
      "\"input\"",
      "\"text\"",
      "1e999",
      "-0",
      "null",
      "true",
      "\"\\ud800\"",
      "\"\\u0000\"",
      "\"labels\"",
      "\"timeout\"",
      "\"PT1S\"",
      "\"budget\"",
      "99999999999999999999",
      "0.1",
      "\u00e9",
      "\ud83d\ude00",
      " ",
      "\n",
      "\\",
      "\"",
      "\"not_before\"",
      "\"2030-01-01T00:00:00Z\"",
      "\"any\"",
      "\"session_id\""
    };
    for (int i = 0; i < 500; i++) {
      StringBuilder body = new StringBuilder(random.nextBoolean() ? "{\"flow\":\"any\"," : "");
      int length = random.nextInt(12);
      for (int j = 0; j < length; j++) {
        body.append(pieces[random.nextInt(pieces.length)]);
      }
      var answer = gateway.submit(body.toString());
      assertThat(answer.status()).as("seed %d, body %s", seed, body).isBetween(200, 499);
    }
  }
}
