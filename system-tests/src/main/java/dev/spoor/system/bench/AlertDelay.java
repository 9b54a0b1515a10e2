package dev.spoor.system.bench;

import com.sun.net.httpserver.HttpServer;
import dev.spoor.broker.BrokerSettings;
import dev.spoor.broker.EmbeddedBroker;
import dev.spoor.contract.wire.Headers;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.shipper.alerts.AlertsConfiguration;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.MapPropertySource;

/**
 * From a breach in the stream to the webhook: the time from just before a record is handed to a
 * producer until the webhook has the text of the alert that it makes. The evaluator is the
 * shipper's own, with the rules that ship and one more, of which each record is a series of its
 * own; records come at random times, beside plain lines. Broker and all are one process.
 *
 * <p>Arguments: breaches (60), interval of evaluation (5s), plain lines a second (1000). Exit code
 * 1 if the slowest took longer than the interval and one second.
 */
public final class AlertDelay {
  private static final String RULE =
      """
      rules:
        - name: Probe
          metric: {count: {where: {event: tool.call.failed}}}
          window: 5m
          threshold: "> 0"
          group_by: agent_id
          severity: info
          summary: "breach of {{agent_id}}, {{value}} times"
      """;

  private static final Pattern BREACH = Pattern.compile("breach of probe-(\\d+),");
  private static final Duration LIMIT = Duration.ofMinutes(1);

  private final Map<Integer, Long> arrived = new ConcurrentHashMap<>();

  private AlertDelay() {}

  public static void main(String[] args) throws Exception {
    int breaches = args.length > 0 ? Integer.parseInt(args[0]) : 60;
    Duration interval = DurationStyle.detectAndParse(args.length > 1 ? args[1] : "5s");
    int lines = args.length > 2 ? Integer.parseInt(args[2]) : 1_000;
    System.out.printf(
        "%d breaches, interval %s, %d plain lines a second; %s%n",
        breaches, interval, lines, Machine.describe());
    Path dir = Files.createTempDirectory("spoor-alert-delay");
    double[] seconds;
    try (EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.in(dir.resolve("kafka")))) {
      seconds =
          new AlertDelay()
              .run(
                  KafkaConnection.of("127.0.0.1:" + broker.port()), dir, breaches, interval, lines);
    } finally {
      remove(dir);
    }
    double target = interval.toMillis() / 1e3 + 1;
    System.out.println();
    System.out.println("| breach to webhook | shortest s | p50 s | p99 s | longest s | target s |");
    System.out.println("| --- | --- | --- | --- | --- | --- |");
    System.out.printf(
        "| %d, evaluated every %.1f s | %.2f | %.2f | %.2f | %.2f | %.1f |%n",
        breaches,
        interval.toMillis() / 1e3,
        seconds[0],
        seconds[breaches / 2],
        seconds[(int) Math.ceil(0.99 * breaches) - 1],
        seconds[breaches - 1],
        target);
    System.exit(seconds[breaches - 1] <= target ? 0 : 1);
  }

  private double[] run(KafkaConnection kafka, Path dir, int breaches, Duration interval, int lines)
      throws Exception {
    Topics topics = new Topics("delay.");
    try (Admin admin = Admin.create(kafka.with(Map.of()))) {
      admin
          .createTopics(
              Stream.of(
                      topics.telemetry(),
                      topics.telemetryLedger(),
                      topics.alerts(),
                      topics.alertsState())
                  .map(name ->
                      new NewTopic(name, name.equals(topics.telemetry()) ? 4 : 1, (short) 1))
                  .toList())
          .all()
          .get();
    }
    Path rules = Files.writeString(dir.resolve("rules.yaml"), RULE);
    HttpServer webhook = webhook();
    AtomicBoolean ended = new AtomicBoolean();
    try (AnnotationConfigApplicationContext shipper = new AnnotationConfigApplicationContext();
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(
                kafka.with(
                    Map.of(
                        "acks", "all", "linger.ms", 0, "max.in.flight.requests.per.connection", 1)),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
      shipper
          .getEnvironment()
          .getPropertySources()
          .addFirst(
              new MapPropertySource(
                  "delay",
                  Map.of(
                      "spoor.alerts.interval",
                      interval.toMillis() + "ms",
                      "spoor.alerts.rules-file",
                      rules.toString(),
                      "spoor.alerts.webhook-url",
                      "http://127.0.0.1:" + webhook.getAddress().getPort() + "/")));
      shipper.registerBean(KafkaConnection.class, () -> kafka);
      shipper.registerBean(Topics.class, () -> topics);
      shipper.registerBean(SimpleMeterRegistry.class, SimpleMeterRegistry::new);
      shipper.register(AlertsConfiguration.class);
      shipper.refresh();
      Thread noise =
          Thread.ofPlatform().name("plain-lines").start(() -> talk(producer, topics, lines, ended));
      // The first ones are compiled and joined with, and do not count.
      int warmUp = 5;
      Random random = new Random(1);
      long[] sent = new long[warmUp + breaches];
      for (int i = 0; i < sent.length; i++) {
        // Over two intervals and more, so that no phase of it is preferred.
        Thread.sleep(Duration.ofMillis(random.nextLong(2 * interval.toMillis() / 5 + 1)));
        sent[i] = System.nanoTime();
        send(producer, topics, "tool.call.failed", "probe-" + i, i + 1);
        if (i < warmUp) {
          await(i);
        }
      }
      double[] seconds = new double[breaches];
      for (int i = 0; i < breaches; i++) {
        seconds[i] = (await(warmUp + i) - sent[warmUp + i]) / 1e9;
      }
      ended.set(true);
      noise.join();
      java.util.Arrays.sort(seconds);
      return seconds;
    } finally {
      ended.set(true);
      webhook.stop(0);
    }
  }

  private long await(int breach) throws InterruptedException {
    long limit = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      Long at = arrived.get(breach);
      if (at != null) {
        return at;
      }
      if (System.nanoTime() - limit > 0) {
        throw new IllegalStateException("Breach " + breach + " was told nobody within " + LIMIT);
      }
      Thread.sleep(5);
    }
  }

  private HttpServer webhook() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          long now = System.nanoTime();
          Matcher breaches = BREACH.matcher(Json.tree(body).path("text").asString());
          while (breaches.find()) {
            arrived.putIfAbsent(Integer.parseInt(breaches.group(1)), now);
          }
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
    return server;
  }

  private static void talk(
      KafkaProducer<byte[], byte[]> producer, Topics topics, int lines, AtomicBoolean ended) {
    try {
      long said = 0;
      long begun = System.nanoTime();
      while (!ended.get()) {
        long due = (System.nanoTime() - begun) * lines / 1_000_000_000;
        for (; said < due; said++) {
          send(producer, topics, "log", "agent", 1_000_000 + said);
        }
        Thread.sleep(10);
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  private static void send(
      KafkaProducer<byte[], byte[]> producer, Topics topics, String event, String agent, long seq) {
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("timestamp", Instant.now().toString());
    record.put("level", "INFO");
    record.put("event", event);
    record.put("message", "something happened, or did not");
    record.put("agent_id", agent);
    record.put("source", "delay-" + event);
    record.put("seq", seq);
    ProducerRecord<byte[], byte[]> sent =
        new ProducerRecord<>(
            topics.telemetry(),
            ("delay-" + event).getBytes(StandardCharsets.UTF_8),
            Json.write(record));
    sent.headers().add(Headers.EVENT, event.getBytes(StandardCharsets.UTF_8));
    var _ = producer.send(sent);
  }

  private static void remove(Path dir) throws IOException {
    List<Path> all = new ArrayList<>();
    try (Stream<Path> files = Files.walk(dir)) {
      files.sorted(Comparator.reverseOrder()).forEach(all::add);
    }
    for (Path file : all) {
      Files.deleteIfExists(file);
    }
  }
}
