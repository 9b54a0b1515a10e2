package dev.spoor.telemetry.logging;

import dev.spoor.contract.telemetry.Fields;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes what kills a thread a record; the JVM itself would print it to stderr only. */
final class UncaughtExceptions {
  private UncaughtExceptions() {}

  /** Unless the process has a handler of its own. */
  static void install() {
    if (Thread.getDefaultUncaughtExceptionHandler() == null) {
      Thread.setDefaultUncaughtExceptionHandler(UncaughtExceptions::record);
    }
  }

  private static void record(Thread thread, Throwable error) {
    Logger log = LoggerFactory.getLogger(UncaughtExceptions.class);
    log.atError()
        .addKeyValue(Fields.STATUS, "failure")
        .setCause(error)
        .log("Uncaught exception ended thread {}", thread.getName());
  }
}
