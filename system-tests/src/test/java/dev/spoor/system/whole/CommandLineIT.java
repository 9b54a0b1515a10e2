package dev.spoor.system.whole;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.standalone.Spoor;
import dev.spoor.testkit.ChildProcess;
import dev.spoor.testkit.FreePorts;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program as it is called: what it says and the exit codes it ends with. */
@Timeout(180)
class CommandLineIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir private Path dir;

  private record Outcome(int exitCode, List<String> output) {
    /** One sentence, told to a person. */
    void refusedWith(String... parts) {
      String text = String.join("\n", output);
      assertThat(exitCode).as(text).isEqualTo(2);
      assertThat(text).contains(parts).doesNotContain("\tat ", "Exception");
      assertThat(output.stream().filter(line -> line.startsWith("spoor: "))).hasSize(1);
    }
  }

  private Outcome call(Map<String, String> environment, String... arguments) {
    try (ChildProcess process =
        ChildProcess.running(Spoor.class)
            .directory(dir)
            .environment(environment)
            .arguments(arguments)
            .start()) {
      int exitCode = process.awaitExit(LIMIT);
      return new Outcome(exitCode, process.output());
    }
  }

  @Test
  void refusesAPortThatIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      call(Map.of(), "up", "--port", port).refusedWith("port " + port + " is taken", "--port");
    }
  }

  @Test
  void refusesADataDirectoryThatCannotBe() throws Exception {
    Files.writeString(dir.resolve("file"), "x");
    call(Map.of(), "up", "--port", "0", "--data", "file/data")
        .refusedWith("file/data cannot be used as data directory", "--data");
  }

  @Test
  void refusesADirectoryOfForeignFiles() throws Exception {
    Files.createDirectories(dir.resolve("data/kafka"));
    Files.writeString(dir.resolve("data/kafka/thesis.txt"), "mine");
    call(Map.of(), "up", "--port", "0", "--data", "data")
        .refusedWith("data/kafka is not empty and was not made by this program");
  }

  @Test
  void refusesAWrongVariable() {
    call(Map.of("SPOOR_WORKER_SLOTS", "many"), "up", "--port", "0", "--data", "data")
        .refusedWith("SPOOR_WORKER_SLOTS is 'many', expected a whole number");
  }

  @Test
  void refusesAnUnknownOption() {
    call(Map.of(), "up", "--prot", "0").refusedWith("--prot", "--port");
  }

  @Test
  void saysThatNobodyIsThere() {
    Outcome outcome = call(Map.of("SPOOR_SERVER", "http://127.0.0.1:" + FreePorts.one()), "queue");
    assertThat(outcome.exitCode()).isEqualTo(3);
    assertThat(outcome.output()).hasSize(1);
  }

  @Test
  void runsAJobOnABareDirectoryAndStops() throws Exception {
    Files.writeString(dir.resolve("in.json"), "{\"text\":\"hello\"}");
    Outcome outcome = call(Map.of(), "run", "echo", "--input", "@in.json", "--data", "data");
    String text = String.join("\n", outcome.output());
    assertThat(outcome.exitCode()).as(text).isZero();
    assertThat(text)
        .containsSubsequence("job ", "succeeded", "\"text\" : \"hello\"", "timeline", "its logs:")
        .doesNotContain("\"timestamp\"", "Exception");

    // The data is still there for the next one, and a failing job is an exit code of its own.
    Outcome failed =
        call(
            Map.of(),
            "run",
            "fail",
            "--input",
            "{\"message\":\"no luck\",\"times\":9,\"category\":\"validation\"}",
            "--data",
            "data");
    assertThat(failed.exitCode()).as(String.join("\n", failed.output())).isEqualTo(1);
    assertThat(String.join("\n", failed.output())).contains("no luck");
  }

  @Test
  void refusesASecondStartUsesTheFirstAndStopsInOrder() {
    int port = FreePorts.one();
    try (ChildProcess first =
        ChildProcess.running(Spoor.class)
            .directory(dir)
            .arguments("up", "--port", Integer.toString(port))
            .start()) {
      first.awaitLine(line -> line.startsWith("Spoor is up"), LIMIT);
      String place = "http://127.0.0.1:" + port;
      first.awaitLine(line -> line.contains(place + "/v1/logs"), LIMIT);

      call(Map.of(), "up", "--port", "0").refusedWith("is in use by process " + first.pid(), place);

      // Found by the data directory: no address is given.
      Outcome submit = call(Map.of(), "submit", "echo", "--input", "{\"text\":\"x\"}", "--watch");
      assertThat(submit.exitCode()).as(String.join("\n", submit.output())).isZero();
      Outcome wrong = call(Map.of(), "submit", "nosuch");
      assertThat(wrong.exitCode()).isEqualTo(2);
      assertThat(String.join("\n", wrong.output())).contains("422").contains("/flow");
      for (String command : List.of("jobs", "queue", "audit", "logs")) {
        Outcome answered = call(Map.of(), command, "--json");
        assertThat(answered.exitCode()).as(command + answered.output()).isZero();
        assertThat(String.join("", answered.output())).startsWith("{");
      }

      long begin = System.nanoTime();
      first.terminate();
      first.awaitExit(Duration.ofSeconds(10));
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
    }
    // The same job is there after the restart.
    try (ChildProcess second =
        ChildProcess.running(Spoor.class)
            .directory(dir)
            .arguments("up", "--port", Integer.toString(port))
            .start()) {
      second.awaitLine(line -> line.startsWith("Spoor is up"), LIMIT);
      try (SystemApi api = SystemApi.at(URI.create("http://127.0.0.1:" + port))) {
        assertThat(api.get("/v1/jobs?limit=10").body().path("jobs").findValuesAsString("flow"))
            .contains("echo");
        api.awaitCompleteAudit(LIMIT);
      }
    }
  }
}
