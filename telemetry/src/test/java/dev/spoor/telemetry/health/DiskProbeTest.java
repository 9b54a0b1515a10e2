package dev.spoor.telemetry.health;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskProbeTest {
  @TempDir private Path dir;

  @Test
  void hasRoom() {
    assertThatCode(new DiskProbe(dir, 1)::check).doesNotThrowAnyException();
  }

  @Test
  void tooLittleRoomIsNone() throws IOException {
    long free = Files.getFileStore(dir).getTotalSpace() + 1;
    assertThatThrownBy(new DiskProbe(dir, free)::check)
        .isInstanceOf(IOException.class)
        .hasMessageMatching(
            "the disk of \\Q" + dir + "\\E has \\d+ MiB left of \\d+, fewer than \\d+");
  }

  @Test
  void aDirectoryThatIsNotYetThereIsWhereItWillBe() {
    assertThatCode(new DiskProbe(dir.resolve("a/b"), 1)::check).doesNotThrowAnyException();
    assertThatThrownBy(new DiskProbe(dir.resolve("a/b"), Long.MAX_VALUE)::check)
        .hasMessageContaining("the disk of " + dir + " has ");
  }

  @Test
  void whatCannotBeWrittenToIsSaid() {
    // Of the kernel's own, which is so for the superuser too.
    assertThatThrownBy(new DiskProbe(Path.of("/proc/sys/kernel/spoor"), 0)::check)
        .hasMessage("/proc/sys/kernel cannot be written to");
  }
}
