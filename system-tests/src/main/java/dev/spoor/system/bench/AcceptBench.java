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
import dev.spoor.standalone.cli.RunningRecord;
import java.io.File;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.HdrHistogram.ConcurrentHistogram;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * What an accepted submit costs beside what it cannot cost less than: a bare idempotent producer
 * with {@code acks=all} that writes the same bytes to the same broker and waits for each. The same
 * number of threads does both, in turns; each sends its next when its last is answered. The broker
 * is in this process, Spoor ({@code ./spoor up}) in another.
 *
 * <p>The jobs are due in twenty days, so that nothing but their acceptance is at work.
 *
 * <p>Usage, in the checkout: {@code AcceptBench [--threads 64] [--seconds 8] [--rounds 4]}; the
 * first round is not counted.
 */
public final class AcceptBench {
  private static final String BARE = "bare";

  private AcceptBench() {}

  public static void main(String[] args) throws Exception {
    int threads = option(args, "--threads", 64);
    int seconds = option(args, "--seconds", 8);
    int rounds = option(args, "--rounds", 4);
    Path dir = Files.createTempDirectory("spoor-accept-bench");
    System.out.println("accept on " + Machine.describe() + ", " + threads + " threads");
    System.out.println("| way | a second | p50 ms | p99 ms | p99.9 ms |");
    System.out.println("| --- | --- | --- | --- | --- |");
    try (EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.in(dir.resolve("kafka")))) {
      KafkaConnection connection = KafkaConnection.of(broker.bootstrapServers());
      try (Admin admin = Admin.create(connection.with(Map.of()))) {
        admin.createTopics(List.of(new NewTopic(BARE, 4, (short) 1))).all().get();
      }
      Process spoor = up(broker.bootstrapServers(), dir);
      try {
        compare(
            connection,
            address(spoor, dir.resolve("data")),
            threads,
            Duration.ofSeconds(seconds),
            rounds);
      } finally {
        spoor.destroy();
        spoor.waitFor();
      }
    }
    System.exit(0);
  }

  private static int option(String[] args, String name, int otherwise) {
    for (int i = 0; i + 1 < args.length; i++) {
      if (args[i].equals(name)) {
        return Integer.parseInt(args[i + 1]);
      }
    }
    return otherwise;
  }

  private static Process up(String bootstrapServers, Path dir) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder("./spoor", "up", "--port", "0", "--data", dir.resolve("data").toString())
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("spoor.log").toFile())
            .redirectInput(new File("/dev/null"));
    builder.environment().put("KAFKA_BOOTSTRAP_SERVERS", bootstrapServers);
    return builder.start();
  }

  private static URI address(Process spoor, Path data) throws Exception {
    while (spoor.isAlive()) {
      Optional<RunningRecord> running = RunningRecord.read(data);
      if (running.isPresent()) {
        return running.get().url();
      }
      Thread.sleep(100);
    }
    throw new IllegalStateException("./spoor up ended before it was up");
  }

  private static void compare(
      KafkaConnection connection, URI server, int threads, Duration span, int rounds)
      throws Exception {
    HttpRequest submit =
        HttpRequest.newBuilder(server.resolve("/v1/jobs"))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body()))
            .build();
    byte[] value = sameBytes();
    try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor();
        HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).executor(pool).build();
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(
                connection.with(
                    Map.of(
                        "acks",
                        "all",
                        "enable.idempotence",
                        true,
                        "linger.ms",
                        0,
                        "batch.size",
                        128 * 1024)),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
      for (int round = 0; round < rounds; round++) {
        Run bare =
            run(
                pool,
                threads,
                span,
                () -> {
                  JobId key = JobId.ofTime(System.currentTimeMillis(), System.nanoTime(), 0);
                  var _ =
                      producer
                          .send(new ProducerRecord<>(BARE, key.toString().getBytes(UTF_8), value))
                          .get();
                  return true;
                });
        Run accept =
            run(
                pool,
                threads,
                span,
                () ->
                    http.send(submit, HttpResponse.BodyHandlers.discarding()).statusCode() == 202);
        if (round > 0) {
          System.out.println(bare.row("bare producer"));
          System.out.println(accept.row("POST /v1/jobs"));
          System.out.printf(
              Locale.ROOT,
              "rate %.0f %% of bare, p99 %.1f times%n",
              100 * accept.perSecond() / bare.perSecond(),
              (double) accept.times().getValueAtPercentile(99)
                  / bare.times().getValueAtPercentile(99));
        }
      }
    }
  }

  private static String body() {
    return "{\"flow\":\"echo\",\"input\":{\"text\":\"hello\"},\"not_before\":\""
        + Instant.now().plus(Duration.ofDays(20)).truncatedTo(ChronoUnit.SECONDS)
        + "\"}";
  }

  /** What the gateway writes for such a submit. */
  private static byte[] sameBytes() {
    JobId jobId = JobId.ofTime(System.currentTimeMillis(), 1, 2);
    return Json.write(
        new LedgerInput.Submit(
            jobId,
            new RequestId(jobId.toString()),
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            JobSpec.of(new FlowId("echo")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            false,
            Json.mapper().createObjectNode().put("text", "hello")));
  }

  private record Run(double perSecond, ConcurrentHistogram times) {
    String row(String way) {
      return String.format(
          Locale.ROOT,
          "| %s | %.0f | %.1f | %.1f | %.1f |",
          way,
          perSecond,
          times.getValueAtPercentile(50) / 1e3,
          times.getValueAtPercentile(99) / 1e3,
          times.getValueAtPercentile(99.9) / 1e3);
    }
  }

  private static Run run(ExecutorService pool, int threads, Duration span, Callable<Boolean> once)
      throws Exception {
    ConcurrentHistogram micros = new ConcurrentHistogram(3);
    long start = System.nanoTime();
    long end = start + span.toNanos();
    List<Future<Void>> running =
        Stream.generate(() ->
                pool.submit(
                    (Callable<Void>)
                        () -> {
                          while (System.nanoTime() < end) {
                            long begun = System.nanoTime();
                            if (!once.call()) {
                              throw new IllegalStateException("a submit was refused");
                            }
                            micros.recordValue((System.nanoTime() - begun) / 1_000);
                          }
                          return null;
                        }))
            .limit(threads)
            .toList();
    for (Future<Void> each : running) {
      each.get();
    }
    double perSecond = micros.getTotalCount() * 1e9 / (System.nanoTime() - start);
    return new Run(perSecond, micros);
  }
}
