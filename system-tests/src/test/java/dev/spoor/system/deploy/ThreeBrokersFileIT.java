package dev.spoor.system.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.spoor.contract.wire.Json;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** What docker-compose.three-brokers.yml makes of docker-compose.yml, as compose says it. */
@Timeout(60)
class ThreeBrokersFileIT {
  private static final List<String> BROKERS = List.of("kafka", "kafka-2", "kafka-3");
  private static JsonNode one = Json.mapper().createObjectNode();
  private static JsonNode three = Json.mapper().createObjectNode();

  @BeforeAll
  static void render() throws Exception {
    assumeTrue(
        ComposeCommand.isThere(), "skipped: no docker compose, and this test asks it for its view");
    one = ComposeCommand.config("docker-compose.yml");
    three = ComposeCommand.config("docker-compose.yml", "docker-compose.three-brokers.yml");
  }

  @Test
  void everyTopicIsOnThreeBrokersAndNeedsTwo() {
    for (String broker : BROKERS) {
      JsonNode settings = three.path("services").path(broker).path("environment");
      for (String factor :
          List.of(
              "KAFKA_DEFAULT_REPLICATION_FACTOR",
              "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR",
              "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR",
              "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR")) {
        assertThat(settings.path(factor).asString()).as(broker + " " + factor).isEqualTo("3");
      }
      for (String needed :
          List.of(
              "KAFKA_MIN_INSYNC_REPLICAS",
              "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR",
              "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR")) {
        assertThat(settings.path(needed).asString()).as(broker + " " + needed).isEqualTo("2");
      }
    }
    assertThat(three.at("/services/gateway/environment/SPOOR_TOPICS_REPLICATION_FACTOR").asString())
        .isEqualTo("3");
  }

  @Test
  void brokersDifferInNameAndDiskAlone() {
    Set<String> ids = new TreeSet<>();
    Set<String> volumes = new TreeSet<>();
    for (String broker : BROKERS) {
      JsonNode service = three.path("services").path(broker);
      JsonNode settings = service.path("environment");
      ids.add(settings.path("KAFKA_NODE_ID").asString());
      service.path("volumes").forEach(volume -> volumes.add(volume.path("source").asString()));
      assertThat(settings.path("KAFKA_ADVERTISED_LISTENERS").asString())
          .isEqualTo("CLIENT://" + broker + ":9092");
      assertThat(settings.path("KAFKA_CONTROLLER_QUORUM_VOTERS").asString())
          .isEqualTo("1@kafka:9093,2@kafka-2:9093,3@kafka-3:9093");
      for (String same : List.of("image", "mem_limit", "logging", "restart")) {
        assertThat(service.path(same))
            .as(broker + " " + same)
            .isEqualTo(one.path("services").path("kafka").path(same));
      }
      assertThat(service.at("/healthcheck/test"))
          .as(broker)
          .isEqualTo(one.at("/services/kafka/healthcheck/test"));
      // What the file of one broker says and the override does not, is as it was.
      for (var setting : one.at("/services/kafka/environment").properties()) {
        assertThat(settings.has(setting.getKey())).as(setting.getKey()).isTrue();
      }
    }
    assertThat(ids).containsExactly("1", "2", "3");
    assertThat(volumes).containsExactlyElementsOf(BROKERS);
  }

  @Test
  void everyAppKnowsAllThreeAndWaitsForThem() {
    for (String app : List.of("gateway", "worker", "shipper")) {
      JsonNode service = three.path("services").path(app);
      assertThat(service.at("/environment/KAFKA_BOOTSTRAP_SERVERS").asString())
          .as(app)
          .isEqualTo("kafka:9092,kafka-2:9092,kafka-3:9092");
      for (String broker : BROKERS) {
        assertThat(service.path("depends_on").path(broker).path("condition").asString())
            .as(app)
            .isEqualTo("service_healthy");
      }
    }
  }

  @Test
  void itIsAProjectOfItsOwn() throws IOException {
    // Else its brokers would find the topics of one broker, which stay on one.
    assertThat(three.path("name").asString()).isEqualTo("spoor-three-brokers");
    assertThat(one.path("name").asString()).isNotEqualTo("spoor-three-brokers");
  }
}
