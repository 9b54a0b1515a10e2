package dev.spoor.telemetry.logging;

import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.classic.spi.ThrowableProxy;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One short name for one fault, by which its records are found and counted: a hash of the classes
 * of an exception and its causes and of the methods that each was thrown in and through. It is the
 * same after a restart, on another machine, after lines have moved, through another caller further
 * out, at any depth of a recursion. Messages have no part in it unless there is no stack trace at
 * all: they carry ids, names and numbers. So two faults of one class in one method share a name.
 *
 * <p>Grouping by stack trace first and message last is Sentry's rule
 * (https://docs.sentry.io/concepts/data-management/event-grouping/).
 */
public final class Fingerprint {
  private static final int MAX_CAUSES = 16;

  /**
   * Of each exception. Further out are dispatchers, filters and pools: whoever happened to call.
   */
  private static final int MAX_FRAMES = 5;

  private static final int MAX_MESSAGE = 1000;
  private static final int BYTES = 8;

  /** They differ between JDKs, and by how a call was made. */
  private static final List<String> PLATFORM =
      List.of("java.", "javax.", "jdk.", "sun.", "com.sun.");

  /** {@code $$Lambda/0x…}, {@code $$SpringCGLIB$$0}: made at run time, with names of that run. */
  private static final Pattern GENERATED = Pattern.compile("(\\$\\$|/0x).*");

  /** Compilers and proxies number what has no name; a new lambda above renumbers those below. */
  private static final Pattern NUMBER = Pattern.compile("\\d+");

  private static final Pattern QUOTED = Pattern.compile("'[^']*'|\"[^\"]*\"|`[^`]*`");

  /** A word with a digit or with something else than letters in it: an id, a name, an address. */
  private static final Pattern WORD = Pattern.compile("\\p{L}+[.,;:!?)]*");

  private Fingerprint() {}

  /** 16 lower-case hexadecimal digits; as in the record that is logged with this exception. */
  public static String of(Throwable error) {
    return of(new ThrowableProxy(error));
  }

  static String of(IThrowableProxy error) {
    List<IThrowableProxy> chain = new ArrayList<>();
    for (IThrowableProxy at = error;
        at != null && !at.isCyclic() && chain.size() < MAX_CAUSES;
        at = at.getCause()) {
      chain.add(at);
    }
    boolean own = chain.stream().anyMatch(Fingerprint::hasOwnFrame);
    StringBuilder parts = new StringBuilder(512);
    boolean anyFrame = false;
    for (IThrowableProxy each : chain) {
      parts.append(className(each.getClassName())).append('\n');
      for (String frame : frames(each, own)) {
        parts.append(' ').append(frame).append('\n');
        anyFrame = true;
      }
    }
    if (!anyFrame) {
      parts.append(shape(error.getMessage()));
    }
    return hash(parts);
  }

  private static boolean hasOwnFrame(IThrowableProxy error) {
    for (StackTraceElementProxy frame : error.getStackTraceElementProxyArray()) {
      if (!isPlatform(frame.getStackTraceElement().getClassName())) {
        return true;
      }
    }
    return false;
  }

  private static boolean isPlatform(String className) {
    for (String platform : PLATFORM) {
      if (className.startsWith(platform)) {
        return true;
      }
    }
    return false;
  }

  private static Collection<String> frames(IThrowableProxy error, boolean own) {
    // A recursion's frames count once: how deep it went is chance.
    Set<String> frames = new LinkedHashSet<>();
    StackTraceElementProxy[] all = error.getStackTraceElementProxyArray();
    for (int i = 0; i < all.length && frames.size() < MAX_FRAMES; i++) {
      StackTraceElement frame = all[i].getStackTraceElement();
      if (!own || !isPlatform(frame.getClassName())) {
        frames.add(className(frame.getClassName()) + '#' + withoutNumbers(frame.getMethodName()));
      }
    }
    return frames;
  }

  private static String className(String name) {
    String lasting =
        name.contains("$$") || name.indexOf('/') >= 0
            ? GENERATED.matcher(name).replaceFirst("")
            : name;
    int inner = lasting.indexOf('$');
    return inner < 0
        ? lasting
        : lasting.substring(0, inner) + withoutNumbers(lasting.substring(inner));
  }

  private static String withoutNumbers(String name) {
    return name.indexOf('$') < 0 ? name : NUMBER.matcher(name).replaceAll("");
  }

  /** What stays of a message when all is taken out of it that differs from case to case. */
  private static String shape(@Nullable String message) {
    if (message == null) {
      return "";
    }
    String bounded = message.substring(0, Math.min(message.length(), MAX_MESSAGE));
    StringBuilder shape = new StringBuilder();
    for (String word : QUOTED.matcher(bounded).replaceAll(" ").split("\\s+", -1)) {
      if (WORD.matcher(word).matches()) {
        shape.append(word).append(' ');
      }
    }
    return shape.toString();
  }

  private static String hash(CharSequence text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(text.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
