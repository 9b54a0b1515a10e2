package dev.spoor.system.deploy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import dev.spoor.system.dashboards.KibanaNdjson;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The script of the container that imports Kibana's objects, against answers that Kibana gives. */
@Timeout(60)
class KibanaImportIT {
  private static final String TAKEN = "{\"successCount\":22,\"success\":true,\"warnings\":[]}";
  private static final String REFUSED =
      "{\"successCount\":21,\"success\":false,\"errors\":[{\"id\":\"x\",\"error\":{\"type\":\"missing_references\"}}]}";

  private final Deque<String> answers = new ArrayDeque<>();
  private final List<String> requests = new ArrayList<>();
  private HttpServer kibana;

  @BeforeEach
  void start() throws IOException {
    for (String needed : List.of("bash", "curl")) {
      assumeTrue(
          Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
              .anyMatch(directory -> new File(directory, needed).canExecute()),
          "skipped: there is no " + needed + " on this machine, and the script needs it");
    }
    kibana = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    kibana.createContext(
        "/",
        exchange -> {
          requests.add(
              exchange.getRequestMethod()
                  + " "
                  + exchange.getRequestURI()
                  + " kbn-xsrf="
                  + exchange.getRequestHeaders().getFirst("kbn-xsrf")
                  + "\n"
                  + new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          byte[] answer = answers.removeFirst().getBytes(UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    kibana.start();
  }

  @AfterEach
  void stop() {
    if (kibana != null) {
      kibana.stop(0);
    }
  }

  private record Ended(int exitCode, String output) {}

  private Ended runImport() throws Exception {
    ProcessBuilder script =
        new ProcessBuilder("bash", RuleGroups.DEPLOY.resolve("kibana/import").toString())
            .redirectErrorStream(true);
    script.environment().put("KIBANA_URL", "http://127.0.0.1:" + kibana.getAddress().getPort());
    script.environment().put("IMPORT_TRIES", "2");
    script.environment().put("IMPORT_PAUSE", "0");
    Process process = script.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), output);
  }

  @Test
  void sendsAllObjectsAndEndsWellWhenTheyAreTaken() throws Exception {
    answers.add(TAKEN);
    Ended ended = runImport();
    assertThat(ended.exitCode()).as(ended.output()).isZero();
    assertThat(requests).hasSize(1);
    assertThat(requests.getFirst())
        .startsWith("POST /api/saved_objects/_import?overwrite=true kbn-xsrf=true\n")
        .contains("filename=\"spoor.ndjson\"")
        .contains(KibanaNdjson.all());
  }

  @Test
  void asksAgainAfterA200ThatTookNothing() throws Exception {
    answers.add(REFUSED);
    answers.add(TAKEN);
    Ended ended = runImport();
    assertThat(ended.exitCode()).as(ended.output()).isZero();
    assertThat(requests).hasSize(2);
  }

  @Test
  void failsWithTheLastAnswerWhenNothingIsTaken() throws Exception {
    answers.add(REFUSED);
    answers.add(REFUSED);
    Ended ended = runImport();
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.output()).contains("asked 2 times").contains("missing_references");
  }
}
