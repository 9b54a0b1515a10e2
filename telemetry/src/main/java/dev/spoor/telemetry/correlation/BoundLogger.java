package dev.spoor.telemetry.correlation;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.event.LoggingEvent;
import org.slf4j.helpers.AbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.LocationAwareLogger;
import org.slf4j.spi.LoggingEventAware;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * A logger that opens a context around each call. What is off costs no more than with the logger
 * behind it.
 */
final class BoundLogger extends AbstractLogger implements LoggingEventAware {
  private static final long serialVersionUID = 1;

  /** Calls come in there: the frame above its last one is the caller's. */
  private static final String BOUNDARY = AbstractLogger.class.getName();

  private final transient Logger logger;
  private final transient LogContext context;

  BoundLogger(Logger logger, LogContext context) {
    this.name = logger.getName();
    this.logger = logger;
    this.context = context;
  }

  @Override
  protected String getFullyQualifiedCallerName() {
    return BOUNDARY;
  }

  @Override
  protected void handleNormalizedLoggingCall(
      Level level,
      @Nullable Marker marker,
      @Nullable String message,
      @Nullable Object @Nullable [] arguments,
      @Nullable Throwable thrown) {
    try (var _ = context.open()) {
      if (logger instanceof LocationAwareLogger aware) {
        aware.log(marker, BOUNDARY, level.toInt(), message, arguments, thrown);
      } else {
        LoggingEventBuilder event = logger.atLevel(level).setCause(thrown);
        if (marker != null) {
          event = event.addMarker(marker);
        }
        event.log(MessageFormatter.basicArrayFormat(message, arguments));
      }
    }
  }

  /** What the fluent calls end in. */
  @Override
  public void log(LoggingEvent event) {
    try (var _ = context.open()) {
      if (logger instanceof LoggingEventAware aware) {
        aware.log(event);
      } else {
        logger
            .atLevel(event.getLevel())
            .setCause(event.getThrowable())
            .log(MessageFormatter.basicArrayFormat(event.getMessage(), event.getArgumentArray()));
      }
    }
  }

  @Override
  public boolean isTraceEnabled() {
    return logger.isTraceEnabled();
  }

  @Override
  public boolean isTraceEnabled(Marker marker) {
    return logger.isTraceEnabled(marker);
  }

  @Override
  public boolean isDebugEnabled() {
    return logger.isDebugEnabled();
  }

  @Override
  public boolean isDebugEnabled(Marker marker) {
    return logger.isDebugEnabled(marker);
  }

  @Override
  public boolean isInfoEnabled() {
    return logger.isInfoEnabled();
  }

  @Override
  public boolean isInfoEnabled(Marker marker) {
    return logger.isInfoEnabled(marker);
  }

  @Override
  public boolean isWarnEnabled() {
    return logger.isWarnEnabled();
  }

  @Override
  public boolean isWarnEnabled(Marker marker) {
    return logger.isWarnEnabled(marker);
  }

  @Override
  public boolean isErrorEnabled() {
    return logger.isErrorEnabled();
  }

  @Override
  public boolean isErrorEnabled(Marker marker) {
    return logger.isErrorEnabled(marker);
  }
}
