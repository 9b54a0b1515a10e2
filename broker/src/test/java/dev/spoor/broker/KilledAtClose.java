package dev.spoor.broker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A broker in a process of its own that ends by SIGKILL. */
record KilledAtClose(Process process, String bootstrapServers) implements AutoCloseable {
  static KilledAtClose start(Path dataDir) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                BrokerProcess.class.getName(),
                dataDir.toString())
            .redirectErrorStream(true)
            .start();
    BufferedReader output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    List<String> lines = new ArrayList<>();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      lines.add(line);
      if (line.startsWith("READY ")) {
        return new KilledAtClose(process, line.substring("READY ".length()));
      }
    }
    throw new IllegalStateException("The broker process ended: " + lines);
  }

  void kill() {
    process.destroyForcibly();
  }

  @Override
  public void close() {
    kill();
    assertThat(process.onExit()).succeedsWithin(Duration.ofSeconds(20));
  }
}
