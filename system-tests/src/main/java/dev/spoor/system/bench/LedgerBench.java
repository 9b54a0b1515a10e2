package dev.spoor.system.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.spoor.broker.BrokerSettings;
import dev.spoor.broker.EmbeddedBroker;
import dev.spoor.contract.job.FlowId;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobSpec;
import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.gateway.ledger.LedgerLimits;
import dev.spoor.gateway.ledger.LedgerRules;
import dev.spoor.gateway.ledgerhost.Ledger;
import dev.spoor.gateway.ledgerhost.LedgerSettings;
import dev.spoor.gateway.topics.TopicSettings;
import dev.spoor.gateway.topics.TopicSetup;
import dev.spoor.telemetry.redaction.Redactor;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Measures the ledger's host alone: broker, host, worker and load in one process, four ledger
 * inputs a job (submit, claim, a checkpoint, the last step), no HTTP. Hosts: {@code own}, and
 * {@code streams-N} with a commit interval of N ms.
 *
 * <pre>{@code
 * LedgerBench [--hosts=own,streams-25] [--jobs=30000] [--ended=100000] [--dir=DIR]
 * }</pre>
 *
 * Latency is from when a job was due to be submitted (open loop) to when its grant reaches the
 * worker. A restart is from the start of the new process to the end of a job that it was given.
 */
public final class LedgerBench {
  static final int PARTITIONS = 4;
  private static final String KILL_ME = "ENDED ALL";
  private static final String RESTARTED = "RESTARTED";

  private LedgerBench() {}

  public static void main(String[] args) throws Exception {
    Map<String, String> options = options(args);
    if (options.containsKey("child")) {
      child(options);
      return;
    }
    Path dir =
        options.containsKey("dir")
            ? Path.of(value(options, "dir", ""))
            : Files.createTempDirectory("spoor-ledger-bench");
    int jobs = Integer.parseInt(value(options, "jobs", "30000"));
    int ended = Integer.parseInt(value(options, "ended", "100000"));
    System.out.println("ledger hosts on " + Machine.describe());
    System.out.println(
        "| host | idle p50 / p99 ms | whole jobs/s | CPU ms a job, all parts | half rate p50 / p99 ms (at jobs/s) | idle CPU of a core |");
    System.out.println("| --- | --- | --- | --- | --- | --- |");
    List<String> hosts =
        List.of(value(options, "hosts", "own,streams-25,streams-10").split(",", -1));
    for (String host : hosts) {
      System.out.println(measure(host, dir.resolve(host), jobs));
    }
    if (ended > 0) {
      System.out.println();
      System.out.println("| host | ended jobs | broker up s | ledger serves s | next job done s |");
      System.out.println("| --- | --- | --- | --- | --- |");
      for (String host : hosts) {
        System.out.println(restart(host, dir.resolve(host + "-restart"), ended));
      }
    }
    System.exit(0);
  }

  private static Map<String, String> options(String[] args) {
    Map<String, String> options = new java.util.HashMap<>();
    for (String arg : args) {
      String[] parts = arg.replaceFirst("^--", "").split("=", 2);
      options.put(parts[0], parts.length > 1 ? parts[1] : "");
    }
    return options;
  }

  private static String value(Map<String, String> options, String name, String otherwise) {
    return options.getOrDefault(name, otherwise);
  }

  private static LedgerHost host(String name, KafkaConnection connection, Topics topics, Path dir) {
    TopicSettings topicSettings =
        new TopicSettings(
            topics.prefix(), PARTITIONS, 1, 1, Duration.ofDays(1), Duration.ofSeconds(60));
    if (name.startsWith("streams-")) {
      try (Admin admin = Admin.create(connection.with(Map.of()))) {
        new TopicSetup(topicSettings, admin).run();
      }
      int commit = Integer.parseInt(name.substring("streams-".length()));
      return new StreamsHost(connection, topics, PARTITIONS, dir, commit);
    }
    long gap = name.equals("own") ? 15 : Long.parseLong(name.substring("own-".length()));
    LedgerSettings settings =
        new LedgerSettings(
            Duration.ofMinutes(5),
            10_000_000,
            Duration.ofSeconds(1),
            Duration.ofMinutes(5),
            Duration.ofMillis(gap),
            2_000,
            Duration.ofSeconds(6),
            Duration.ofSeconds(10));
    Ledger ledger =
        new Ledger(
            connection,
            topicSettings,
            settings,
            new LedgerRules(settings.limits(LedgerLimits.DEFAULT.retention())),
            new Ledger.Identity("bench", () -> "http://localhost", Map.of("service", "bench")),
            dir,
            Redactor.standard(),
            new SimpleMeterRegistry(),
            Clock.systemUTC());
    return new LedgerHost() {
      @Override
      public void start() {
        ledger.start();
        while (ledger.served() < PARTITIONS) {
          sleep(2);
        }
      }

      @Override
      public void stop() {
        ledger.stop();
      }
    };
  }

  private static String measure(String name, Path dir, int jobs) {
    Topics topics = Topics.DEFAULT;
    try (EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.in(dir.resolve("kafka")))) {
      KafkaConnection connection = KafkaConnection.of(broker.bootstrapServers());
      LedgerHost host = host(name, connection, topics, dir.resolve("ledger"));
      host.start();
      try (BenchWorker worker = new BenchWorker(connection, topics);
          Load load = new Load(connection, topics, worker)) {
        // Warm up: the first seconds are the compiler's.
        load.send(Math.min(jobs, 10_000), 0);
        load.awaitEnded();
        // Everything at once, and wait for the last: jobs a second.
        worker.clear();
        long start = System.nanoTime();
        long cpuStart = cpuNanos();
        load.send(jobs, 0);
        load.awaitEnded();
        double rate = jobs / seconds(System.nanoTime() - start);
        // Says more than the rate where others use the machine too.
        double cpuMillisPerJob = (cpuNanos() - cpuStart) / 1e6 / jobs;

        worker.clear();
        load.send(300, 20);
        load.awaitEnded();
        BenchWorker.Latency idle = worker.latency();

        worker.clear();
        int half = (int) (rate / 2);
        load.send(half * 15, half);
        load.awaitEnded();
        BenchWorker.Latency loaded = worker.latency();

        double cpu = cpuOf(Duration.ofSeconds(10));
        return String.format(
            Locale.ROOT,
            "| %s | %.1f / %.1f | %.0f | %.2f | %.1f / %.1f (%d) | %.0f %% |",
            name,
            idle.p50Millis(),
            idle.p99Millis(),
            rate,
            cpuMillisPerJob,
            loaded.p50Millis(),
            loaded.p99Millis(),
            half,
            cpu * 100);
      } finally {
        host.stop();
      }
    }
  }

  private static double cpuOf(Duration span) {
    long before = cpuNanos();
    sleep(span.toMillis());
    return (cpuNanos() - before) / (double) span.toNanos();
  }

  private static long cpuNanos() {
    var system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return system.getProcessCpuTime();
  }

  // ---- restart

  private static String restart(String name, Path dir, int ended) throws Exception {
    Process first = fork("--child=fill", "--host=" + name, "--dir=" + dir, "--jobs=" + ended);
    awaitLine(first, KILL_ME);
    // More is under way: killed in the middle of it.
    sleep(1_000);
    first.destroyForcibly().waitFor();
    Process second = fork("--child=restart", "--host=" + name, "--dir=" + dir);
    String line = awaitLine(second, RESTARTED);
    second.destroyForcibly().waitFor();
    return "| " + name + " | " + ended + " | " + line.substring(RESTARTED.length() + 1) + " |";
  }

  private static Process fork(String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), LedgerBench.class.getName()));
    command.addAll(List.of(args));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectInput(new File("/dev/null"))
        .start();
  }

  private static String awaitLine(Process process, String start) throws IOException {
    var reader = process.inputReader();
    StringBuilder all = new StringBuilder();
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      if (line.startsWith(start)) {
        return line;
      }
      if (all.length() < 20_000) {
        all.append(line).append('\n');
      }
    }
    throw new IllegalStateException("the process ended:\n" + all);
  }

  private static void child(Map<String, String> options) throws Exception {
    long main = ProcessHandle.current().info().startInstant().orElseThrow().toEpochMilli();
    Path dir = Path.of(value(options, "dir", ""));
    String name = value(options, "host", "own");
    Topics topics = Topics.DEFAULT;
    EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.in(dir.resolve("kafka")));
    double brokerUp = since(main);
    KafkaConnection connection = KafkaConnection.of(broker.bootstrapServers());
    BenchWorker worker = new BenchWorker(connection, topics);
    LedgerHost host = host(name, connection, topics, dir.resolve("ledger"));
    if (value(options, "child", "").equals("restart")) {
      Load load = new Load(connection, topics, worker);
      Thread.ofPlatform().start(() -> load.send(1, 0));
      host.start();
      double serves = since(main);
      load.awaitFirst();
      System.out.printf(
          Locale.ROOT, "%s %.1f | %.1f | %.1f%n", RESTARTED, brokerUp, serves, since(main));
    } else {
      host.start();
      Load load = new Load(connection, topics, worker);
      load.send(Integer.parseInt(value(options, "jobs", "1000")), 0);
      load.awaitEnded();
      System.out.println(KILL_ME);
      load.send(Integer.MAX_VALUE, 500);
    }
    Thread.currentThread().join();
  }

  private static double since(long epochMillis) {
    return (System.currentTimeMillis() - epochMillis) / 1000.0;
  }

  private static double seconds(long nanos) {
    return nanos / 1e9;
  }

  static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Submits jobs. */
  private static final class Load implements AutoCloseable {
    private static final int MAX_OPEN = 20_000;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Topics topics;
    private final BenchWorker worker;
    private final SplittableRandom random = new SplittableRandom();
    private final AtomicLong sent = new AtomicLong();
    private volatile JobId last = new JobId(new java.util.UUID(0, 0));

    Load(KafkaConnection connection, Topics topics, BenchWorker worker) {
      this.topics = topics;
      this.worker = worker;
      this.producer =
          new KafkaProducer<>(
              connection.with(Map.of("acks", "all", "linger.ms", 0, "batch.size", 128 * 1024)),
              new ByteArraySerializer(),
              new ByteArraySerializer());
    }

    /**
     * @param perSecond 0 for as fast as the queue is short
     */
    void send(int jobs, int perSecond) {
      long start = System.nanoTime();
      for (int i = 0; i < jobs; i++) {
        long due = System.nanoTime();
        if (perSecond > 0) {
          due = start + i * TimeUnit.SECONDS.toNanos(1) / perSecond;
          while (System.nanoTime() < due) {
            LockSupport.parkNanos(due - System.nanoTime());
          }
        } else {
          while (sent.get() - worker.ended() > MAX_OPEN) {
            sleep(1);
          }
        }
        JobId jobId =
            JobId.ofTime(System.currentTimeMillis(), random.nextLong(), random.nextLong());
        worker.expect(jobId, due);
        last = jobId;
        var _ =
            producer.send(
                new ProducerRecord<>(
                    topics.ledgerIn(),
                    jobId.toString().getBytes(UTF_8),
                    Json.write(
                        new LedgerInput.Submit(
                            jobId,
                            new RequestId("r-" + i),
                            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                            JobSpec.of(new FlowId("echo")),
                            "hash",
                            false,
                            Json.mapper().createObjectNode().put("text", "hello, world")))));
        sent.incrementAndGet();
      }
      producer.flush();
    }

    void awaitEnded() {
      long end = System.nanoTime() + Duration.ofMinutes(10).toNanos();
      while (worker.ended() < sent.get()) {
        if (System.nanoTime() > end) {
          throw new IllegalStateException(
              worker.ended() + " of " + sent.get() + " jobs ended in ten minutes");
        }
        sleep(1);
      }
    }

    void awaitFirst() {
      while (!worker.hasEnded(last)) {
        sleep(5);
      }
    }

    @Override
    public void close() {
      producer.close(Duration.ofSeconds(1));
    }
  }
}
