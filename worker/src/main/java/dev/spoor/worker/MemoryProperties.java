package dev.spoor.worker;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings below {@code spoor.memory}: where PostgreSQL is, if agents' memory is to be shared.
 * {@link MemorySettings} checks them.
 *
 * @param url null or empty for RocksDB in the data directory; then nothing else here matters
 * @param username of the database's user
 * @param password of the user
 * @param passwordFile a file with the password, in place of it
 * @param connections of one worker
 * @param timeout of one operation: for a connection, and again for the answer
 */
@ConfigurationProperties("spoor.memory")
record MemoryProperties(
    @Nullable String url,
    @Nullable String username,
    @Nullable String password,
    @Nullable String passwordFile,
    @DefaultValue("8") int connections,
    @DefaultValue("10s") Duration timeout) {
  @Override
  public String toString() {
    return "MemoryProperties[***]";
  }
}
