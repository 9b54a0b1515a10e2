package dev.spoor.system.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.Container;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/** Prometheus and Alertmanager take the files that compose mounts, by their own tools. */
@Timeout(120)
class DeployedFilesIT {
  @BeforeAll
  static void assumeDocker() {
    assumeTrue(
        DockerClientFactory.instance().isDockerAvailable(),
        "skipped: no Docker engine answers, and this test asks promtool and amtool in containers");
  }

  @Test
  void prometheusTakesItsConfigurationAndRules() throws Exception {
    try (GenericContainer<?> container = idle("prom/prometheus:v2.53.3", "prometheus")) {
      Container.ExecResult config =
          container.execInContainer(
              "promtool", "check", "config", "--lint=all", "--lint-fatal", "/files/prometheus.yml");
      assertThat(config.getExitCode()).as(config.toString()).isZero();
      assertThat(config.getStdout())
          .contains("SUCCESS: " + RuleGroups.files().size() + " rule files found")
          .contains(RuleGroups.all().size() - count("watch.yml") + " rules found")
          .contains(count("watch.yml") + " rules found");
    }
  }

  @Test
  void prometheusRulesOfItsOwnFireOnWhatTheyAreFor() throws Exception {
    try (GenericContainer<?> container = idle("prom/prometheus:v2.53.3", "prometheus")) {
      container.copyFileToContainer(
          MountableFile.forClasspathResource("dev/spoor/system/deploy/watch-test.yml"),
          "/tmp/watch-test.yml");
      Container.ExecResult tested =
          container.execInContainer("promtool", "test", "rules", "/tmp/watch-test.yml");
      assertThat(tested.getExitCode()).as(tested.toString()).isZero();
      assertThat(tested.getStdout()).contains("SUCCESS");
    }
  }

  private static long count(String file) throws Exception {
    return RuleGroups.all().stream().filter(rule -> rule.file().equals(file)).count();
  }

  @Test
  void alertmanagerTakesItsConfiguration() throws Exception {
    try (GenericContainer<?> container = idle("prom/alertmanager:v0.28.1", "alertmanager")) {
      Container.ExecResult config =
          container.execInContainer("amtool", "check-config", "/files/alertmanager.yml");
      assertThat(config.getExitCode()).as(config.toString()).isZero();
      assertThat(config.getStdout()).contains("SUCCESS").contains("1 receivers");
    }
  }

  private static GenericContainer<?> idle(String image, String files) {
    GenericContainer<?> container =
        new GenericContainer<>(DockerImageName.parse(image))
            .withCreateContainerCmdModifier(command -> command.withEntrypoint("sleep", "110"))
            .withCopyFileToContainer(
                MountableFile.forHostPath(RuleGroups.DEPLOY.resolve(files)), "/files");
    container.start();
    return container;
  }
}
