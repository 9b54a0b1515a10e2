package dev.spoor.system.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Says on what a benchmark ran. */
public final class Machine {
  private Machine() {}

  /** Cores, memory and Java, in one line. */
  public static String describe() {
    return Runtime.getRuntime().availableProcessors()
        + " cores, "
        + memory()
        + ", Java "
        + Runtime.version().feature()
        + " on "
        + System.getProperty("os.name");
  }

  private static String memory() {
    Path meminfo = Path.of("/proc/meminfo");
    try {
      String total = Files.readAllLines(meminfo).getFirst().replaceAll("\\D", "");
      return Math.round(Long.parseLong(total) / 1024.0 / 1024.0) + " GiB";
    } catch (IOException e) {
      return "memory unknown";
    }
  }
}
