package dev.spoor.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerTest {
  @TempDir private Path dir;

  @Test
  void refusesADirectoryThatANewerBrokerHasWritten() throws Exception {
    Files.writeString(dir.resolve("written-by"), "99.0.1\n");

    assertThatThrownBy(() -> EmbeddedBroker.start(BrokerSettings.in(dir)))
        .isInstanceOf(BrokerStartException.class)
        .hasMessageContaining("was written by Kafka 99.0.1")
        .hasMessageContaining("use the newer program");
  }

  @Test
  void refusesADirectoryWithForeignFilesAndLeavesThemAlone() throws Exception {
    Files.writeString(dir.resolve("thesis.txt"), "mine");

    assertThatThrownBy(() -> EmbeddedBroker.start(BrokerSettings.in(dir)))
        .isInstanceOf(BrokerStartException.class)
        .hasMessageContaining("is not empty and was not made by this program");
    assertThat(dir).isDirectoryContaining(file -> file.endsWith("thesis.txt"));
    assertThat(dir.toFile().list()).hasSize(1);
  }

  @Test
  void refusesADirectoryThatIsAFile() throws Exception {
    Path file = Files.writeString(dir.resolve("data"), "x");

    assertThatThrownBy(() -> EmbeddedBroker.start(BrokerSettings.in(file)))
        .isInstanceOf(BrokerStartException.class)
        .hasMessageContaining("cannot write to");
  }

  @Test
  void comparesVersionsByTheirNumbers() {
    assertThat(EmbeddedBroker.newer("4.10.0", "4.9.1")).isTrue();
    assertThat(EmbeddedBroker.newer("4.3.1", "4.3.1")).isFalse();
    assertThat(EmbeddedBroker.newer("4.3.0", "4.3.1")).isFalse();
    assertThat(EmbeddedBroker.newer("unknown", "4.3.1")).isFalse();
  }

  @Test
  void refusesAPortThatIsNone() {
    assertThatThrownBy(() -> BrokerSettings.in(dir).withPort(70_000))
        .hasMessage("port must be from 0 to 65535, was 70000");
  }
}
