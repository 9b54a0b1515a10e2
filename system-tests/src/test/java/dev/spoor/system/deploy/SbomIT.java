package dev.spoor.system.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.wire.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.apache.kafka.common.utils.AppInfoParser;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The list of components in each runnable jar is of what is in it. */
class SbomIT {
  private static final String SBOM = "META-INF/sbom/application.cdx.json";
  private static final String LIBRARIES = "BOOT-INF/lib/";

  @ParameterizedTest
  @ValueSource(strings = {"gateway", "worker", "shipper", "standalone"})
  void namesEveryLibraryOfTheAppAndNoOther(String app) throws IOException {
    try (JarFile jar = new JarFile(jarOf(app).toFile())) {
      JsonNode bom = read(jar);
      assertThat(bom.path("bomFormat").asString("")).isEqualTo("CycloneDX");
      assertThat(bom.at("/metadata/component/name").asString("")).isEqualTo("spoor-" + app);

      Set<String> listed = new TreeSet<>();
      List<String> unlicensed = new ArrayList<>();
      for (JsonNode component : bom.path("components")) {
        String name = component.path("name").asString("");
        // With a classifier the file's name has it too; the purl says which.
        String classifier =
            component
                .path("purl")
                .asString("")
                .replaceAll("^[^?]*\\??", "")
                .lines()
                .flatMap(query -> Stream.of(query.split("&")))
                .filter(each -> each.startsWith("classifier="))
                .map(each -> "-" + each.substring("classifier=".length()))
                .findFirst()
                .orElse("");
        listed.add(name + "-" + component.path("version").asString("") + classifier + ".jar");
        if (component.path("licenses").isEmpty()) {
          unlicensed.add(name);
        }
      }
      Set<String> inside = new TreeSet<>();
      jar.stream()
          .map(entry -> entry.getName())
          .filter(name -> name.startsWith(LIBRARIES) && name.endsWith(".jar"))
          .forEach(name -> inside.add(name.substring(LIBRARIES.length())));
      // Spring Boot adds its own to a runnable jar.
      inside.removeIf(name -> name.startsWith("spring-boot-jarmode-"));
      assertThat(inside).hasSizeGreaterThan(50);
      Set<String> missing = new TreeSet<>(inside);
      missing.removeAll(listed);
      assertThat(missing).as("in the jar and not in its list").isEmpty();
      assertThat(listed)
          .noneMatch(name ->
              name.matches(
                  "(junit|assertj|awaitility|archunit|testcontainers|mockito|spring-boot-starter-test"
                      + "|spoor-testkit|spoor-system-tests).*"));
      assertThat(unlicensed).isEmpty();

      JsonNode kafka =
          bom.path("components")
              .valueStream()
              .filter(each -> each.path("name").asString("").equals("kafka-clients"))
              .findFirst()
              .orElseThrow();
      assertThat(kafka.path("version").asString("")).isEqualTo(AppInfoParser.getVersion());
      assertThat(kafka.at("/licenses/0/license/id").asString("")).isEqualTo("Apache-2.0");
      assertThat(kafka.path("hashes")).isNotEmpty();
    }
  }

  private static JsonNode read(JarFile jar) throws IOException {
    assertThat(jar.getEntry(SBOM)).as(SBOM + " in " + jar.getName()).isNotNull();
    try (InputStream in = jar.getInputStream(jar.getEntry(SBOM))) {
      return Json.tree(in.readAllBytes());
    }
  }

  private static Path jarOf(String app) throws IOException {
    try (Stream<Path> files = Files.list(Path.of("..", app, "target"))) {
      return files
          .filter(file -> file.getFileName().toString().matches("spoor-" + app + "-.*-app\\.jar"))
          .findFirst()
          .orElseThrow(() -> new AssertionError("there is no runnable jar of " + app));
    }
  }
}
