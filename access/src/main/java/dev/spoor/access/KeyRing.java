package dev.spoor.access;

import dev.spoor.telemetry.app.RefusedSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys as the file has them now. Whoever asks looks at the file's time and size, at most once a
 * second, so there is no thread; a bad new version is told once, and the last good one stays.
 * Thread-safe.
 */
final class KeyRing {
  static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);

  private static final Logger log = LoggerFactory.getLogger(KeyRing.class);

  private final Path file;
  private final LongSupplier nanos;
  private final ReentrantLock looking = new ReentrantLock();
  private volatile Keys keys;
  private volatile long lookedAt;
  private Object version;

  /**
   * Reads the file for the first time.
   *
   * @param nanos a clock as {@link System#nanoTime}
   * @throws RefusedSettings with one sentence for each fault of the file
   */
  KeyRing(Path file, LongSupplier nanos) {
    this.file = file;
    this.nanos = nanos;
    this.lookedAt = nanos.getAsLong();
    // The version before the text: what is written between the two is a change that is seen later.
    this.version = version();
    List<String> problems = new ArrayList<>();
    this.keys = KeysFile.read(file, problems);
    if (!problems.isEmpty()) {
      throw new RefusedSettings(problems);
    }
    log.info("API keys are asked for; keys: {}, tenants: {}", keys.size(), keys.tenants());
  }

  /** Whose key this is; empty if it is nobody's. */
  Optional<Caller> find(String text) {
    Keys current = current();
    return ApiKey.parse(text).flatMap(current::find);
  }

  private Keys current() {
    long now = nanos.getAsLong();
    if (now - lookedAt >= LOOK_INTERVAL.toNanos() && looking.tryLock()) {
      try {
        lookedAt = now;
        look();
      } finally {
        looking.unlock();
      }
    }
    return keys;
  }

  private void look() {
    Object found = version();
    if (found.equals(version)) {
      return;
    }
    version = found;
    List<String> problems = new ArrayList<>();
    Keys read = KeysFile.read(file, problems);
    if (problems.isEmpty()) {
      keys = read;
      log.info("The API keys were read again; keys: {}, tenants: {}", read.size(), read.tenants());
    } else {
      log.error("The API keys stay as they were: {}", String.join("; ", problems));
    }
  }

  private Object version() {
    try {
      BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
      return List.of(found.lastModifiedTime(), found.size(), Optional.ofNullable(found.fileKey()));
    } catch (IOException gone) {
      return "gone";
    }
  }
}
