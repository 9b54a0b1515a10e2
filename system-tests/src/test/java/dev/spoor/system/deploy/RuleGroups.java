package dev.spoor.system.deploy;

import dev.spoor.contract.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;

/** The alerting rules of deploy/prometheus. */
final class RuleGroups {
  static final Path DEPLOY = Path.of("..", "deploy");

  private RuleGroups() {}

  /** A rule and the name of its file. */
  record Alerting(String file, JsonNode rule) {
    String name() {
      return rule.path("alert").asString();
    }

    String expression() {
      return rule.path("expr").asString();
    }

    String runbook() {
      return rule.path("annotations").path("runbook").asString("");
    }

    boolean isToldByPrometheus() {
      return rule.path("labels").path("told_by").asString("").equals("prometheus");
    }
  }

  static JsonNode yaml(Path file) throws IOException {
    return Json.tree(
        Json.write(
            new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file))));
  }

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(DEPLOY.resolve("prometheus/rules"))) {
      return files.filter(file -> file.toString().endsWith(".yml")).sorted().toList();
    }
  }

  static List<Alerting> all() throws IOException {
    List<Alerting> rules = new ArrayList<>();
    for (Path file : files()) {
      for (JsonNode group : yaml(file).path("groups")) {
        group
            .path("rules")
            .forEach(rule -> rules.add(new Alerting(file.getFileName().toString(), rule)));
      }
    }
    return rules;
  }
}
