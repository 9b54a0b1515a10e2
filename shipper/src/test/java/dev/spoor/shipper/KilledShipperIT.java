package dev.spoor.shipper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.spoor.testkit.ChildProcess;
import dev.spoor.testkit.TestBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@Timeout(240)
class KilledShipperIT {
  private static final TestBroker BROKER = TestBroker.shared();

  @TempDir private Path data;

  @Test
  void eachRecordIsThereOnceAfterKills() throws Exception {
    long seed = Long.getLong("spoor.test.seed", 1);
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    try (TestShipper shipper =
        new TestShipper(BROKER.connection(), BROKER.freshTopics(), data, Map.of())) {
      AtomicBoolean stop = new AtomicBoolean();
      List<Long> emitted = new ArrayList<>();
      Thread emitter =
          Thread.ofPlatform()
              .name("test-emitter")
              .start(() -> {
                try {
                  for (long seq = 1; !stop.get(); seq++) {
                    shipper.emit("k" + seq % 2, (seq + 1) / 2, Map.of("n", seq));
                    emitted.add(seq);
                  }
                } catch (Exception failed) {
                  throw new IllegalStateException(failed);
                }
              });
      for (int kills = 0; kills < 4; kills++) {
        try (ChildProcess child =
            ChildProcess.running(ShipperApplication.class)
                .arguments(
                    "--server.port=0",
                    "--KAFKA_BOOTSTRAP_SERVERS=" + BROKER.bootstrapServers(),
                    "--spoor.topics.prefix=" + shipper.topics().prefix(),
                    "--spoor.data-dir=" + data,
                    "--spoor.shipper.commit-interval=50ms",
                    "--logging.level.dev.spoor.shipper=INFO")
                .start()) {
          child.awaitLine(
              line -> line.contains("Started ShipperApplication"), Duration.ofSeconds(60));
          Thread.sleep(1500 + random.nextInt(1500));
          child.kill();
        }
      }
      stop.set(true);
      emitter.join();
      shipper.start();
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> {
            JsonNode audit = shipper.json("/v1/audit");
            long stored = 0;
            for (JsonNode source : audit.path("sources")) {
              stored += source.path("stored").asLong();
            }
            assertThat(stored).isEqualTo(emitted.size());
            assertThat(audit.path("complete").asBoolean()).isTrue();
          });
      // Figures are committed with the records: the kills made none of them twice or lost.
      assertThat(
              shipper
                  .json("/v1/stats?metric=records&from=now-1h")
                  .path("series")
                  .path(0)
                  .path("total")
                  .path("count")
                  .asLong())
          .isEqualTo(emitted.size());
      List<Long> found = new ArrayList<>();
      String cursor = "";
      do {
        JsonNode page = shipper.json("/v1/logs?limit=1000&cursor=" + cursor);
        page.path("records").forEach(record -> found.add(record.path("n").asLong()));
        cursor = page.path("next_cursor").asString("");
      } while (!cursor.isEmpty());
      assertThat(found)
          .containsExactlyInAnyOrderElementsOf(
              LongStream.rangeClosed(1, emitted.size()).boxed().toList());
      // The kills came while records were in, and not before the first or after the last of them.
      assertThat(shipper.meter("spoor.telemetry.received")).isLessThan(emitted.size());
    }
  }
}
