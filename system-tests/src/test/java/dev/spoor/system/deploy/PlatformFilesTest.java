package dev.spoor.system.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/** The files for Fly.io, Railway and Cloud Run: ports, paths, time to stop, settings. */
class PlatformFilesTest {
  private static final Map<String, Integer> PORTS =
      Map.of("gateway", 8080, "worker", 8081, "shipper", 8082);
  private static final String IMAGE = "registry.example.com/spoor/%s:0.1.0";
  private static final Pattern VARIABLE = Pattern.compile("\\b([A-Z]+(?:_[A-Z]+)+)=");

  /** Of the platforms and of deploy/volume/Dockerfile. */
  private static final List<String> NOT_OURS = List.of("PORT", "SPOOR_KEYS", "SPOOR_IMAGE");

  @Test
  void fly() throws IOException {
    Variables documented = Variables.read();
    for (var app : PORTS.entrySet()) {
      Path file = RuleGroups.DEPLOY.resolve("fly").resolve(app.getKey() + ".toml");
      JsonNode toml = new TomlMapper().readTree(Files.readString(file));
      toml.path("env")
          .propertyNames()
          .forEach(name -> assertThat(documented.has(name)).as(file + ": " + name).isTrue());
      assertThat(toml.at("/build/args/SPOOR_IMAGE").asString())
          .isEqualTo(IMAGE.formatted(app.getKey()));
      assertThat(Path.of("..", toml.at("/build/dockerfile").asString())).exists();
      assertThat(toml.at("/mounts/destination").asString()).isEqualTo("/data");
      assertThat(toml.path("kill_signal").asString()).isEqualTo("SIGTERM");
      boolean served = toml.has("http_service");
      assertThat(served).as(file.toString()).isEqualTo(!app.getKey().equals("worker"));
      JsonNode check = toml.at(served ? "/http_service/checks/0" : "/checks/alive");
      assertThat(toml.at(served ? "/http_service/internal_port" : "/checks/alive/port").asInt())
          .isEqualTo(app.getValue());
      assertIsProbe(check.path("path"));
    }
  }

  @Test
  void railway() throws IOException {
    for (String app : PORTS.keySet()) {
      Path file = RuleGroups.DEPLOY.resolve("railway").resolve(app + ".json");
      JsonNode json = Json.tree(Files.readAllBytes(file));
      assertThat(Path.of("..", json.at("/build/dockerfilePath").asString())).exists();
      assertIsProbe(json.at("/deploy/healthcheckPath"));
      assertThat(json.at("/deploy/requiredMountPath").asString()).isEqualTo("/data");
      // A volume has one replica, and a string is refused for the number of seconds.
      assertThat(json.at("/deploy/numReplicas").asInt()).isEqualTo(1);
      assertThat(json.at("/deploy/drainingSeconds").isInt()).isTrue();
    }
  }

  @Test
  void cloudRun() throws IOException {
    Variables documented = Variables.read();
    for (var app : PORTS.entrySet()) {
      Path file = RuleGroups.DEPLOY.resolve("cloud-run").resolve(app.getKey() + ".yaml");
      JsonNode yaml = RuleGroups.yaml(file);
      JsonNode container = yaml.at("/spec/template/spec/containers/0");
      assertThat(container.path("image").asString()).isEqualTo(IMAGE.formatted(app.getKey()));
      assertThat(container.path("env").size()).isGreaterThan(5);
      for (JsonNode variable : container.path("env")) {
        String name = variable.path("name").asString();
        assertThat(documented.has(name)).as(file + ": " + name).isTrue();
        assertThat(variable.has("valueFrom"))
            .as(file + ": " + name)
            .isEqualTo(name.endsWith("_KEY") || name.endsWith("_JAAS_CONFIG"));
      }
      if (app.getKey().equals("worker")) {
        assertThat(yaml.path("kind").asString()).isEqualTo("WorkerPool");
      } else {
        assertThat(yaml.path("kind").asString()).isEqualTo("Service");
        assertThat(container.at("/ports/0/containerPort").asInt()).isEqualTo(app.getValue());
        assertIsProbe(container.at("/startupProbe/httpGet/path"));
        JsonNode annotations = yaml.at("/spec/template/metadata/annotations");
        assertThat(annotations.path("run.googleapis.com/cpu-throttling").asString())
            .isEqualTo("false");
        assertThat(annotations.path("autoscaling.knative.dev/minScale").asString()).isEqualTo("1");
      }
    }
  }

  @Test
  void everyVariableOfTheGuidesIsASetting() throws IOException {
    Variables documented = Variables.read();
    int seen = 0;
    try (Stream<Path> guides = Files.list(Path.of("..", "docs", "deploy"))) {
      for (Path guide : guides.sorted().toList()) {
        for (var variable : VARIABLE.matcher(Files.readString(guide)).results().toList()) {
          String name = variable.group(1);
          assertThat(documented.has(name) || NOT_OURS.contains(name))
              .as(guide.getFileName() + ": " + name)
              .isTrue();
          seen++;
        }
      }
    }
    assertThat(seen).isGreaterThan(5);
  }

  private static void assertIsProbe(JsonNode path) {
    assertThat(path.asString()).isIn("/actuator/health/liveness", "/actuator/health/readiness");
  }
}
