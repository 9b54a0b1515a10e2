package dev.spoor.telemetry.journal;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The folder of one source: segments, position, and the lock that says that its owner lives. The
 * kernel gives the lock back however the process ends.
 */
final class JournalFolder {
  /**
   * Folders that this process holds. POSIX locks are the process's: opening and closing the lock
   * file a second time would give the lock away, so a held folder is never even looked into.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private static final String LOCK = "lock";
  private static final String POSITION = "position";
  private static final String SPARE = "spare";
  private static final String SUFFIX = ".segment";
  private static final String NEW = ".new-";
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  final String source;
  private final Path path;
  private final FileChannel lockChannel;
  private final FileLock lock;
  private final Arena arena;
  private final MemorySegment position;

  @SuppressWarnings("MustBeClosedChecker") // Closed with the folder.
  private JournalFolder(String source, Path path, Path now, FileChannel lockChannel, FileLock lock)
      throws IOException {
    this.source = source;
    this.path = path;
    this.lockChannel = lockChannel;
    this.lock = lock;
    this.arena = Arena.ofShared();
    try (FileChannel channel =
        FileChannel.open(
            now.resolve(POSITION),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      if (channel.size() < 16) {
        // Written, not only mapped: a store into a hole of a full disk would end the process.
        channel.write(ByteBuffer.allocate(16), 0);
      }
      this.position = channel.map(FileChannel.MapMode.READ_WRITE, 0, 16, arena);
    } catch (IOException e) {
      arena.close();
      throw e;
    }
  }

  /** A new source's folder, locked before anyone can see it. */
  static JournalFolder create(Path root, String source) throws IOException {
    Files.createDirectories(root);
    Path path = root.toRealPath().resolve(source);
    Path hidden = path.resolveSibling(NEW + source);
    if (Files.exists(path)) {
      throw new FileAlreadyExistsException(path.toString());
    }
    Files.createDirectory(hidden);
    HELD.add(path);
    JournalFolder folder = null;
    try {
      folder = lock(source, path, hidden, true).orElseThrow(() -> new IOException("locked"));
      Files.move(hidden, path, StandardCopyOption.ATOMIC_MOVE);
      return folder;
    } catch (IOException | RuntimeException e) {
      if (folder != null) {
        folder.close();
      }
      HELD.remove(path);
      deleteAll(hidden);
      throw e;
    }
  }

  /** Takes over a folder if its owner is dead. */
  static Optional<JournalFolder> takeOver(Path path) throws IOException {
    Path real = path.toRealPath();
    if (!HELD.add(real)) {
      return Optional.empty();
    }
    Optional<JournalFolder> folder = Optional.empty();
    try {
      folder = lock(real.getFileName().toString(), real, real, false);
      return folder;
    } catch (NoSuchFileException finished) {
      return Optional.empty();
    } finally {
      if (folder.isEmpty()) {
        HELD.remove(real);
      }
    }
  }

  private static Optional<JournalFolder> lock(String source, Path path, Path now, boolean create)
      throws IOException {
    FileChannel channel =
        create
            ? FileChannel.open(
                now.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)
            : FileChannel.open(now.resolve(LOCK), StandardOpenOption.WRITE);
    FileLock lock = null;
    try {
      lock = channel.tryLock();
      // Whoever finished the source has deleted the file that was opened here.
      if (lock == null || !Files.exists(now.resolve(LOCK))) {
        return Optional.empty();
      }
      JournalFolder folder = new JournalFolder(source, path, now, channel, lock);
      if (!create) {
        Files.deleteIfExists(path.resolve(SPARE));
      } else {
        // The position file was mapped under the hidden name; the mapping outlives the rename.
        folder.position(1);
      }
      return Optional.of(folder);
    } catch (OverlappingFileLockException held) {
      return Optional.empty();
    } finally {
      if (lock == null || !lock.isValid()) {
        channel.close();
      }
    }
  }

  /** Folders of sources below the root, held or not. */
  static List<Path> folders(Path root) throws IOException {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(root)) {
      return all.filter(folder ->
              Files.isDirectory(folder) && !folder.getFileName().toString().startsWith("."))
          .sorted()
          .toList();
    }
  }

  Path path() {
    return path;
  }

  /** First seq that has not been shipped or dropped; 1 if that is not known. */
  long position() {
    long seq = position.get(LONG, 0);
    return seq >= 1 && position.get(LONG, 8) == ~seq ? seq : 1;
  }

  /**
   * @throws InternalError if the file does not reach as far as its mapping
   */
  void position(long seq) {
    position.set(LONG, 0, seq);
    position.set(LONG, 8, ~seq);
    Segment.settle(position);
  }

  /** Segments that an earlier process left, oldest first. */
  List<Path> segments() throws IOException {
    try (Stream<Path> all = Files.list(path)) {
      List<Path> segments =
          new ArrayList<>(
              all.filter(file -> file.getFileName().toString().endsWith(SUFFIX)).toList());
      segments.sort(Comparator.comparing(file -> file.getFileName().toString()));
      return segments;
    }
  }

  static long firstSeq(Path segment) {
    String name = segment.getFileName().toString();
    try {
      return Long.parseLong(name.substring(0, name.length() - SUFFIX.length()));
    } catch (NumberFormatException notOurs) {
      return -1;
    }
  }

  /** Prepares the file of the next segment. */
  void prepareSpare(int size) throws IOException {
    Path spare = path.resolve(SPARE);
    Files.deleteIfExists(spare);
    Segment.preallocate(spare, size);
  }

  /** Begins a segment in the prepared file, or in one that is made now. */
  Segment begin(long firstSeq, int size, boolean prepared) throws IOException {
    Path file = path.resolve("%020d%s".formatted(firstSeq, SUFFIX));
    if (prepared) {
      Files.move(path.resolve(SPARE), file, StandardCopyOption.ATOMIC_MOVE);
    } else {
      Segment.preallocate(file, size);
    }
    return Segment.begin(firstSeq, file);
  }

  /** Gives the lock back and leaves the files. */
  void close() {
    try {
      arena.close();
      lock.release();
      lockChannel.close();
    } catch (IOException e) {
      // The lock ends with the process at the latest; until then the folder stays in HELD's sense
      // unreadable to others, which loses nothing.
      return;
    } finally {
      HELD.remove(path);
    }
  }

  /** Deletes everything; the lock last, so that nobody takes over half a folder. */
  void delete() {
    try {
      for (Path segment : segments()) {
        Files.deleteIfExists(segment);
      }
      Files.deleteIfExists(path.resolve(SPARE));
      Files.deleteIfExists(path.resolve(POSITION));
      Files.deleteIfExists(path.resolve(LOCK));
      close();
      Files.deleteIfExists(path);
    } catch (IOException e) {
      // Left behind, without segments: the next scan that gets the lock finishes it.
      close();
    }
  }

  private static void deleteAll(Path folder) {
    try (Stream<Path> all = Files.list(folder)) {
      for (Path file : all.toList()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      // A hidden folder is never read; it costs a few bytes.
      return;
    }
  }
}
