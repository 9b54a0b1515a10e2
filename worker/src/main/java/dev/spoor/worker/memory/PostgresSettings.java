package dev.spoor.worker.memory;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where PostgreSQL is, and how it is asked.
 *
 * @param url for JDBC, {@code jdbc:postgresql://…}; what it sets for the driver goes before what is
 *     set here. Has no password in it
 * @param username null for what the driver takes, the user of the process
 * @param password null if none is asked for
 * @param connections of this process at most, 1 to 100
 * @param timeout for one operation to get a connection, and again for the server's answer, 1 s to 1
 *     min
 */
public record PostgresSettings(
    String url,
    @Nullable String username,
    @Nullable String password,
    int connections,
    Duration timeout) {
  /** The URL without what may follow a question mark, for people to read. */
  public String shownUrl() {
    return url.replaceFirst("\\?.*", "");
  }

  @Override
  public String toString() {
    return "PostgresSettings[" + shownUrl() + ", ***]";
  }
}
