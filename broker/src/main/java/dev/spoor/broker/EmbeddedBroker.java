package dev.spoor.broker;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import kafka.server.BrokerServer;
import kafka.server.ControllerServer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.server.Server;
import kafka.server.SharedServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.utils.AppInfoParser;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.ServerSocketFactory;
import org.apache.kafka.server.fault.FaultHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One Kafka broker and controller in this process, with share groups on. Listens on 127.0.0.1 only;
 * its directory is formatted at the first start and used again by every later one, also after the
 * process was killed.
 *
 * <p>Durability is Kafka's own: what it has acknowledged survives the end of the process. It is not
 * forced to disk record by record, so power loss is outside the promise. When Kafka finds that its
 * disk has failed, it halts the whole process, as it does on its own.
 *
 * <p>Thread-safe. {@link #close} stops it in order and within {@link #STOP_TIMEOUT}.
 */
public final class EmbeddedBroker implements AutoCloseable {
  /** How long a stop may take before the threads that are left are abandoned. */
  public static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

  /** Loggers that tell of a broker's inner life; at WARN they are quiet in ordinary work. */
  public static final List<String> LOGGERS =
      List.of("kafka", "org.apache.kafka", "state.change.logger");

  /** The session lasts two seconds; the rest is for a busy machine. */
  private static final Duration DEAD_SESSION_LIMIT = Duration.ofSeconds(60);

  private static final String VERSION_FILE = "written-by";
  private static final String LOCK_FILE = "in-use";
  private static final Logger log = LoggerFactory.getLogger(EmbeddedBroker.class);

  private final Path dataDir;
  private final int port;
  private final BrokerServer broker;
  private final ControllerServer controller;
  private final FileChannel held;
  private final CompletableFuture<Throwable> failure;
  private @Nullable Thread stopping;

  private EmbeddedBroker(
      Path dataDir,
      int port,
      BrokerServer broker,
      ControllerServer controller,
      FileChannel held,
      CompletableFuture<Throwable> failure) {
    this.dataDir = dataDir;
    this.port = port;
    this.broker = broker;
    this.controller = controller;
    this.held = held;
    this.failure = failure;
  }

  /**
   * Starts a broker and returns when it serves clients.
   *
   * @throws BrokerStartException if the directory cannot be used or the port is taken
   */
  public static EmbeddedBroker start(BrokerSettings settings) {
    Path dataDir = settings.dataDir();
    refuseForeign(dataDir);
    FileChannel held = hold(dataDir);
    try {
      return start(settings, held);
    } catch (Throwable failed) {
      release(held);
      throw failed;
    }
  }

  private static EmbeddedBroker start(BrokerSettings settings, FileChannel held) {
    Path dataDir = settings.dataDir();
    prepare(dataDir);
    if (settings.port() != 0) {
      checkPort(settings.port());
    }
    KafkaConfig config = new KafkaConfig(BrokerProperties.of(settings), false);
    String clusterIdIfNew = Uuid.randomUuid().toString();
    format(config, dataDir, clusterIdIfNew);

    CompletableFuture<Throwable> failure = new CompletableFuture<>();
    var directories =
        KafkaRaftServer.initializeLogDirs(
            config, LoggerFactory.getLogger(KafkaRaftServer.class), "");
    // Completed when the controller has bound its port, which names the only voter.
    CompletableFuture<Integer> controllerPort = new CompletableFuture<>();
    SharedServer shared =
        new SharedServer(
            config,
            directories._1(),
            Time.SYSTEM,
            Server.initializeMetrics(
                config, Time.SYSTEM, directories._1().clusterId().orElseThrow()),
            controllerPort.thenApply(bound ->
                Map.of(
                    BrokerProperties.NODE_ID,
                    InetSocketAddress.createUnresolved("127.0.0.1", bound))),
            List.of(),
            (name, fatal, action) -> faultHandler(name, fatal, action, failure),
            ServerSocketFactory.INSTANCE);
    BrokerServer broker = new BrokerServer(shared);
    ControllerServer controller =
        new ControllerServer(shared, KafkaRaftServer.configSchema(), directories._2());
    var _ = controller.socketServerFirstBoundPortFuture().thenAccept(controllerPort::complete);
    try {
      // 1. The controller, which the broker needs to find.
      controller.startup();
      // 2. What a killed broker has left: the session of its registration must be over.
      DeadRegistration.await(shared.loader(), BrokerProperties.NODE_ID, DEAD_SESSION_LIMIT);
      // 3. The broker: it registers with the controller and waits until it is let in.
      broker.startup();
    } catch (Throwable thrown) {
      stopAll(broker, controller);
      throw startFailure(settings, thrown);
    }
    int port = broker.boundPort(new ListenerName(BrokerProperties.CLIENT_LISTENER));
    return new EmbeddedBroker(
        dataDir,
        settings.advertisedPort() == 0 ? port : settings.advertisedPort(),
        broker,
        controller,
        held,
        failure);
  }

  /** What clients put into {@code bootstrap.servers}. */
  public String bootstrapServers() {
    return "127.0.0.1:" + port;
  }

  /** Where clients connect. */
  public int port() {
    return port;
  }

  public Path dataDir() {
    return dataDir;
  }

  /** Completes with the cause if the broker fails while it runs; never if it does not. */
  public CompletableFuture<Throwable> failure() {
    return failure.copy();
  }

  /** Stops the broker, then its controller. Later calls wait for the first. */
  @Override
  public void close() {
    Thread thread;
    synchronized (this) {
      if (stopping == null) {
        stopping =
            Thread.ofPlatform()
                .name("broker-stop")
                .daemon()
                .start(() -> {
                  stopAll(broker, controller);
                  release(held);
                });
      }
      thread = stopping;
    }
    try {
      if (!thread.join(STOP_TIMEOUT)) {
        log.warn("The broker in {} did not stop within {}", dataDir, STOP_TIMEOUT);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void stopAll(BrokerServer broker, ControllerServer controller) {
    // The broker first: it says goodbye to the controller.
    stop(() -> broker.shutdown(STOP_TIMEOUT.dividedBy(2)));
    stop(controller::shutdown);
  }

  private static void stop(Runnable part) {
    try {
      part.run();
    } catch (RuntimeException failed) {
      log.warn("A part of the broker did not stop in order", failed);
    }
  }

  private static FaultHandler faultHandler(
      String name, boolean fatal, Runnable action, CompletableFuture<Throwable> failure) {
    return (message, cause) -> {
      action.run();
      RuntimeException fault =
          new IllegalStateException("Broker fault in " + name + ": " + message, cause);
      if (fatal) {
        log.error("The broker has failed: {}", message, fault);
        failure.complete(fault);
      } else {
        log.warn("Broker fault in {}: {}", name, message, fault);
      }
      return fault;
    };
  }

  /** Before anything is written there. */
  private static void refuseForeign(Path dataDir) {
    try {
      Files.createDirectories(dataDir);
      if (!Files.isWritable(dataDir)) {
        throw new AccessDeniedException(dataDir.toString());
      }
      if (!Files.exists(dataDir.resolve(VERSION_FILE)) && !isEmpty(dataDir)) {
        throw new BrokerStartException(
            "%s is not empty and was not made by this program: name an empty directory or one that does not exist."
                .formatted(dataDir),
            null);
      }
    } catch (IOException unusable) {
      throw notWritable(dataDir, unusable);
    }
  }

  /**
   * Takes the directory for this process alone until the channel is closed. Kafka's own lock comes
   * too late: its controller has by then written to the metadata log, and may have declared the
   * broker dead that works there.
   */
  private static FileChannel hold(Path dataDir) {
    try {
      FileChannel channel =
          FileChannel.open(
              dataDir.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        if (channel.tryLock() != null) {
          return channel;
        }
      } catch (OverlappingFileLockException inThisProcess) {
        // As if it were in another.
      }
      release(channel);
    } catch (IOException unusable) {
      throw notWritable(dataDir, unusable);
    }
    throw new BrokerStartException(
        "%s is in use by another broker: stop that process or name another directory."
            .formatted(dataDir),
        null);
  }

  private static void release(FileChannel held) {
    try {
      held.close();
    } catch (IOException failed) {
      log.warn("The broker's directory was not released in order", failed);
    }
  }

  /** Refuses a directory that a newer broker has written to. */
  private static void prepare(Path dataDir) {
    try {
      Path versionFile = dataDir.resolve(VERSION_FILE);
      String own = AppInfoParser.getVersion();
      if (Files.exists(versionFile)) {
        String wroteIt = Files.readString(versionFile, StandardCharsets.UTF_8).strip();
        if (newer(wroteIt, own)) {
          throw new BrokerStartException(
              "%s was written by Kafka %s and this program has %s: use the newer program, or another directory."
                  .formatted(dataDir, wroteIt, own),
              null);
        }
        if (wroteIt.equals(own)) {
          return;
        }
      }
      // Before the first format, so that a process killed in between finds its own mark.
      Path temporary = dataDir.resolve(VERSION_FILE + ".tmp");
      Files.writeString(temporary, own + "\n", StandardCharsets.UTF_8);
      Files.move(temporary, versionFile, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException unusable) {
      throw notWritable(dataDir, unusable);
    }
  }

  /** Kafka binds late in its start and tells of a taken port in pages of stack traces. */
  private static void checkPort(int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (IOException taken) {
      throw new BrokerStartException(
          "Port %d on 127.0.0.1 is taken: stop what listens there or name another port."
              .formatted(port),
          taken);
    }
  }

  private static boolean isEmpty(Path dataDir) throws IOException {
    try (Stream<Path> files = Files.list(dataDir)) {
      return files
          .map(file -> file.getFileName().toString())
          .allMatch(name -> name.equals(VERSION_FILE + ".tmp") || name.equals(LOCK_FILE));
    }
  }

  /** Compares the numbers of two versions; what follows them does not count. */
  static boolean newer(String version, String than) {
    String[] left = version.split("[^0-9]+", -1);
    String[] right = than.split("[^0-9]+", -1);
    for (int i = 0; i < Math.min(left.length, right.length); i++) {
      if (left[i].isEmpty() || right[i].isEmpty()) {
        return false;
      }
      int order = Integer.compare(Integer.parseInt(left[i]), Integer.parseInt(right[i]));
      if (order != 0) {
        return order > 0;
      }
    }
    return false;
  }

  private static void format(KafkaConfig config, Path dataDir, String clusterIdIfNew) {
    if (Files.exists(dataDir.resolve("meta.properties"))) {
      return;
    }
    try {
      new Formatter()
          .setPrintStream(
              new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
          .setNodeId(BrokerProperties.NODE_ID)
          .setClusterId(clusterIdIfNew)
          .addDirectory(dataDir.toString())
          .setMetadataLogDirectory(config.metadataLogDir())
          .setControllerListenerName(BrokerProperties.CONTROLLER_LISTENER)
          .setIgnoreFormatted(true)
          .run();
    } catch (IOException unusable) {
      throw notWritable(dataDir, unusable);
    } catch (Exception failed) {
      throw new BrokerStartException(
          "%s cannot be prepared for the broker: %s".formatted(dataDir, failed.getMessage()),
          failed);
    }
  }

  private static BrokerStartException notWritable(Path dataDir, IOException cause) {
    return new BrokerStartException(
        "The broker cannot write to %s (%s): give this user write permission or name another directory."
            .formatted(dataDir, reason(cause)),
        cause);
  }

  private static String reason(IOException cause) {
    return cause instanceof AccessDeniedException
        ? "permission denied"
        : cause.getClass().getSimpleName() + ": " + cause.getMessage();
  }

  private static BrokerStartException startFailure(BrokerSettings settings, Throwable thrown) {
    return new BrokerStartException(
        "The broker in %s did not start: %s".formatted(settings.dataDir(), thrown.getMessage()),
        thrown);
  }

  @Override
  public String toString() {
    return "EmbeddedBroker[" + bootstrapServers() + ", " + dataDir + "]";
  }
}
