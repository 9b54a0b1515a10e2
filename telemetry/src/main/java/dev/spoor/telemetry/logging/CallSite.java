package dev.spoor.telemetry.logging;

import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where the logging call that is running on this thread was made. Walks only as far as that, while
 * Logback's own caller data are all frames of a stack that is deep in a server.
 */
final class CallSite {
  private static final StackWalker WALKER = StackWalker.getInstance();
  private static final String LOGGER = "ch.qos.logback.classic.Logger";

  /** Between a caller and Logback: facades, bridges and our own logger. */
  private static final List<String> FACADES =
      List.of(
          "ch.qos.logback.classic.",
          "org.slf4j.",
          "dev.spoor.telemetry.correlation.BoundLogger",
          "org.apache.commons.logging.",
          "org.apache.logging.",
          "org.apache.kafka.common.utils.LogContext$",
          "kafka.utils.Logging",
          "com.typesafe.scalalogging.",
          "java.util.logging.",
          "java.lang.System$Logger",
          "jdk.internal.logger.",
          "sun.util.logging.");

  private CallSite() {}

  /** Null if no logger is on this thread's stack. */
  static StackWalker.@Nullable StackFrame find() {
    return WALKER.walk(CallSite::find);
  }

  private static StackWalker.@Nullable StackFrame find(Stream<StackWalker.StackFrame> stack) {
    boolean logging = false;
    for (Iterator<StackWalker.StackFrame> frames = stack.iterator(); frames.hasNext(); ) {
      StackWalker.StackFrame frame = frames.next();
      String name = frame.getClassName();
      logging |= name.equals(LOGGER);
      if (logging && !isFacade(name)) {
        return frame;
      }
    }
    return null;
  }

  private static boolean isFacade(String name) {
    for (String facade : FACADES) {
      if (name.startsWith(facade)) {
        return true;
      }
    }
    return false;
  }
}
