package dev.spoor.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A JVM of its own, with this JVM's class path, that a test may kill, freeze and wake. Its output
 * (both streams) is read all the time; the last {@value #MAX_LINES} lines are kept and the older
 * ones forgotten. {@link #close} kills it.
 */
public final class ChildProcess implements AutoCloseable {
  private static final int MAX_LINES = 10_000;
  private static final Duration SIGNAL_LIMIT = Duration.ofSeconds(10);

  private final Process process;
  private final Deque<String> lines = new ArrayDeque<>();
  private final Object change = new Object();
  private final Thread reader;
  private boolean ended;

  private ChildProcess(Process process) {
    this.process = process;
    this.reader =
        Thread.ofPlatform().name("child-output-" + process.pid()).daemon().start(this::read);
  }

  public static Builder running(Class<?> main) {
    return new Builder(main.getName());
  }

  /** For a main class that the caller's module does not see at compile time. */
  public static Builder running(String mainClass) {
    return new Builder(mainClass);
  }

  /** What to run and how. */
  public static final class Builder {
    private final String mainClass;
    private final List<String> arguments = new ArrayList<>();
    private final List<String> jvmOptions = new ArrayList<>();
    private final List<String> under = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();
    private @Nullable Path directory;
    private Predicate<String> leftOut = _ -> false;

    private Builder(String mainClass) {
      this.mainClass = mainClass;
    }

    public Builder arguments(String... more) {
      arguments.addAll(List.of(more));
      return this;
    }

    public Builder jvmOptions(String... more) {
      jvmOptions.addAll(List.of(more));
      return this;
    }

    /** Runs by another program: it is given the command line of the JVM and becomes the JVM. */
    public Builder under(String... command) {
      under.addAll(List.of(command));
      return this;
    }

    public Builder environment(String name, String value) {
      environment.put(name, value);
      return this;
    }

    public Builder environment(Map<String, String> more) {
      environment.putAll(more);
      return this;
    }

    /** The working directory; this JVM's own if it is not given. */
    public Builder directory(Path newDirectory) {
      directory = newDirectory;
      return this;
    }

    /** Runs as if the jars and directories whose path this matches were not there. */
    public Builder without(Predicate<String> entries) {
      leftOut = leftOut.or(entries);
      return this;
    }

    public ChildProcess start() {
      List<String> command = new ArrayList<>(under);
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("-XX:TieredStopAtLevel=1");
      command.add("-Xshare:auto");
      command.add("--enable-native-access=ALL-UNNAMED");
      command.add("--sun-misc-unsafe-memory-access=allow");
      command.addAll(jvmOptions);
      command.add("-cp");
      command.add(
          Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
              .filter(leftOut.negate())
              .collect(Collectors.joining(File.pathSeparator)));
      command.add(mainClass);
      command.addAll(arguments);
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().putAll(environment);
      if (directory != null) {
        builder.directory(directory.toFile());
      }
      try {
        return new ChildProcess(builder.start());
      } catch (IOException failed) {
        throw new UncheckedIOException(failed);
      }
    }
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** What it has printed, without lines that are too old to be kept. */
  public List<String> output() {
    synchronized (change) {
      return List.copyOf(lines);
    }
  }

  /**
   * Waits for a line of output, an earlier one too.
   *
   * @throws AssertionError with the output if it does not come in time or the process ends first
   */
  public String awaitLine(Predicate<String> wanted, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    synchronized (change) {
      while (true) {
        for (String line : lines) {
          if (wanted.test(line)) {
            return line;
          }
        }
        long left = end - System.nanoTime();
        if (ended || left <= 0) {
          throw new AssertionError(
              (ended ? "The process ended" : "Nothing within " + limit)
                  + " before the awaited line; its output:\n"
                  + String.join("\n", lines));
        }
        try {
          change.wait(Math.max(1, left / 1_000_000));
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          throw new AssertionError("Interrupted", interrupted);
        }
      }
    }
  }

  /**
   * Runs part of a test against this process. When it fails, what the process printed and where all
   * its threads stand, virtual ones too, is added to the failure: afterwards nobody can ask it.
   */
  public void during(Runnable part) {
    try {
      part.run();
    } catch (RuntimeException | AssertionError failed) {
      failed.addSuppressed(
          new AssertionError(
              "The process (%s) had printed:\n%s\nIts threads:\n%s"
                  .formatted(
                      isAlive() ? "alive" : "ended",
                      String.join("\n", output()),
                      isAlive() ? threads() : "none")));
      throw failed;
    }
  }

  private String threads() {
    try {
      Path dump = Files.createTempFile("threads-" + pid() + "-", ".txt");
      try {
        Process jcmd =
            new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                    Long.toString(pid()),
                    "Thread.dump_to_file",
                    "-overwrite",
                    "-format=text",
                    dump.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!jcmd.waitFor(SIGNAL_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
          jcmd.destroyForcibly();
          return "not told within " + SIGNAL_LIMIT;
        }
        return Files.readString(dump);
      } finally {
        Files.deleteIfExists(dump);
      }
    } catch (IOException failed) {
      return failed.toString();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return interrupted.toString();
    }
  }

  /** SIGKILL, and waits until the process is gone. */
  public void kill() {
    process.destroyForcibly();
    awaitExit(SIGNAL_LIMIT);
  }

  /** SIGTERM: asks the process to stop in order; see {@link #awaitExit}. */
  public void terminate() {
    signal("TERM");
  }

  /** SIGSTOP: the process stands still and keeps its connections and memory. */
  public void freeze() {
    signal("STOP");
  }

  /** SIGCONT after {@link #freeze}. */
  public void wake() {
    signal("CONT");
  }

  /**
   * @return the exit code
   * @throws AssertionError with the output if it is still running after the limit
   */
  public int awaitExit(Duration limit) {
    try {
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError(
            "Still running after " + limit + "; its output:\n" + String.join("\n", output()));
      }
      reader.join(SIGNAL_LIMIT);
      return process.exitValue();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new AssertionError("Interrupted", interrupted);
    }
  }

  @Override
  public void close() {
    kill();
  }

  private void signal(String name) {
    try {
      Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start();
      if (!kill.waitFor(SIGNAL_LIMIT.toMillis(), TimeUnit.MILLISECONDS) || kill.exitValue() != 0) {
        throw new IllegalStateException("kill -" + name + " " + pid() + " failed");
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  private void read() {
    try (BufferedReader output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        synchronized (change) {
          if (lines.size() == MAX_LINES) {
            lines.removeFirst();
          }
          lines.addLast(line);
          change.notifyAll();
        }
      }
    } catch (IOException killed) {
      // The stream of a killed process may end in the middle.
    } finally {
      synchronized (change) {
        ended = true;
        change.notifyAll();
      }
    }
  }
}
