package dev.spoor.shipper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.spoor.contract.telemetry.Events;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Json;
import dev.spoor.testkit.TestBroker;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.DockerImageName;
import tools.jackson.databind.JsonNode;

/** A real Alertmanager is told, and forgets what is resolved. */
@Timeout(180)
class AlertmanagerIT {
  private static final TestBroker BROKER = TestBroker.shared();
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private Path dir;

  @Test
  void alertmanagerShowsWhatFiresAndForgetsWhatIsResolved() throws Exception {
    assumeTrue(
        DockerClientFactory.instance().isDockerAvailable(),
        "skipped: no Docker engine answers, and this test runs Alertmanager in a container");
    Path rules =
        Files.writeString(
            dir.resolve("rules.yaml"),
            """
            disabled: [HighAgentFailureRate]
            rules:
              - name: AgentFails
                metric: {count: {where: {event: agent.execution.failed}}}
                window: 10s
                threshold: "> 0"
                group_by: agent_id
                severity: critical
                summary: "{{agent_id}} failed {{value}} times"
                runbook: docs/runbooks/high-agent-failure-rate.md
            """);
    try (GenericContainer<?> alertmanager =
        new GenericContainer<>(DockerImageName.parse("prom/alertmanager:v0.28.1"))
            .withCopyToContainer(
                Transferable.of("route: {receiver: none}\nreceivers: [{name: none}]\n", 0644),
                "/tmp/alertmanager.yml")
            .withCommand(
                "--config.file=/tmp/alertmanager.yml",
                "--storage.path=/tmp/alertmanager",
                "--cluster.listen-address=")
            .withExposedPorts(9093)) {
      alertmanager.start();
      URI base =
          URI.create("http://" + alertmanager.getHost() + ":" + alertmanager.getMappedPort(9093));
      try (TestShipper shipper =
          new TestShipper(
                  BROKER.connection(),
                  BROKER.freshTopics(),
                  dir.resolve("data"),
                  Map.of(
                      "spoor.alerts.rules-file", rules.toString(),
                      "spoor.alerts.interval", "500ms",
                      "spoor.alerts.alertmanager-url", base.toString()))
              .start()) {
        shipper.emit(
            "s", 1, Map.of(Fields.EVENT, Events.AGENT_EXECUTION_FAILED, Fields.AGENT_ID, "writer"));
        await().atMost(SOON).until(() -> alerts(base).size() == 1);
        JsonNode shown = alerts(base).get(0);
        JsonNode ours = shipper.json("/v1/alerts").path("alerts").get(0);
        assertThat(shown.path("labels"))
            .isEqualTo(
                Json.tree(
                    """
                    {"alertname":"AgentFails","agent_id":"writer","job":"spoor","severity":"critical"}
                    """
                        .getBytes(StandardCharsets.UTF_8)));
        assertThat(shown.path("annotations").path("summary").asString())
            .isEqualTo("writer failed 1 times");
        assertThat(Instant.parse(shown.path("startsAt").asString()).toEpochMilli())
            .isEqualTo(Instant.parse(ours.path("starts_at").asString()).toEpochMilli());
        assertThat(shown.path("status").path("state").asString()).isEqualTo("active");
        await().atMost(SOON).until(() -> alerts(base).isEmpty());
        assertThat(shipper.json("/v1/alerts").path("alerts").get(0).path("status").asString())
            .isEqualTo("resolved");
      }
    }
  }

  private static JsonNode alerts(URI base) throws Exception {
    HttpResponse<byte[]> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(base.resolve("/api/v2/alerts")).build(),
                HttpResponse.BodyHandlers.ofByteArray());
    return Json.tree(answer.body());
  }
}
