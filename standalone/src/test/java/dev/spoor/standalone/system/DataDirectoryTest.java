package dev.spoor.standalone.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.standalone.cli.CliException;
import dev.spoor.standalone.cli.RunningRecord;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
  @TempDir private Path dir;

  @Test
  void isClaimedOnceAndAgainAfterItIsGivenBack() {
    Path data = dir.resolve("a/b");
    try (DataDirectory claimed = DataDirectory.claim(data)) {
      claimed.announce(URI.create("http://127.0.0.1:1"));
      assertThatThrownBy(() -> DataDirectory.claim(data))
          .isInstanceOf(CliException.class)
          .hasMessageContaining("is in use by process " + ProcessHandle.current().pid())
          .hasMessageContaining("http://127.0.0.1:1")
          .hasMessageContaining("--data");
    }
    assertThat(RunningRecord.read(data)).isEmpty();
    DataDirectory.claim(data).close();
  }

  @Test
  void namesAFileInTheWay() throws Exception {
    Path file = Files.writeString(dir.resolve("file"), "x");
    assertThatThrownBy(() -> DataDirectory.claim(file))
        .isInstanceOf(CliException.class)
        .hasMessageContaining(file + " is a file")
        .hasMessageContaining("make it writable for this user or name another with --data");
    assertThatThrownBy(() -> DataDirectory.claim(file.resolve("below")))
        .isInstanceOf(CliException.class)
        .hasMessageContaining("cannot be used as data directory");
  }

  @Test
  void forgetsAProcessThatIsGone() throws Exception {
    Process gone = new ProcessBuilder("true").start();
    gone.waitFor();
    new RunningRecord(URI.create("http://127.0.0.1:1"), gone.pid()).write(dir);
    assertThat(RunningRecord.read(dir)).isEmpty();
  }
}
