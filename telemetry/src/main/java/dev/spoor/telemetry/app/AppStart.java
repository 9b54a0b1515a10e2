package dev.spoor.telemetry.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import dev.spoor.telemetry.journal.JournalLimits;
import dev.spoor.telemetry.logging.Pipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Starts an app as a process of its own. If it does not start, one record says in one sentence what
 * is wrong and what to do, and the process ends with {@link RefusedSettings#EXIT_CODE}. What has no
 * such sentence is a fault of ours: then it is a stack trace and exit code 1. Either way what was
 * said lies in the journal, and the next process with that directory ships it.
 */
public final class AppStart {
  private static final Logger log = LoggerFactory.getLogger(AppStart.class);

  /** They would tell of a failed start in pages, with names of beans. */
  private static final List<String> REPORTERS =
      List.of(
          "org.springframework.boot.SpringApplication",
          "org.springframework.boot.diagnostics.LoggingFailureAnalysisReporter",
          "org.springframework.boot.web.server.servlet.context"
              + ".AnnotationConfigServletWebServerApplicationContext");

  /** Small: a process that is restarted all the time leaves one each time. */
  private static final JournalLimits KEPT = new JournalLimits(1 << 20, 256 << 10, 2 << 20);

  /** With so many journals in the directory nobody ships them; then stdout has to do. */
  private static final int MAX_LEFT = 500;

  private AppStart() {}

  /**
   * Returns when it runs, or ends the process.
   *
   * @param defaults properties that it starts with unless configured
   */
  public static void run(Class<?> app, Map<String, Object> defaults, String... arguments) {
    SpringApplication application = new SpringApplication(app);
    application.setDefaultProperties(defaults);
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      REPORTERS.forEach(name -> context.getLogger(name).setLevel(Level.OFF));
    }
    EnvironmentHeard heard = new EnvironmentHeard();
    application.addListeners(heard);
    try {
      application.run(arguments);
    } catch (RuntimeException failed) {
      int code = told(failed);
      keep(heard.environment);
      System.exit(code);
    }
  }

  /** Before anything may refuse it. */
  private static final class EnvironmentHeard
      implements ApplicationListener<ApplicationEnvironmentPreparedEvent>, Ordered {
    volatile @Nullable ConfigurableEnvironment environment;

    @Override
    public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
      environment = event.getEnvironment();
    }

    @Override
    public int getOrder() {
      return Ordered.HIGHEST_PRECEDENCE;
    }
  }

  /**
   * Gives what is only in memory a directory: all of it if the journal was not opened yet, else
   * what was said since it was closed. A journal that is still open keeps it by itself.
   */
  private static void keep(@Nullable ConfigurableEnvironment environment) {
    if (environment == null
        || "false".equals(environment.getProperty("spoor.telemetry.shipping.enabled"))
        || !(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
      return;
    }
    String configured = environment.getProperty("spoor.telemetry.journal.dir");
    Path dir =
        TelemetryAutoConfiguration.journalDir(
            configured == null ? null : Path.of(configured), environment);
    if (entries(dir) < MAX_LEFT) {
      Pipeline.of(context)
          .openJournal(dir, KEPT, null)
          .ifPresent(journals -> {
            journals.finish();
            journals.close();
          });
    }
  }

  private static long entries(Path dir) {
    try (Stream<Path> entries = Files.list(dir)) {
      return entries.count();
    } catch (IOException e) {
      // Not there yet; if it cannot be read, it cannot be written, and that is said.
      return 0;
    }
  }

  private static int told(RuntimeException failed) {
    Optional<String> said = sentence(failed);
    if (said.isPresent()) {
      log.error(said.get());
      return RefusedSettings.EXIT_CODE;
    }
    log.error("The start failed", failed);
    return 1;
  }

  /** What is wrong, if it is something that the user can mend. */
  static Optional<String> sentence(Throwable failed) {
    for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
      switch (cause) {
        case RefusedSettings refused -> {
          return Optional.ofNullable(refused.getMessage());
        }
        case StartFailure failure -> {
          return Optional.ofNullable(failure.getMessage());
        }
        case PortInUseException taken -> {
          return Optional.of(
              "port "
                  + taken.getPort()
                  + " is taken: stop what listens there, or set SERVER_PORT to another.");
        }
        case BindException wrong -> {
          Optional<String> said = WrongSetting.of(wrong);
          return said.isPresent() ? said : refusal(wrong);
        }
        default -> {}
      }
    }
    return Optional.empty();
  }

  /** What the settings' own class says of a value that has the right type. */
  private static Optional<String> refusal(BindException wrong) {
    Throwable root = wrong;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root instanceof IllegalArgumentException
        ? Optional.ofNullable(root.getMessage())
        : Optional.empty();
  }
}
