package dev.spoor.worker;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** What this process logs, with the fields of the thread that logged it. */
final class HeardRecords extends AppenderBase<ILoggingEvent> implements AutoCloseable {
  private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();
  private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);

  HeardRecords() {
    start();
    root.addAppender(this);
  }

  @Override
  protected void append(ILoggingEvent event) {
    // Before another thread reads it: the MDC is asked for on the thread that logs.
    event.prepareForDeferredProcessing();
    events.add(event);
  }

  /** Of the first record with this message. */
  Map<String, String> fieldsOf(String message) {
    return events.stream()
        .filter(event -> event.getFormattedMessage().equals(message))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no record '" + message + "'"))
        .getMDCPropertyMap();
  }

  @Override
  public void close() {
    root.detachAppender(this);
    stop();
  }
}
