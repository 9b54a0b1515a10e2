package dev.spoor.telemetry.otel;

import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * What the SDK and gRPC log, kept from the log but for DEBUG: of a collector that is away they tell
 * again and again, and we tell once, in their last words. One for the process, as their loggers
 * are.
 */
final class SdkWords extends Handler {
  static final SdkWords HEARD = new SdkWords();

  private static final org.slf4j.Logger log = LoggerFactory.getLogger(SdkWords.class);

  /** Held here: the JDK forgets a logger, and what was set on it, when nobody holds it. */
  private static final List<Logger> TALKERS =
      List.of(Logger.getLogger("io.opentelemetry"), Logger.getLogger("io.grpc"));

  private volatile @Nullable String last;

  private SdkWords() {
    setFormatter(new SimpleFormatter());
  }

  /** From now on they are heard here only. */
  void listen() {
    for (Logger talker : TALKERS) {
      talker.removeHandler(this);
      talker.addHandler(this);
      talker.setUseParentHandlers(false);
      talker.setLevel(Level.INFO);
    }
  }

  /** The last warning, null if there was none. */
  @Nullable String last() {
    return last;
  }

  @Override
  public void publish(LogRecord record) {
    String message = getFormatter().formatMessage(record);
    if (record.getLevel().intValue() >= Level.WARNING.intValue()) {
      last = message;
    }
    log.debug("{}: {}", record.getLoggerName(), message, record.getThrown());
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
