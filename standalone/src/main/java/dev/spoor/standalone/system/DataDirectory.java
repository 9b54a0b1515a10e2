package dev.spoor.standalone.system;

import dev.spoor.standalone.cli.CliException;
import dev.spoor.standalone.cli.RunningRecord;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The data directory, claimed for this process. The claim is a file lock: it ends with the process,
 * however that ends.
 */
final class DataDirectory implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;

  private DataDirectory(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * Creates the directory if it is missing and claims it.
   *
   * @throws CliException if it cannot be used or another process has it
   */
  static DataDirectory claim(Path path) {
    FileChannel channel = null;
    try {
      Files.createDirectories(path);
      channel =
          FileChannel.open(
              path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return new DataDirectory(path, channel);
      }
    } catch (OverlappingFileLockException heldByThisProcess) {
      // Said below.
    } catch (IOException unusable) {
      close(channel);
      throw CliException.wrongUse(
          path
              + " cannot be used as data directory ("
              + reason(unusable)
              + "): make it writable for this user or name another with --data.");
    }
    // Closing it would also drop the lock of a holder in this very process, which only tests have.
    String holder =
        RunningRecord.read(path)
            .map(running -> "process " + running.pid() + " at " + running.url())
            .orElse("another process");
    throw CliException.wrongUse(
        path
            + " is in use by "
            + holder
            + ": use that one, stop it, or name another directory with --data.");
  }

  Path path() {
    return path;
  }

  /** Lets commands on this directory find the process. */
  void announce(URI url) {
    try {
      new RunningRecord(url, ProcessHandle.current().pid()).write(path);
    } catch (IOException failed) {
      throw CliException.wrongUse(path + " cannot be written to (" + reason(failed) + ").");
    }
  }

  @Override
  public void close() {
    try {
      RunningRecord.remove(path);
    } catch (IOException leftBehind) {
      // It names a process that is gone, which readers check.
    }
    close(channel);
  }

  private static void close(@Nullable FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException ignored) {
      // The lock ends with the process.
    }
  }

  private static String reason(IOException failed) {
    return switch (failed) {
      case AccessDeniedException _ -> "permission denied";
      case FileAlreadyExistsException file -> file.getFile() + " is a file";
      case FileSystemException other when other.getReason() != null -> other.getReason();
      default -> String.valueOf(failed.getMessage());
    };
  }
}
