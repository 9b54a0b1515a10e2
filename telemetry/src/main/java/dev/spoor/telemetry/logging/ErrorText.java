package dev.spoor.telemetry.logging;

import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import org.jspecify.annotations.Nullable;

/**
 * A stack trace as text, with causes and suppressed, as the JDK prints it. Bounded: deep stacks
 * lose their middle, long chains too; the root cause is kept.
 */
final class ErrorText {
  private static final int MAX_FRAMES = 60;
  private static final int MAX_MESSAGE = 4000;
  private static final int MAX_CHAIN = 64;
  private static final int MAX_SUPPRESSED = 8;

  private ErrorText() {}

  static String of(IThrowableProxy error, int max) {
    StringBuilder text = new StringBuilder(2048);
    append(text, error, "", "", 0);
    if (text.length() <= max) {
      return text.toString();
    }
    StringBuilder root = new StringBuilder(1024);
    IThrowableProxy last = rootOf(error);
    if (error.getCause() != null) {
      root.append("\n… [truncated] …\nCaused by: ");
      header(root, last);
      frames(root, last, "");
    }
    int tail = Math.min(root.length(), max / 2);
    return text.substring(0, max - tail) + root.substring(0, tail);
  }

  static IThrowableProxy rootOf(IThrowableProxy error) {
    IThrowableProxy at = error;
    for (int i = 0; i < MAX_CHAIN; i++) {
      IThrowableProxy cause = at.getCause();
      if (cause == null || cause.isCyclic()) {
        break;
      }
      at = cause;
    }
    return at;
  }

  private static void append(
      StringBuilder text, IThrowableProxy error, String caption, String indent, int depth) {
    text.append(indent).append(caption);
    if (error.isCyclic()) {
      text.append("[circular reference: ").append(error.getClassName()).append("]\n");
      return;
    }
    header(text, error);
    if (depth >= MAX_CHAIN) {
      text.append(indent).append("… [more causes]\n");
      return;
    }
    frames(text, error, indent);
    IThrowableProxy @Nullable [] suppressed = error.getSuppressed();
    if (suppressed != null) {
      for (int i = 0; i < Math.min(suppressed.length, MAX_SUPPRESSED); i++) {
        append(text, suppressed[i], "Suppressed: ", indent + "\t", depth + 1);
      }
      if (suppressed.length > MAX_SUPPRESSED) {
        text.append(indent)
            .append("\t… ")
            .append(suppressed.length - MAX_SUPPRESSED)
            .append(" more suppressed\n");
      }
    }
    IThrowableProxy cause = error.getCause();
    if (cause != null) {
      append(text, cause, "Caused by: ", indent, depth + 1);
    }
  }

  private static void header(StringBuilder text, IThrowableProxy error) {
    text.append(error.getClassName());
    String message = error.getMessage();
    if (message != null) {
      text.append(": ")
          .append(
              message.length() > MAX_MESSAGE
                  ? message.substring(0, MAX_MESSAGE) + "… [" + message.length() + " characters]"
                  : message);
    }
    text.append('\n');
  }

  private static void frames(StringBuilder text, IThrowableProxy error, String indent) {
    StackTraceElementProxy[] frames = error.getStackTraceElementProxyArray();
    int own = frames.length - error.getCommonFrames();
    int repeated = 0;
    int shown = 0;
    for (int i = 0; i < own; i++) {
      // A recursion repeats its frame (or two in turn): one of each is enough.
      if (i >= 2 && frames[i].equals(frames[i - 2]) && i + 1 < own) {
        repeated++;
        continue;
      }
      if (repeated > 0) {
        text.append(indent).append("\t… ").append(repeated).append(" repeated frames\n");
        repeated = 0;
      }
      if (shown++ == MAX_FRAMES) {
        text.append(indent).append("\t… ").append(own - i).append(" more frames\n");
        break;
      }
      text.append(indent).append('\t').append(frames[i].getSTEAsString()).append('\n');
    }
    if (error.getCommonFrames() > 0) {
      text.append(indent).append("\t… ").append(error.getCommonFrames()).append(" common frames\n");
    }
  }
}
