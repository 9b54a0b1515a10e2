package dev.spoor.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.tukaani.xz.XZInputStream;

/**
 * A real PostgreSQL on this machine, of the binaries that {@code io.zonky.test.postgres} has on
 * Maven Central: no Docker, nothing installed. It belongs to a test class, which may kill it and
 * start it again on the same data and port; each test makes a database of its own. It asks for a
 * password.
 *
 * <p>Not zonky's own launcher: that hides the process, so that nobody can kill it, and as root it
 * needs user namespaces, which containers often do not have. As root this one runs the server as
 * {@code nobody} by {@code setpriv}.
 *
 * <p>Tests that ask for one are skipped where there are no binaries for the machine.
 */
public final class TestPostgres implements BeforeAllCallback, AfterAllCallback {
  public static final String USER = "spoor";
  public static final String PASSWORD = "a-password-of-tests";

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final AtomicInteger DATABASES = new AtomicInteger();
  private static final String NOBODY = "65534";

  private @Nullable Path home;
  private @Nullable Process server;
  private int port;

  private TestPostgres() {}

  /** One that starts before and ends after the class that registers it. */
  public static TestPostgres ofItsOwn() {
    return new TestPostgres();
  }

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    String archive = archive();
    assumeTrue(
        archive != null && TestPostgres.class.getResource(archive) != null,
        "skipped: the class path has no PostgreSQL for this machine");
    Path dir = Files.createTempDirectory("spoor-postgres-");
    home = dir;
    unpack(archive, dir.resolve("server"));
    Path password = Files.writeString(dir.resolve("password"), PASSWORD);
    giveAway(dir);
    run(
        dir,
        "initdb",
        "--pgdata=" + dir.resolve("data"),
        "--username=" + USER,
        "--pwfile=" + password,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--no-locale",
        "--no-sync");
    port = FreePorts.one();
    start();
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    if (server != null) {
      kill();
    }
    Path dir = home;
    if (dir != null) {
      home = null;
      remove(dir);
    }
  }

  public int port() {
    return port;
  }

  /** Where a database is, for JDBC, without who asks. */
  public String url(String database) {
    return url(database, port);
  }

  /** The same by another port of this machine, such as a {@link FaultProxy}'s. */
  public String url(String database, int otherPort) {
    return "jdbc:postgresql://127.0.0.1:" + otherPort + "/" + database;
  }

  /** A new empty database; returns its name. */
  public String newDatabase() {
    String name = "t" + DATABASES.incrementAndGet();
    execute("postgres", "CREATE DATABASE " + name);
    return name;
  }

  /** As the superuser. */
  public Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(url(database), USER, PASSWORD);
  }

  /** Runs statements as the superuser. */
  public void execute(String database, String sql) {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException failed) {
      throw new IllegalStateException("PostgreSQL did not take: " + sql, failed);
    }
  }

  /** Ends the server and all its processes without a goodbye. Its data stays. */
  public void kill() {
    Process running = server();
    List<ProcessHandle> all = new ArrayList<>(running.descendants().toList());
    all.addFirst(running.toHandle());
    // The postmaster first: it would take a killed child for a reason to start anew.
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(each -> each.onExit().join());
    server = null;
  }

  /** Starts it again after {@link #kill}, and returns when it answers. */
  public void start() throws IOException {
    Path dir = homeDir();
    List<String> command = command(dir, "postgres");
    command.addAll(
        List.of(
            "-D",
            dir.resolve("data").toString(),
            "-p",
            Integer.toString(port),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=",
            "-c",
            "max_connections=50",
            // What the operating system has survives a killed process.
            "-c",
            "fsync=off",
            "-c",
            "shared_buffers=16MB"));
    server =
        new ProcessBuilder(command)
            .directory(dir.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(dir.resolve("log").toFile()))
            .start();
    long end = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      try (var _ = connect("postgres")) {
        return;
      } catch (SQLException notYet) {
        if (System.nanoTime() - end > 0 || !server().isAlive()) {
          throw new IOException("PostgreSQL does not start: " + log(), notYet);
        }
      }
      try {
        Thread.sleep(50);
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while PostgreSQL started", stop);
      }
    }
  }

  /** Whether something takes connections on the port. */
  public boolean listens() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException nobody) {
      return false;
    }
  }

  /** What the server has said, statements of errors included. */
  public String log() throws IOException {
    return Files.readString(homeDir().resolve("log"));
  }

  private Process server() {
    Process running = server;
    if (running == null) {
      throw new IllegalStateException("PostgreSQL is not started");
    }
    return running;
  }

  private Path homeDir() {
    Path dir = home;
    if (dir == null) {
      throw new IllegalStateException("PostgreSQL is not set up");
    }
    return dir;
  }

  /** Null where nobody makes binaries. */
  private static @Nullable String archive() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    boolean arm = System.getProperty("os.arch").equals("aarch64");
    if (os.contains("linux")) {
      return arm ? "/postgres-linux-arm_64.txz" : "/postgres-linux-x86_64.txz";
    }
    return os.contains("mac") && arm ? "/postgres-darwin-arm_64.txz" : null;
  }

  private static void unpack(String archive, Path to) throws IOException {
    try (InputStream packed = TestPostgres.class.getResourceAsStream(archive)) {
      if (packed == null) {
        throw new IOException("the class path does not have " + archive);
      }
      TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(packed));
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        Path path = to.resolve(entry.getName()).normalize();
        if (!path.startsWith(to)) {
          throw new IOException(archive + " leads out of its directory: " + entry.getName());
        }
        if (entry.isDirectory()) {
          Files.createDirectories(path);
        } else {
          Files.createDirectories(path.getParent());
          if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
          } else {
            Files.copy(tar, path);
            Files.setPosixFilePermissions(
                path,
                PosixFilePermissions.fromString(
                    (entry.getMode() & 0100) == 0 ? "rw-r--r--" : "rwxr-xr-x"));
          }
        }
      }
    }
  }

  private static List<String> command(Path dir, String program) {
    List<String> command = new ArrayList<>();
    if (isRoot()) {
      command.addAll(
          List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"));
    }
    command.add(dir.resolve("server").resolve("bin").resolve(program).toString());
    return command;
  }

  private static void run(Path dir, String program, String... arguments) throws IOException {
    List<String> command = command(dir, program);
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).directory(dir.toFile()).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException(program + " failed: " + said);
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + program + " ran", stop);
    }
  }

  /** To the user that the server is, who must also be able to reach it. */
  private static void giveAway(Path dir) throws IOException {
    if (!isRoot()) {
      return;
    }
    for (Path path : List.of(dir, dir.resolve("password"))) {
      Files.setAttribute(path, "unix:uid", Integer.parseInt(NOBODY), LinkOption.NOFOLLOW_LINKS);
    }
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  private static void remove(Path dir) throws IOException {
    Files.walkFileTree(
        dir,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path each, @Nullable IOException failed)
              throws IOException {
            Files.delete(each);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
