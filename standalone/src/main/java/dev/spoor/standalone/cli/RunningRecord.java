package dev.spoor.standalone.cli;

import dev.spoor.contract.wire.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/**
 * What a standalone process leaves in its data directory while it runs, so that commands on the
 * same directory find it. It may outlive a killed process: the process id tells.
 *
 * @param url where it serves HTTP
 * @param pid its process
 */
public record RunningRecord(URI url, long pid) {
  private static final String FILE = "running.json";

  /** The process that runs on this directory, if one does. */
  public static Optional<RunningRecord> read(Path dataDirectory) {
    try {
      RunningRecord found =
          Json.read(Files.readAllBytes(dataDirectory.resolve(FILE)), RunningRecord.class);
      return ProcessHandle.of(found.pid()).filter(ProcessHandle::isAlive).map(_ -> found);
    } catch (IOException | JacksonException none) {
      return Optional.empty();
    }
  }

  public void write(Path dataDirectory) throws IOException {
    Path temporary = dataDirectory.resolve(FILE + ".tmp");
    Files.write(temporary, Json.write(this));
    Files.move(temporary, dataDirectory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
  }

  public static void remove(Path dataDirectory) throws IOException {
    Files.deleteIfExists(dataDirectory.resolve(FILE));
  }
}
