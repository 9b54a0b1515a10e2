package dev.spoor.standalone.system;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Where log lines go when a terminal belongs to a command. Full: the file becomes {@code .1} and
 * what was there goes; the trail itself is in the store, this is only its console form.
 * Thread-safe.
 */
final class LogFile extends OutputStream {
  static final long MAX_BYTES = 32L << 20;

  private final Path path;
  private final long maxBytes;
  private OutputStream out;
  private long size;

  LogFile(Path path, long maxBytes) throws IOException {
    this.path = path;
    this.maxBytes = maxBytes;
    Files.createDirectories(path.getParent());
    this.size = Files.exists(path) ? Files.size(path) : 0;
    this.out = open();
  }

  private OutputStream open() throws IOException {
    return new BufferedOutputStream(
        Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
  }

  @Override
  public synchronized void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
    if (size > 0 && size + length > maxBytes) {
      out.close();
      Files.move(
          path,
          path.resolveSibling(path.getFileName() + ".1"),
          StandardCopyOption.REPLACE_EXISTING);
      size = 0;
      out = open();
    }
    out.write(bytes, offset, length);
    size += length;
  }

  @Override
  public synchronized void flush() throws IOException {
    out.flush();
  }

  @Override
  public synchronized void close() throws IOException {
    out.close();
  }
}
