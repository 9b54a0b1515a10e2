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
  private static final int MAX_WORD = 1024;
  private static final int MAX_CHAIN = 64;
  private static final int MAX_SUPPRESSED = 8;

  private final StringBuilder text;
  private final Strings strings;

  private ErrorText(StringBuilder text, Strings strings) {
    this.text = text;
    this.strings = strings;
  }

  /**
   * @param strings redacts what is cut; the rest is redacted with the whole
   */
  static String of(IThrowableProxy error, int max, Strings strings) {
    StringBuilder text = new StringBuilder(4096);
    new ErrorText(text, strings).append(error, "", "", 0);
    if (text.length() <= max) {
      return text.toString();
    }
    StringBuilder root = new StringBuilder(1024);
    IThrowableProxy last = rootOf(error);
    if (error.getCause() != null) {
      root.append("\n… [truncated] …\nCaused by: ");
      ErrorText ofRoot = new ErrorText(root, strings);
      ofRoot.header(last);
      ofRoot.frames(last, "");
    }
    int tail = Math.min(root.length(), max / 2);
    return beforeWord(text, max - tail) + beforeWord(root, tail);
  }

  /** Cut before a word rather than in it: half of a secret is not seen as one. */
  private static String beforeWord(StringBuilder text, int max) {
    int end = Math.min(text.length(), max);
    if (end < text.length()) {
      int at = end;
      while (at > 0 && end - at < MAX_WORD && text.charAt(at - 1) > ' ') {
        at--;
      }
      end = at > 0 && text.charAt(at - 1) <= ' ' ? at : end;
    }
    return text.substring(0, end);
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

  private void append(IThrowableProxy error, String caption, String indent, int depth) {
    text.append(indent).append(caption);
    if (error.isCyclic()) {
      text.append("[circular reference: ").append(error.getClassName()).append("]\n");
      return;
    }
    header(error);
    if (depth >= MAX_CHAIN) {
      text.append(indent).append("... [more causes]\n");
      return;
    }
    frames(error, indent);
    IThrowableProxy @Nullable [] suppressed = error.getSuppressed();
    if (suppressed != null) {
      for (int i = 0; i < Math.min(suppressed.length, MAX_SUPPRESSED); i++) {
        append(suppressed[i], "Suppressed: ", indent + "\t", depth + 1);
      }
      if (suppressed.length > MAX_SUPPRESSED) {
        text.append(indent)
            .append("\t... ")
            .append(suppressed.length - MAX_SUPPRESSED)
            .append(" more suppressed\n");
      }
    }
    IThrowableProxy cause = error.getCause();
    if (cause != null) {
      append(cause, "Caused by: ", indent, depth + 1);
    }
  }

  private void header(IThrowableProxy error) {
    text.append(error.getClassName());
    String message = error.getMessage();
    if (message != null) {
      text.append(": ")
          .append(message.length() > MAX_MESSAGE ? strings.clean(message, MAX_MESSAGE) : message);
    }
    text.append('\n');
  }

  /** In ASCII like nearly all of it: one other character makes text and scan twice as dear. */
  private void frames(IThrowableProxy error, String indent) {
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
        text.append(indent).append("\t... ").append(repeated).append(" repeated frames\n");
        repeated = 0;
      }
      if (shown++ == MAX_FRAMES) {
        text.append(indent).append("\t... ").append(own - i).append(" more frames\n");
        break;
      }
      text.append(indent).append('\t').append(frames[i].getSTEAsString()).append('\n');
    }
    if (error.getCommonFrames() > 0) {
      text.append(indent)
          .append("\t... ")
          .append(error.getCommonFrames())
          .append(" common frames\n");
    }
  }
}
