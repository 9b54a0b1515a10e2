package dev.spoor.telemetry.health;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether the data directory can be written to and has room left. Not essential: the journal goes
 * on in memory for a while, and what is in Kafka waits there. So that it is told of before anything
 * is lost, too little room counts as none.
 */
public final class DiskProbe implements DependencyProbe {
  private static final long MIB = 1 << 20;

  private final Path directory;
  private final long minFreeBytes;

  /**
   * @param directory need not be there yet
   * @param minFreeBytes with less it is full; 0 for never
   */
  public DiskProbe(Path directory, long minFreeBytes) {
    this.directory = directory.toAbsolutePath().normalize();
    this.minFreeBytes = minFreeBytes;
  }

  @Override
  public String name() {
    return "disk";
  }

  @Override
  public boolean essential() {
    return false;
  }

  @Override
  public void check() throws IOException {
    Path there = directory;
    while (!Files.exists(there) && there.getParent() != null) {
      there = there.getParent();
    }
    FileStore store = Files.getFileStore(there);
    if (store.isReadOnly() || !Files.isWritable(there)) {
      throw new IOException(there + " cannot be written to");
    }
    long free = store.getUsableSpace();
    if (free < minFreeBytes) {
      throw new IOException(
          "the disk of "
              + there
              + " has "
              + free / MIB
              + " MiB left of "
              + store.getTotalSpace() / MIB
              + ", fewer than "
              + minFreeBytes / MIB);
    }
  }
}
