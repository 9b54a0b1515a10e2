package dev.spoor.telemetry.logging;

import ch.qos.logback.classic.LoggerContext;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;
import org.springframework.boot.logging.LogFile;
import org.springframework.boot.logging.LoggingInitializationContext;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.logging.LoggingSystemFactory;
import org.springframework.boot.logging.logback.LogbackLoggingSystem;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/**
 * Spring Boot's logging over the installed pipeline: settings come from the environment, levels can
 * be changed at run time. Boot's own system would suppress what is logged until the environment is
 * there, and reset what it finds. An application that sets {@code logging.config} gets Boot's.
 */
public final class SpoorLoggingSystem extends LogbackLoggingSystem {
  private SpoorLoggingSystem(ClassLoader classLoader) {
    super(classLoader);
  }

  @Override
  public void beforeInitialize() {
    Pipeline.of(context());
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
  }

  @Override
  public void initialize(
      LoggingInitializationContext initialization,
      @Nullable String configLocation,
      @Nullable LogFile logFile) {
    if (configLocation != null && !configLocation.isBlank()) {
      super.initialize(initialization, configLocation, logFile);
      return;
    }
    Environment environment = initialization.getEnvironment();
    if (environment != null) {
      // What is wrong with them has been said: SettingsCheck ran before.
      Pipeline.of(context()).apply(LogSettings.read(environment::getProperty, new ArrayList<>()));
    }
  }

  @Override
  public void cleanUp() {
    // The pipeline outlives the context: beans that are destroyed later still log.
  }

  @Override
  public Runnable getShutdownHandler() {
    return () -> {};
  }

  private static LoggerContext context() {
    return (LoggerContext) LoggerFactory.getILoggerFactory();
  }

  /** Comes before Boot's Logback, where both are there. */
  @Order(Ordered.HIGHEST_PRECEDENCE)
  static final class Factory implements LoggingSystemFactory {
    @Override
    public @Nullable LoggingSystem getLoggingSystem(ClassLoader classLoader) {
      return LoggerFactory.getILoggerFactory() instanceof LoggerContext
          ? new SpoorLoggingSystem(classLoader)
          : null;
    }
  }
}
