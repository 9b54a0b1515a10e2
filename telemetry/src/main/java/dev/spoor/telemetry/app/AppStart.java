package dev.spoor.telemetry.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.web.server.PortInUseException;

/**
 * Starts an app as a process of its own. If it does not start, one record says in one sentence what
 * is wrong and what to do, and the process ends with {@link RefusedSettings#EXIT_CODE}. What has no
 * such sentence is a fault of ours: then it is a stack trace and exit code 1.
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
    try {
      application.run(arguments);
    } catch (RuntimeException failed) {
      System.exit(told(failed));
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
