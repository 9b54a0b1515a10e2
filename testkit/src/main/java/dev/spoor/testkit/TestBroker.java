package dev.spoor.testkit;

import dev.spoor.broker.BrokerSettings;
import dev.spoor.broker.EmbeddedBroker;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A real broker for tests, in a temporary directory. {@link #shared} is one for the whole JVM, with
 * names of its own for each test ({@link #freshTopics}); {@link #ofItsOwn} belongs to a test class,
 * which may stop it and start it again:
 *
 * <pre>{@code
 * @RegisterExtension static final TestBroker BROKER = TestBroker.ofItsOwn();
 * }</pre>
 */
public final class TestBroker implements BeforeAllCallback, AfterAllCallback, AutoCloseable {
  private static final AtomicInteger PREFIXES = new AtomicInteger();
  private static @Nullable TestBroker shared;

  private final Map<String, String> overrides;
  private final @Nullable FaultProxy proxy;
  private @Nullable Path dir;
  private @Nullable EmbeddedBroker running;
  private int port;

  private TestBroker(Map<String, String> overrides, @Nullable FaultProxy proxy) {
    this.overrides = Map.copyOf(overrides);
    this.proxy = proxy;
  }

  /** The broker of this JVM, started by the first who asks, stopped when the JVM ends. */
  public static synchronized TestBroker shared() {
    TestBroker broker = shared;
    if (broker == null) {
      broker = new TestBroker(Map.of(), null);
      broker.start();
      Runtime.getRuntime().addShutdownHook(new Thread(broker::close, "test-broker-stop"));
      shared = broker;
    }
    return broker;
  }

  /** A broker that starts before and stops after the class that registers it, or on demand. */
  public static TestBroker ofItsOwn() {
    return new TestBroker(Map.of(), null);
  }

  /** The same with broker properties that win over the ordinary ones. */
  public static TestBroker ofItsOwn(Map<String, String> overrides) {
    return new TestBroker(overrides, null);
  }

  /** A broker that clients reach through a proxy only; {@link #proxy} makes the faults. */
  public static TestBroker behindProxy() {
    return new TestBroker(Map.of(), FaultProxy.listen());
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    start();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    if (this != shared) {
      close();
    }
  }

  /** Starts the broker on the data and the port it had, if it has run before. */
  public synchronized void start() {
    if (running != null) {
      return;
    }
    if (dir == null) {
      dir = temporaryDirectory();
    }
    if (port == 0 && proxy != null) {
      port = FreePorts.one();
      proxy.forwardTo(port);
    }
    BrokerSettings settings =
        BrokerSettings.in(dir.resolve("kafka")).withPort(port).withOverrides(overrides);
    running =
        EmbeddedBroker.start(proxy == null ? settings : settings.withAdvertisedPort(proxy.port()));
    if (proxy == null) {
      port = running.port();
    }
  }

  /** Stops the broker in order; its data stays for the next {@link #start}. */
  public synchronized void stop() {
    if (running != null) {
      running.close();
      running = null;
    }
  }

  /** Stops the broker and removes its data. */
  @Override
  public synchronized void close() {
    stop();
    if (proxy != null) {
      proxy.close();
    }
    if (dir != null) {
      remove(dir);
      dir = null;
    }
  }

  public synchronized String bootstrapServers() {
    return "127.0.0.1:" + (proxy == null ? runningPort() : proxy.port());
  }

  public KafkaConnection connection() {
    return KafkaConnection.of(bootstrapServers());
  }

  /**
   * @throws IllegalStateException if this broker has no proxy before it
   */
  public FaultProxy proxy() {
    if (proxy == null) {
      throw new IllegalStateException("Made without a proxy: use TestBroker.behindProxy()");
    }
    return proxy;
  }

  /** Topic and group names that no other test of this JVM uses. */
  public Topics freshTopics() {
    return new Topics("t" + ProcessHandle.current().pid() + "-" + PREFIXES.incrementAndGet() + ".");
  }

  private int runningPort() {
    if (port == 0) {
      throw new IllegalStateException("The broker has not been started");
    }
    return port;
  }

  private static Path temporaryDirectory() {
    try {
      return Files.createTempDirectory("spoor-test-broker");
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static void remove(Path dir) {
    try (Stream<Path> files = Files.walk(dir)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException | UncheckedIOException gone) {
      // A broker that is still closing may remove a file under our feet; the rest is the
      // temporary directory's business.
    }
  }
}
