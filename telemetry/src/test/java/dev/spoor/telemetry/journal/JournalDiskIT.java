package dev.spoor.telemetry.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.spoor.testkit.ChildProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Journals on disks that are really full or really read-only: a tmpfs of 4 MiB that only the child
 * sees, in a mount namespace of its own that ends with it.
 */
@Timeout(120)
class JournalDiskIT {
  private static final String ON_SMALL_DISK =
      "mount -t tmpfs -o size=4m none \"$1\" && shift && exec \"$@\"";
  private static final List<List<String>> NAMESPACES =
      List.of(List.of("unshare", "--mount"), List.of("unshare", "--mount", "--map-root-user"));

  private static List<String> namespace = List.of();

  @TempDir Path dir;

  /** The second way works for users where the kernel lets them have namespaces of their own. */
  @BeforeAll
  static void findAWayToMount(@TempDir Path probe) throws InterruptedException {
    for (List<String> way : NAMESPACES) {
      if (namespace.isEmpty() && works(way, probe)) {
        namespace = way;
      }
    }
  }

  private static boolean works(List<String> way, Path probe) throws InterruptedException {
    List<String> command = new ArrayList<>(way);
    command.addAll(List.of("sh", "-c", ON_SMALL_DISK, "sh", probe.toString(), "true"));
    return succeeds(command);
  }

  private static boolean succeeds(List<String> command) throws InterruptedException {
    try {
      return new ProcessBuilder(command).start().waitFor() == 0;
    } catch (IOException noSuchProgram) {
      return false;
    }
  }

  private void asItShouldBe(String trouble, String... under) {
    try (ChildProcess child =
        ChildProcess.running(DiskTrouble.class)
            .under(under)
            .jvmOptions("-XX:TieredStopAtLevel=4")
            .arguments(trouble, dir.toString())
            .start()) {
      int code = child.awaitExit(Duration.ofSeconds(90));
      assertThat(child.output()).contains("as it should be");
      assertThat(code).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"full", "full-at-start", "read-only"})
  void aDiskThatTakesNothingCostsMemoryAndCountsAndNoProcess(String trouble) {
    assumeTrue(!namespace.isEmpty(), "needs the right to mount in a namespace of its own");
    List<String> under = new ArrayList<>(namespace);
    under.addAll(List.of("sh", "-c", ON_SMALL_DISK, "sh", dir.toString()));
    asItShouldBe(trouble, under.toArray(String[]::new));
  }

  /** An ext4 image of 32 MiB on a tmpfs that has 3 MiB for it. */
  @Test
  void aDiskThatCannotWriteWhatItIsForcedToIsToldOnceAndCounted() throws InterruptedException {
    String onFailingDisk =
        "mount -t tmpfs -o size=3m none \"$1\" && truncate -s 32m \"$1/image\""
            + " && mkfs.ext4 -q -O ^has_journal \"$1/image\" && mkdir \"$1/mounted\""
            + " && mount -o loop \"$1/image\" \"$1/mounted\" && shift && exec \"$@\"";
    List<String> under = new ArrayList<>(namespace);
    under.addAll(List.of("sh", "-c", onFailingDisk, "sh", dir.toString()));
    List<String> probe = new ArrayList<>(under);
    probe.add("true");
    assumeTrue(
        !namespace.isEmpty() && succeeds(probe),
        "needs mkfs.ext4 and the right to mount an image in a namespace of its own");
    asItShouldBe("failing", under.toArray(String[]::new));
  }

  @Test
  void aStoreThatTheDiskRefusesCostsNoCallAndNoProcess() {
    asItShouldBe("cut");
  }
}
