package dev.spoor.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.telemetry.app.RefusedSettings;
import dev.spoor.worker.memory.PostgresSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class MemorySettingsTest {
  private static final String URL = "jdbc:postgresql://db:5432/spoor?sslmode=verify-full";

  @TempDir Path dir;

  @Test
  void withoutAnAddressMemoryIsNotInPostgres() {
    assertThat(read(Map.of())).isNull();
    // As docker compose hands on what is not set; the rest does not matter then.
    assertThat(read(Map.of("url", " ", "connections", "0"))).isNull();
  }

  @Test
  void hasDefaults() {
    assertThat(read(Map.of("url", URL)))
        .isEqualTo(new PostgresSettings(URL, null, null, 8, Duration.ofSeconds(10)));
  }

  @Test
  void takesThePasswordFromAFile() throws IOException {
    Path file = Files.writeString(dir.resolve("password"), "wörd \n");
    PostgresSettings settings =
        Objects.requireNonNull(
            read(Map.of("url", URL, "username", "me", "password-file", file.toString())));
    assertThat(settings.username()).isEqualTo("me");
    assertThat(settings.password()).isEqualTo("wörd");
    assertThat(settings.toString()).doesNotContain("wörd").doesNotContain("sslmode");
  }

  @Test
  void refusesWrongValuesAllAtOnceByName() {
    assertThatThrownBy(() ->
            read(
                Map.of(
                    "url", "postgres://db/spoor",
                    "password", "secret-word",
                    "password-file", dir.resolve("none").toString(),
                    "connections", "101",
                    "timeout", "500ms")))
        .isInstanceOf(RefusedSettings.class)
        .hasMessageContaining(
            "SPOOR_MEMORY_URL is 'postgres://db/spoor', expected jdbc:postgresql://host:port/database")
        .hasMessageContaining(
            "SPOOR_MEMORY_PASSWORD and SPOOR_MEMORY_PASSWORD_FILE are both set, expected one of them")
        .hasMessageContaining("expected a readable file with the password")
        .hasMessageContaining("SPOOR_MEMORY_CONNECTIONS is 101, expected 1 to 100")
        .hasMessageContaining("SPOOR_MEMORY_TIMEOUT is PT0.5S, expected 1s to 60s")
        .hasMessageNotContaining("secret-word");
  }

  @Test
  void refusesAPasswordInTheAddressWithoutShowingIt() {
    for (String url :
        new String[] {
          "jdbc:postgresql://db/spoor?user=me&Password=secret-word",
          "jdbc:postgresql://me:secret-word@db/spoor"
        }) {
      assertThatThrownBy(() -> read(Map.of("url", url)))
          .hasMessageStartingWith("SPOOR_MEMORY_URL has a password in it and is not shown")
          .hasMessageNotContaining("secret-word");
    }
  }

  private static @Nullable PostgresSettings read(Map<String, String> values) {
    Map<String, String> named = new HashMap<>();
    values.forEach((name, value) -> named.put("spoor.memory." + name, value));
    return MemorySettings.read(
        new Binder(new MapConfigurationPropertySource(named))
            .bindOrCreate("spoor.memory", MemoryProperties.class));
  }
}
