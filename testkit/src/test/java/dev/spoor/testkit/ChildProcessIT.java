package dev.spoor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ChildProcessIT {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @Test
  void tellsOutputAndExitCode() {
    try (ChildProcess child = start()) {
      child.awaitLine("hello from the parent"::equals, LIMIT);
      child.terminate();
      assertThat(child.awaitExit(LIMIT)).isEqualTo(128 + 15);
      assertThat(child.output()).contains("bye");
    }
  }

  @Test
  void freezesAndWakes() {
    try (ChildProcess child = start()) {
      child.awaitLine(line -> line.startsWith("tick"), LIMIT);
      child.freeze();
      int before = ticksWhenQuiet(child);
      assertThatThrownBy(() -> child.awaitLine("never"::equals, Duration.ofMillis(300)))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("before the awaited line");
      assertThat(child.output()).hasSize(before);
      child.wake();
      Awaitility.await().atMost(LIMIT).until(() -> child.output().size() > before);
    }
  }

  @Test
  void killsWithoutAGoodbye() {
    try (ChildProcess child = start()) {
      child.awaitLine(line -> line.startsWith("tick"), LIMIT);
      child.kill();
      assertThat(child.isAlive()).isFalse();
      assertThat(child.output()).doesNotContain("bye");
    }
  }

  private static ChildProcess start() {
    return ChildProcess.running(Ticking.class)
        .environment("GREETING", "hello")
        .arguments("from the parent")
        .start();
  }

  private static int ticksWhenQuiet(ChildProcess child) {
    int[] last = {-1};
    Awaitility.await()
        .pollInterval(Duration.ofMillis(200))
        .until(() -> {
          int now = child.output().size();
          boolean same = now == last[0];
          last[0] = now;
          return same;
        });
    return last[0];
  }

  /** Prints every 20 ms until it is stopped. */
  static final class Ticking {
    private Ticking() {}

    @SuppressWarnings("SystemOut") // the parent reads it
    public static void main(String[] args) throws InterruptedException {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("bye")));
      System.out.println(System.getenv("GREETING") + " " + args[0]);
      for (int i = 0; true; i++) {
        System.out.println("tick " + i);
        Thread.sleep(20);
      }
    }
  }
}
