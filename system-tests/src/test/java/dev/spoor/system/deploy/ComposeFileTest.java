package dev.spoor.system.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What holds for every service of docker-compose.yml. */
class ComposeFileTest {
  private static final Path ROOT = Path.of("..");
  private static final Path FILE = ROOT.resolve("docker-compose.yml");

  @Test
  void everyVariableIsInTheExampleAndNoOther() throws IOException {
    assertThat(names(ROOT.resolve(".env.example"), "(?m)^#([A-Z_]+)="))
        .isEqualTo(names(FILE, "(?<!\\$)\\$\\{([A-Z_]+)"));
  }

  @Test
  void everyImageHasATagAndNothingIsPublishedBeyondLoopback() throws IOException {
    for (var service : RuleGroups.yaml(FILE).path("services").properties()) {
      assertThat(service.getValue().path("image").asString())
          .as(service.getKey())
          .matches("[a-z/]+:(v?\\d+\\.\\d+(\\.\\d+)?|\\$\\{SPOOR_VERSION:-local})");
      for (JsonNode port : service.getValue().path("ports")) {
        assertThat(port.asString()).as(service.getKey()).startsWith("127.0.0.1:${SPOOR_");
      }
    }
  }

  @Test
  void everyServiceIsBoundedWatchedAndWithoutNewPrivileges() throws IOException {
    // Apps bring the check in their image. Kafka's image is as its makers leave it.
    Set<String> checkedByImage = Set.of("gateway", "worker", "shipper");
    Set<String> endsByItself = Set.of("kibana-objects");
    for (var service : RuleGroups.yaml(FILE).path("services").properties()) {
      String name = service.getKey();
      JsonNode settings = service.getValue();
      assertThat(settings.path("mem_limit").asString("")).as(name).isNotEmpty();
      assertThat(settings.path("restart").asString(""))
          .as(name)
          .isEqualTo(endsByItself.contains(name) ? "no" : "unless-stopped");
      assertThat(settings.path("logging").path("options").path("max-size").asString(""))
          .as(name)
          .isEqualTo("10m");
      assertThat(settings.has("healthcheck"))
          .as(name)
          .isEqualTo(!checkedByImage.contains(name) && !endsByItself.contains(name));
      if (!name.equals("kafka")) {
        assertThat(settings.path("security_opt").toString())
            .as(name)
            .contains("no-new-privileges:true");
      }
    }
  }

  private static Set<String> names(Path file, String pattern) throws IOException {
    return Pattern.compile(pattern)
        .matcher(Files.readString(file))
        .results()
        .map(match -> match.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
