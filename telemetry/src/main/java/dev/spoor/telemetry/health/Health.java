package dev.spoor.telemetry.health;

import dev.spoor.contract.telemetry.Events;
import dev.spoor.contract.telemetry.Fields;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Knows at any time how the service is, without asking anyone at that moment: each dependency is
 * probed on a thread of its own in the background, and a probe that hangs only makes its last
 * answer old. One more thread samples the process and logs {@code runtime.sample}.
 */
public final class Health {
  private static final Logger log = LoggerFactory.getLogger(Health.class);
  private static final double MAX_MEMORY_RATIO = 0.8;
  private static final Duration STOP = Duration.ofSeconds(2);

  private final Clock clock;
  private final HealthSettings settings;
  private final String version;
  private final Instant startedAt;
  private final ProcessReader reader;
  private final List<Probe> probes;
  private final Supplier<OptionalLong> queueDepth;
  private final Supplier<OptionalInt> jobsInFlight;
  private final List<Thread> threads = new ArrayList<>();
  private final Map<String, Probe> byName = new ConcurrentHashMap<>();
  private volatile ProcessSample sample;
  private volatile boolean stopped;

  /**
   * @param probes one a dependency
   * @param queueDepth empty while it is not known
   * @param jobsInFlight empty where no jobs run
   */
  public Health(
      Clock clock,
      HealthSettings settings,
      String version,
      List<DependencyProbe> probes,
      Supplier<OptionalLong> queueDepth,
      Supplier<OptionalInt> jobsInFlight) {
    this.clock = clock;
    this.settings = settings;
    this.version = version;
    this.startedAt = clock.instant();
    this.reader = new ProcessReader(settings.proc(), System::nanoTime);
    this.queueDepth = queueDepth;
    this.jobsInFlight = jobsInFlight;
    this.sample = reader.read();
    // In standalone several apps ask the same dependency: one probe a name is enough, and it is
    // essential if it is so for one of them.
    for (DependencyProbe probe : probes) {
      byName.merge(
          probe.name(),
          new Probe(probe, probe.essential()),
          (a, b) -> new Probe(a.probe, a.essential || b.essential));
    }
    this.probes = List.copyOf(byName.values());
  }

  /** Begins to probe and to sample. */
  public void start() {
    for (Probe probe : probes) {
      threads.add(
          Thread.ofPlatform()
              .name("spoor-probe-" + probe.probe.name())
              .daemon()
              .start(() -> watch(probe)));
    }
    threads.add(Thread.ofPlatform().name("spoor-sampler").daemon().start(this::sample));
    if (!probes.isEmpty()) {
      threads.add(Thread.ofPlatform().name("spoor-probe-limit").daemon().start(this::limit));
    }
  }

  /** Ends the threads; a probe that ignores interruption is left behind as a daemon. */
  public void stop() {
    stopped = true;
    threads.forEach(Thread::interrupt);
    Instant until = Instant.now().plus(STOP);
    try {
      for (Thread thread : threads) {
        thread.join(Duration.ofMillis(Math.max(1, Instant.now().until(until, ChronoUnit.MILLIS))));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What the last sample says, 0 to 1. */
  public double memoryRatio() {
    return sample.memoryRatio();
  }

  /** The names below {@code dependencies} in {@code /health}. */
  public Set<String> dependencies() {
    return Set.copyOf(byName.keySet());
  }

  /**
   * Whether a dependency has answered lately; never blocks.
   *
   * @param dependency one of {@link #dependencies}
   */
  public boolean isUp(String dependency) {
    Probe probe = byName.get(dependency);
    return probe != null && probe.isUp();
  }

  /** As {@code /health} shows it; never blocks. */
  public HealthReport report() {
    ProcessSample current = sample;
    Map<String, HealthStatus> dependencies = new LinkedHashMap<>();
    HealthStatus status =
        current.memoryRatio() > MAX_MEMORY_RATIO ? HealthStatus.DEGRADED : HealthStatus.HEALTHY;
    for (Probe probe : probes) {
      boolean up = probe.isUp();
      dependencies.put(probe.probe.name(), up ? HealthStatus.HEALTHY : HealthStatus.UNHEALTHY);
      if (!up) {
        status =
            probe.essential || status == HealthStatus.UNHEALTHY
                ? HealthStatus.UNHEALTHY
                : HealthStatus.DEGRADED;
      }
    }
    OptionalLong depth = depth();
    Instant now = clock.instant();
    return new HealthReport(
        status,
        now,
        Duration.between(startedAt, now).toMillis() / 1000.0,
        version,
        new HealthReport.Metrics(
            round(current.memoryUsedBytes() / 1048576.0),
            round(current.memoryRatio() * 100),
            round(current.cpuPercent()),
            current.threads(),
            depth.isPresent() ? depth.getAsLong() : null),
        dependencies);
  }

  private OptionalLong depth() {
    try {
      return queueDepth.get();
    } catch (RuntimeException e) {
      return OptionalLong.empty();
    }
  }

  private static double round(double value) {
    return Math.round(value * 10) / 10.0;
  }

  private void watch(Probe probe) {
    while (!stopped) {
      probe.check();
      try {
        Thread.sleep(settings.probeInterval());
      } catch (InterruptedException e) {
        log.trace("Woken while waiting for the next probe", e);
      }
    }
  }

  /** Interrupts probes that take too long; one thread for all. */
  private void limit() {
    while (!stopped) {
      try {
        Thread.sleep(settings.probeTimeout().dividedBy(4));
      } catch (InterruptedException e) {
        return;
      }
      for (Probe probe : probes) {
        probe.interruptIfLate();
      }
    }
  }

  private void sample() {
    long samples = 0;
    Duration step = settings.sampleInterval().dividedBy(HealthSettings.STEPS);
    while (!stopped) {
      try {
        Thread.sleep(step);
      } catch (InterruptedException e) {
        return;
      }
      try {
        sample = reader.read();
        if (++samples % HealthSettings.STEPS == 0) {
          record(sample);
        }
      } catch (RuntimeException e) {
        log.warn("Could not sample the process", e);
      }
    }
  }

  private void record(ProcessSample current) {
    LoggingEventBuilder record =
        log.atInfo()
            .addKeyValue(Fields.EVENT, Events.RUNTIME_SAMPLE)
            .addKeyValue(Fields.MEMORY_USED_BYTES, current.memoryUsedBytes())
            .addKeyValue(Fields.MEMORY_MAX_BYTES, current.memoryMaxBytes())
            .addKeyValue(Fields.MEMORY_RATIO, Math.round(current.memoryRatio() * 10000) / 10000.0)
            .addKeyValue(Fields.CPU_PERCENT, round(current.cpuPercent()))
            .addKeyValue(Fields.THREADS, current.threads());
    OptionalLong depth = depth();
    if (depth.isPresent()) {
      record = record.addKeyValue(Fields.QUEUE_DEPTH, depth.getAsLong());
    }
    OptionalInt jobs = jobsInFlight.get();
    if (jobs.isPresent()) {
      record = record.addKeyValue(Fields.JOBS_IN_FLIGHT, jobs.getAsInt());
    }
    record.log("Runtime sample");
  }

  /** A dependency and its last answer. */
  private final class Probe {
    final DependencyProbe probe;
    final boolean essential;
    private volatile boolean up;
    private volatile long answeredAt = System.nanoTime();
    private boolean said;

    /** Guards who is interrupted: a late interrupt must not hit the next check. */
    private final Object turn = new Object();

    private long startedAt;
    private @Nullable Thread running;

    Probe(DependencyProbe probe, boolean essential) {
      this.probe = probe;
      this.essential = essential;
    }

    /** The last answer was good and is not older than an interval and a time limit. */
    boolean isUp() {
      long age = System.nanoTime() - answeredAt;
      return up
          && age < settings.probeInterval().plus(settings.probeTimeout().multipliedBy(2)).toNanos();
    }

    void check() {
      synchronized (turn) {
        startedAt = System.nanoTime();
        running = Thread.currentThread();
      }
      Exception problem = null;
      try {
        probe.check();
      } catch (InterruptedException e) {
        problem = new TimeoutException("no answer within " + settings.probeTimeout());
      } catch (Exception e) {
        problem = e;
      } finally {
        synchronized (turn) {
          running = null;
        }
        boolean _ = Thread.interrupted();
      }
      answeredAt = System.nanoTime();
      up = problem == null;
      if (problem != null && !said && !stopped) {
        said = true;
        log.warn("{} is down: {}", probe.name(), problem.toString());
      } else if (problem == null && said) {
        said = false;
        log.info("{} is up again", probe.name());
      }
    }

    void interruptIfLate() {
      synchronized (turn) {
        if (running != null && System.nanoTime() - startedAt > settings.probeTimeout().toNanos()) {
          running.interrupt();
        }
      }
    }
  }
}
