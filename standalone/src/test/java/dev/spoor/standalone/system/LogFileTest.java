package dev.spoor.standalone.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFileTest {
  @TempDir private Path dir;

  @Test
  void keepsOneOlderFileAndNoMore() throws Exception {
    Path path = dir.resolve("logs/spoor.log");
    try (LogFile file = new LogFile(path, 10)) {
      for (String line : new String[] {"first\n", "second\n", "third\n"}) {
        file.write(line.getBytes(UTF_8));
      }
    }
    assertThat(path).hasContent("third\n");
    assertThat(path.resolveSibling("spoor.log.1")).hasContent("second\n");
    assertThat(dir.resolve("logs").toFile().list()).hasSize(2);
  }

  @Test
  void goesOnWhereTheLastProcessStopped() throws Exception {
    Path path = dir.resolve("spoor.log");
    try (LogFile file = new LogFile(path, 100)) {
      file.write('a');
    }
    try (LogFile file = new LogFile(path, 100)) {
      file.write('b');
    }
    assertThat(path).hasContent("ab");
  }
}
