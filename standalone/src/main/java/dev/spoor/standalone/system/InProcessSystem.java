package dev.spoor.standalone.system;

import dev.spoor.broker.BrokerSettings;
import dev.spoor.broker.BrokerStartException;
import dev.spoor.broker.EmbeddedBroker;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.gateway.catalogue.FlowCatalogue;
import dev.spoor.gateway.ledgerhost.Ledger;
import dev.spoor.gateway.topics.TopicSettings;
import dev.spoor.standalone.cli.CliException;
import dev.spoor.standalone.cli.LocalSystem;
import dev.spoor.telemetry.app.AppDefaults;
import dev.spoor.telemetry.app.RefusedSettings;
import dev.spoor.telemetry.app.StartFailure;
import dev.spoor.telemetry.app.WrongSetting;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Broker, gateway, worker and shipper in this process. The broker starts beside Spring: whatever
 * wants to reach Kafka waits for it, everything else does not.
 *
 * <p>Stop, in this order and within {@link #STOP_TIMEOUT}: HTTP, worker, ledger and shipper (the
 * phases of the Spring context), then the broker, then the claim on the directory.
 */
public final class InProcessSystem implements LocalSystem {
  /** From the request to stop to the end of the process. */
  static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

  /** What is left for the broker, which stops in well under a second when its clients are gone. */
  private static final Duration APPS_STOP_TIMEOUT = Duration.ofSeconds(7);

  private static final Duration READY_TIMEOUT = Duration.ofSeconds(60);

  private static final String BOOTSTRAP_SERVERS = "KAFKA_BOOTSTRAP_SERVERS";

  private final Map<String, String> environment;

  public InProcessSystem(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  @Override
  public Running start(Path dataDirectory, int port, Logs logs) {
    DataDirectory directory = DataDirectory.claim(dataDirectory);
    try {
      int httpPort = httpPort(port);
      Path logFile = dataDirectory.resolve("logs").resolve("spoor.log");
      if (logs == Logs.FILE) {
        redirect(logFile);
      }
      Apps apps = new Apps(directory, httpPort);
      apps.run();
      apps.awaitReady();
      directory.announce(apps.url());
      return apps.started(logs == Logs.FILE ? logFile : null);
    } catch (RuntimeException refused) {
      directory.close();
      throw refused;
    }
  }

  private int httpPort(int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return probe.getLocalPort();
    } catch (IOException taken) {
      throw portTaken(port);
    }
  }

  private static CliException portTaken(int port) {
    return CliException.wrongUse(
        "port " + port + " is taken: stop what listens there or name another with --port.");
  }

  private static void redirect(Path logFile) {
    try {
      PrintStream file =
          new PrintStream(new LogFile(logFile, LogFile.MAX_BYTES), true, StandardCharsets.UTF_8);
      System.setOut(file);
      System.setErr(file);
    } catch (IOException unwritable) {
      throw CliException.wrongUse(logFile + " cannot be written to.");
    }
  }

  /** One start of everything. */
  private final class Apps {
    private final DataDirectory directory;
    private final int httpPort;
    private final int brokerPort;
    private final boolean ownBroker;
    private final CompletableFuture<EmbeddedBroker> broker = new CompletableFuture<>();
    private @Nullable ConfigurableApplicationContext context;

    Apps(DataDirectory directory, int httpPort) {
      this.directory = directory;
      this.httpPort = httpPort;
      this.ownBroker = environment.getOrDefault(BOOTSTRAP_SERVERS, "").isEmpty();
      this.brokerPort = ownBroker ? httpPort(0) : 0;
    }

    URI url() {
      return URI.create("http://127.0.0.1:" + httpPort);
    }

    void run() {
      SpringApplication application = new SpringApplication(StandaloneConfiguration.class);
      application.setWebApplicationType(WebApplicationType.SERVLET);
      application.setRegisterShutdownHook(false);
      application.setDefaultProperties(defaults());
      if (ownBroker) {
        // Not earlier: logging is set up by now.
        application.addInitializers(prepared -> {
          startBroker();
          prepared.getBeanFactory().addBeanPostProcessor(new AwaitBroker(broker));
        });
      }
      try {
        context = application.run(arguments());
      } catch (RuntimeException failed) {
        stop();
        throw explained(failed);
      }
    }

    /**
     * Returns when jobs are taken and can be read. The worker's announcements reach the gateway
     * through Kafka like everyone's, and until then it refuses every job; until the ledger has
     * loaded its state, it would say that there are no jobs.
     */
    void awaitReady() {
      ConfigurableApplicationContext running = Objects.requireNonNull(context);
      FlowCatalogue offered = running.getBean(FlowCatalogue.class);
      var announced = running.getBean(dev.spoor.worker.flow.FlowCatalogue.class);
      await(
          "the worker's flows do not arrive at the gateway",
          () -> announced.all().stream().allMatch(flow -> offered.inputOf(flow.id()).isPresent()));
      if (ownBroker) {
        Ledger ledger = running.getBean(Ledger.class);
        int partitions = running.getBean(TopicSettings.class).partitions();
        await("the ledger does not load its state", () -> ledger.served() >= partitions);
      }
    }

    private void await(String fault, BooleanSupplier ready) {
      long end = System.nanoTime() + READY_TIMEOUT.toNanos();
      while (!ready.getAsBoolean()) {
        if (System.nanoTime() > end) {
          stop();
          throw CliException.wrongUse(fault + " within " + READY_TIMEOUT.toSeconds() + " s.");
        }
        LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
      }
    }

    private Map<String, Object> defaults() {
      Map<String, Object> defaults = new LinkedHashMap<>(AppDefaults.of("standalone", httpPort));
      defaults.put("server.address", "127.0.0.1");
      // Ctrl-C ends everything within STOP_TIMEOUT.
      defaults.put("spring.lifecycle.timeout-per-shutdown-phase", "3s");
      defaults.put("spoor.worker.drain-timeout", "4s");
      defaults.put("spoor.telemetry.shipping.stop-timeout", "2s");
      defaults.put("spring.main.log-startup-info", "false");
      for (String logger : EmbeddedBroker.LOGGERS) {
        defaults.put("logging.level." + logger, "WARN");
      }
      // A failed start is told in one sentence by us, not by these in pages.
      defaults.put("logging.level.org.springframework.boot.SpringApplication", "OFF");
      defaults.put(
          "logging.level.org.springframework.boot.diagnostics.LoggingFailureAnalysisReporter",
          "OFF");
      defaults.put(
          "logging.level.org.springframework.boot.web.server.servlet.context.AnnotationConfigServletWebServerApplicationContext",
          "ERROR");
      // Warnings of every ordinary start and stop.
      defaults.put("logging.level.org.apache.kafka.controller.QuorumController", "ERROR");
      defaults.put("logging.level.org.apache.kafka.clients.NetworkClient", "ERROR");
      return defaults;
    }

    /** What the command line says wins over every other configuration. */
    private String[] arguments() {
      List<String> arguments = new ArrayList<>();
      arguments.add("--server.port=" + httpPort);
      arguments.add("--spoor.data-dir=" + directory.path());
      if (ownBroker) {
        arguments.add("--" + BOOTSTRAP_SERVERS + "=127.0.0.1:" + brokerPort);
      }
      return arguments.toArray(String[]::new);
    }

    private void startBroker() {
      Thread.ofPlatform()
          .name("broker-start")
          .daemon()
          .start(() -> {
            try {
              broker.complete(
                  EmbeddedBroker.start(
                      BrokerSettings.in(directory.path().resolve("kafka")).withPort(brokerPort)));
            } catch (Throwable failed) {
              broker.completeExceptionally(failed);
            }
          });
    }

    Running started(@Nullable Path logFile) {
      CountDownLatch end = new CountDownLatch(1);
      if (ownBroker) {
        var _ = broker.join().failure().thenRun(end::countDown);
      }
      return new Started(this, end, logFile);
    }

    void stop() {
      ConfigurableApplicationContext running = context;
      if (running != null) {
        Thread closing = Thread.ofPlatform().name("apps-stop").daemon().start(running::close);
        try {
          closing.join(APPS_STOP_TIMEOUT);
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
        }
      }
      // Started or still starting; a start that has failed has nothing to stop.
      var _ = broker.thenAccept(EmbeddedBroker::close);
      directory.close();
    }

    private RuntimeException explained(RuntimeException failed) {
      Throwable root = failed;
      for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
        root = cause;
        switch (cause) {
          case CliException said -> {
            return said;
          }
          case RefusedSettings refused -> {
            return CliException.wrongUse(String.valueOf(refused.getMessage()));
          }
          case StartFailure failure -> {
            return CliException.wrongUse(String.valueOf(failure.getMessage()));
          }
          case BrokerStartException said -> {
            return CliException.wrongUse(String.valueOf(said.getMessage()));
          }
          case PortInUseException taken -> {
            return portTaken(taken.getPort());
          }
          case BindException wrong -> {
            Optional<String> said = WrongSetting.of(wrong);
            if (said.isPresent()) {
              return CliException.wrongUse(said.get());
            }
          }
          default -> {}
        }
      }
      return CliException.wrongUse(
          "the system does not start: "
              + (root.getMessage() == null ? root.toString() : root.getMessage()));
    }
  }

  /** Holds back whoever wants to reach Kafka until it is there; fails them if it will not be. */
  private record AwaitBroker(CompletableFuture<EmbeddedBroker> broker)
      implements BeanPostProcessor {
    @Override
    public Object postProcessBeforeInitialization(Object bean, String name) {
      if (bean instanceof KafkaConnection) {
        try {
          broker.join();
        } catch (CompletionException failed) {
          throw failed.getCause() instanceof BrokerStartException said
              ? said
              : new IllegalStateException("the broker does not start", failed.getCause());
        }
      }
      return bean;
    }
  }

  private static final class Started implements Running {
    private final Apps apps;
    private final CountDownLatch end;
    private final @Nullable Path logFile;
    private final Thread hook;
    private boolean closed;

    Started(Apps apps, CountDownLatch end, @Nullable Path logFile) {
      this.apps = apps;
      this.end = end;
      this.logFile = logFile;
      this.hook = new Thread(this::stop, "spoor-stop");
      Runtime.getRuntime().addShutdownHook(hook);
    }

    @Override
    public URI url() {
      return apps.url();
    }

    @Override
    public List<String[]> places() {
      List<String[]> places = new ArrayList<>();
      places.add(new String[] {"API", url() + "/v1"});
      places.add(new String[] {"logs", url() + "/v1/logs"});
      places.add(new String[] {"metrics", url() + "/actuator/prometheus"});
      places.add(new String[] {"health", url() + "/health"});
      places.add(
          new String[] {
            "Kafka",
            apps.ownBroker
                ? "127.0.0.1:" + apps.brokerPort + " (in this process)"
                : String.valueOf(System.getenv(BOOTSTRAP_SERVERS))
          });
      places.add(new String[] {"data", apps.directory.path().toString()});
      if (logFile != null) {
        places.add(new String[] {"log file", logFile.toString()});
      }
      return places;
    }

    @Override
    public void awaitEnd() throws InterruptedException {
      end.await();
    }

    @Override
    public void close() {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException shuttingDown) {
        // The hook does it.
      }
      stop();
    }

    private synchronized void stop() {
      if (!closed) {
        closed = true;
        apps.stop();
        end.countDown();
      }
    }
  }
}
