package dev.spoor.telemetry.health;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import jdk.management.VirtualThreadSchedulerMXBean;

/** Reads what the process uses from the kernel and the JVM. Not thread-safe. */
final class ProcessReader {
  private static final int PAGE_FIELDS = 2;

  private final OperatingSystemMXBean system =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private final VirtualThreadSchedulerMXBean virtual =
      ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class);
  private final Path proc;
  private final LongSupplier nanos;
  private long cpuBefore;
  private long nanosBefore;
  private double cpuPercent;

  ProcessReader(Path proc, LongSupplier nanos) {
    this.proc = proc;
    this.nanos = nanos;
    this.cpuBefore = system.getProcessCpuTime();
    this.nanosBefore = nanos.getAsLong();
  }

  ProcessSample read() {
    return new ProcessSample(residentBytes(), maxBytes(), cpu(), threads());
  }

  /** From /proc/self/status; where there is none, the JVM's own committed memory. */
  private long residentBytes() {
    try {
      for (String line : Files.readAllLines(proc.resolve("self/status"), StandardCharsets.UTF_8)) {
        if (line.startsWith("VmRSS:")) {
          String[] parts = line.substring(6).strip().split("\\s+", PAGE_FIELDS);
          return Long.parseLong(parts[0]) * 1024;
        }
      }
    } catch (IOException | NumberFormatException e) {
      // Not Linux, or a /proc that tells less: the JVM's figures below are the next best.
    }
    var memory = ManagementFactory.getMemoryMXBean();
    return memory.getHeapMemoryUsage().getCommitted()
        + memory.getNonHeapMemoryUsage().getCommitted();
  }

  /** The JVM knows the container's limit (cgroup v1 and v2) and says it as total memory. */
  private long maxBytes() {
    return system.getTotalMemorySize();
  }

  private double cpu() {
    long now = nanos.getAsLong();
    long time = system.getProcessCpuTime();
    long elapsed = now - nanosBefore;
    if (elapsed > 0 && time >= 0) {
      double share =
          (time - cpuBefore) / (double) elapsed / Runtime.getRuntime().availableProcessors();
      cpuPercent = Math.clamp(share * 100, 0, 100);
      cpuBefore = time;
      nanosBefore = now;
    }
    return cpuPercent;
  }

  private long threads() {
    long platform = ManagementFactory.getThreadMXBean().getThreadCount();
    int mounted = virtual == null ? 0 : Math.max(0, virtual.getMountedVirtualThreadCount());
    long queued = virtual == null ? 0 : Math.max(0, virtual.getQueuedVirtualThreadCount());
    return platform + mounted + queued;
  }
}
