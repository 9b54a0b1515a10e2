package dev.spoor.system.whole;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.standalone.Spoor;
import dev.spoor.testkit.ChildProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The demo on a directory of its own: its figures agree with each other, and it says so. */
@Timeout(300)
class DemoIT {
  @TempDir private Path dir;

  @Test
  void jobsRecordsFiguresAndMetricsTellTheSame() {
    try (ChildProcess process =
        ChildProcess.running(Spoor.class)
            .directory(dir)
            .arguments("demo", "--for", "10s", "--rate", "4", "--seed", "7", "--data", "data")
            .start()) {
      int exitCode = process.awaitExit(Duration.ofMinutes(4));
      List<String> output = process.output();
      String text = String.join("\n", output);
      assertThat(exitCode).as(text).isZero();
      assertThat(line(output, "all ")).as(text).matches("all +40 .* 0");
      for (String check :
          List.of(
              "cost in records",
              "cost in figures",
              "cost in metrics",
              "messages with secrets",
              "secrets",
              "audit")) {
        assertThat(line(output, check + " ")).as(text).contains("  ok  ");
      }
      // Each of them has looked at something.
      assertThat(line(output, "cost in records ")).doesNotContain("$0.000000");
      assertThat(line(output, "cost in metrics ")).contains("$").doesNotContain("not looked at");
      assertThat(line(output, "messages with secrets ")).doesNotContain(" 0 of 0");
      assertThat(line(output, "audit ")).contains("none is missing");
    }
  }

  private static String line(List<String> output, String beginning) {
    return output.stream().filter(line -> line.startsWith(beginning)).findFirst().orElse("");
  }
}
