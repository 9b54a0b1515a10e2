package dev.spoor.worker;

import dev.spoor.telemetry.app.RefusedSettings;
import dev.spoor.telemetry.app.SettingFaults;
import dev.spoor.telemetry.logging.LogSettings;
import dev.spoor.worker.memory.PostgresSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads and checks what says where PostgreSQL is. Secrets are in no message. */
final class MemorySettings {
  private static final String OURS = "SPOOR_MEMORY_";

  /** The driver takes them from a URL, and URLs are shown. */
  private static final Pattern SECRET =
      Pattern.compile("[?&](password|sslpassword)=|@", Pattern.CASE_INSENSITIVE);

  private MemorySettings() {}

  /**
   * Null if agents' memory is not in PostgreSQL.
   *
   * @throws RefusedSettings with one sentence for each wrong value
   */
  static @Nullable PostgresSettings read(MemoryProperties properties) {
    String url = given(properties.url());
    if (url == null) {
      return null;
    }
    List<String> problems = new ArrayList<>();
    if (SECRET.matcher(url).find()) {
      problems.add(
          OURS
              + "URL has a password in it and is not shown, expected jdbc:postgresql://host:port/database;"
              + " who asks is said by "
              + OURS
              + "USERNAME and "
              + OURS
              + "PASSWORD");
    } else if (!url.startsWith("jdbc:postgresql://") || !isKnown(url)) {
      problems.add(
          OURS
              + "URL is '"
              + LogSettings.shown(url)
              + "', expected jdbc:postgresql://host:port/database");
    }
    String password = password(properties, problems);
    problems.addAll(
        new SettingFaults(OURS)
            .between("CONNECTIONS", properties.connections(), 1, 100)
            .between("TIMEOUT", properties.timeout(), "1s", "60s")
            .all());
    if (!problems.isEmpty()) {
      throw new RefusedSettings(problems);
    }
    return new PostgresSettings(
        url,
        given(properties.username()),
        password,
        properties.connections(),
        properties.timeout());
  }

  private static @Nullable String password(MemoryProperties properties, List<String> problems) {
    String password = properties.password();
    String file = given(properties.passwordFile());
    if (file == null) {
      return password == null || password.isEmpty() ? null : password;
    }
    if (password != null && !password.isEmpty()) {
      problems.add(
          OURS + "PASSWORD and " + OURS + "PASSWORD_FILE are both set, expected one of them");
    }
    try {
      return Files.readString(Path.of(file)).stripTrailing();
    } catch (IOException | IllegalArgumentException e) {
      problems.add(
          OURS
              + "PASSWORD_FILE is '"
              + LogSettings.shown(file)
              + "', expected a readable file with the password");
      return null;
    }
  }

  private static boolean isKnown(String url) {
    try {
      return DriverManager.getDriver(url) != null;
    } catch (SQLException none) {
      return false;
    }
  }

  private static @Nullable String given(@Nullable String value) {
    return value == null || value.isBlank() ? null : value.strip();
  }
}
