package dev.spoor.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/**
 * A real Elasticsearch in a container, one node without security. {@link #shared} is one for the
 * whole JVM, with names of its own for each test ({@link #freshPrefix}); {@link #ofItsOwn} belongs
 * to a test class, which may stop it and start it again on the same data and port.
 *
 * <p>Tests that ask for one are skipped where no Docker engine answers.
 */
public final class TestElasticsearch implements BeforeAllCallback, AfterAllCallback, AutoCloseable {
  /** {@code SPOOR_TEST_ELASTICSEARCH} names another, for example {@code elasticsearch:9.5.4}. */
  private static final DockerImageName IMAGE =
      DockerImageName.parse(
              Objects.requireNonNullElse(
                  System.getenv("SPOOR_TEST_ELASTICSEARCH"), "elasticsearch:8.19.21"))
          .asCompatibleSubstituteFor("docker.elastic.co/elasticsearch/elasticsearch");

  private static final int PORT = 9200;
  private static final Duration START_LIMIT = Duration.ofMinutes(2);
  private static final AtomicInteger PREFIXES = new AtomicInteger();

  private static @Nullable TestElasticsearch shared;

  private @Nullable Fixed container;
  private int port;

  private TestElasticsearch() {}

  /** The one of this JVM, started by the first who asks, stopped when the JVM ends. */
  public static synchronized TestElasticsearch shared() {
    assumeDocker();
    TestElasticsearch server = shared;
    if (server == null) {
      server = new TestElasticsearch();
      server.start();
      Runtime.getRuntime().addShutdownHook(new Thread(server::close, "test-elasticsearch-stop"));
      shared = server;
    }
    return server;
  }

  /** One that starts before and ends after the class that registers it. */
  public static TestElasticsearch ofItsOwn() {
    return new TestElasticsearch();
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    assumeDocker();
    start();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    close();
  }

  private static void assumeDocker() {
    assumeTrue(
        DockerClientFactory.instance().isDockerAvailable(),
        "skipped: no Docker engine answers, and this test runs Elasticsearch in a container");
  }

  private void start() {
    port = FreePorts.one();
    Fixed started = new Fixed(port);
    started.start();
    container = started;
  }

  public URI uri() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** The beginning of names that nobody else uses. */
  public static String freshPrefix() {
    return "t" + ProcessHandle.current().pid() + "-" + PREFIXES.incrementAndGet() + "-";
  }

  /** Ends the server as a failing machine would, without a goodbye. Its data stays. */
  public void kill() {
    Fixed running = running();
    running.getDockerClient().killContainerCmd(running.getContainerId()).exec();
  }

  /** Starts it again after {@link #kill}, and returns when it answers. */
  public void startAgain() throws IOException {
    Fixed running = running();
    running.getDockerClient().startContainerCmd(running.getContainerId()).exec();
    long deadline = System.nanoTime() + START_LIMIT.toNanos();
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest health =
          HttpRequest.newBuilder(uri().resolve("/_cluster/health"))
              .timeout(Duration.ofSeconds(5))
              .build();
      while (System.nanoTime() - deadline < 0) {
        try {
          if (http.send(health, HttpResponse.BodyHandlers.discarding()).statusCode() == 200) {
            return;
          }
        } catch (IOException notYet) {
          // Asked again until the deadline.
        }
        Thread.sleep(200);
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while Elasticsearch started", stop);
    }
    throw new IOException("Elasticsearch did not start again within " + START_LIMIT);
  }

  private Fixed running() {
    Fixed running = container;
    if (running == null) {
      throw new IllegalStateException("Not started");
    }
    return running;
  }

  @Override
  public void close() {
    Fixed running = container;
    if (running != null) {
      container = null;
      running.stop();
    }
  }

  /** On a port that is the same after a restart. */
  private static final class Fixed extends GenericContainer<Fixed> {
    Fixed(int port) {
      super(IMAGE);
      setPortBindings(List.of("127.0.0.1:" + port + ":" + PORT));
      withExposedPorts(PORT);
      withEnv("discovery.type", "single-node");
      withEnv("xpack.security.enabled", "false");
      withEnv("cluster.routing.allocation.disk.threshold_enabled", "false");
      withEnv("ES_JAVA_OPTS", "-Xms512m -Xmx512m");
      waitingFor(Wait.forHttp("/_cluster/health").forPort(PORT).withStartupTimeout(START_LIMIT));
    }
  }
}
