package dev.spoor.system.shipping;

import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.gateway.topics.TopicSettings;
import dev.spoor.gateway.topics.TopicSetup;
import dev.spoor.testkit.ChildProcess;
import dev.spoor.testkit.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * What a drill's shipper reads from and writes to: a broker in a process of its own, with the
 * topics that a gateway makes, and perhaps a real Elasticsearch in a container. Both can be ended
 * and started again.
 */
final class DrillCluster implements AutoCloseable {
  private static final Duration START = Duration.ofMinutes(3);
  private static final int MAX_MESSAGE_BYTES = 12_000_000;

  private final HttpClient http;
  private final Topics topics;
  private final Path data;
  private final @Nullable URI elasticsearch;
  private final @Nullable String container;
  private final int brokerPort = FreePorts.one();
  private @Nullable ChildProcess broker;

  /**
   * @param data of the broker
   * @param elasticsearch a real one; null for none
   * @param container its container; null if it is not to be ended
   */
  DrillCluster(
      HttpClient http,
      Topics topics,
      Path data,
      @Nullable URI elasticsearch,
      @Nullable String container) {
    this.http = http;
    this.topics = topics;
    this.data = data;
    this.elasticsearch = elasticsearch;
    this.container = container;
  }

  KafkaConnection kafka() {
    return KafkaConnection.of("127.0.0.1:" + brokerPort);
  }

  void startBroker() {
    ChildProcess started =
        ChildProcess.running("dev.spoor.system.bench.SoakBroker")
            .jvmOptions("-XX:TieredStopAtLevel=4", "-Xmx768m", "-XX:+UseSerialGC")
            .arguments(data.toString(), Integer.toString(brokerPort))
            .start();
    broker = started;
    started.awaitLine(line -> line.startsWith("READY"), START);
  }

  /** SIGKILL, and again on its data. */
  void restartBroker() {
    close();
    startBroker();
  }

  void createTopics() throws Exception {
    try (Admin admin = Admin.create(kafka().with(Map.of()))) {
      new TopicSetup(
              new TopicSettings(
                  topics.prefix(), 4, 8, 0, Duration.ofDays(7), Duration.ofSeconds(60)),
              admin)
          .run();
      // Ours takes 6 MB, so that 10 MB can come only to one that somebody else has made.
      ConfigResource telemetry = new ConfigResource(ConfigResource.Type.TOPIC, topics.telemetry());
      admin
          .incrementalAlterConfigs(
              Map.of(
                  telemetry,
                  List.of(
                      new AlterConfigOp(
                          new ConfigEntry("max.message.bytes", "" + MAX_MESSAGE_BYTES),
                          AlterConfigOp.OpType.SET))))
          .all()
          .get();
    }
  }

  /** Of the stream: in order, and patient while the broker is away. */
  KafkaProducer<byte[], byte[]> producer() {
    return new KafkaProducer<>(
        kafka()
            .with(
                Map.of(
                    "acks",
                    "all",
                    "linger.ms",
                    20,
                    "compression.type",
                    "lz4",
                    "max.request.size",
                    MAX_MESSAGE_BYTES,
                    "max.in.flight.requests.per.connection",
                    1,
                    "delivery.timeout.ms",
                    300_000)),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  /** What the container engine is told: {@code kill}, {@code stop} or {@code start}. */
  void docker(String command) throws Exception {
    Process docker =
        new ProcessBuilder("docker", command, Objects.requireNonNull(container))
            .inheritIO()
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (docker.waitFor() != 0) {
      throw new IOException("docker " + command + " " + container + " failed");
    }
  }

  void awaitServer() throws Exception {
    long limit = System.nanoTime() + START.toNanos();
    while (System.nanoTime() < limit) {
      try {
        if (ask("GET", "/_cluster/health?wait_for_status=yellow&timeout=1s", "").statusCode()
            == 200) {
          return;
        }
      } catch (IOException notYet) {
        // Asked again until the limit.
      }
      Thread.sleep(200);
    }
    throw new IOException("Elasticsearch did not come back");
  }

  HttpResponse<String> ask(String method, String path, String body) throws Exception {
    return http.send(
        HttpRequest.newBuilder(Objects.requireNonNull(elasticsearch).resolve(path))
            .timeout(Duration.ofSeconds(30))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** Ends the broker. */
  @Override
  public void close() {
    ChildProcess running = broker;
    if (running != null) {
      running.close();
    }
  }
}
