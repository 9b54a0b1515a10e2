package dev.spoor.broker;

import org.jspecify.annotations.Nullable;

/** The broker cannot start; the message is one sentence that says why and what to do. */
public final class BrokerStartException extends RuntimeException {
  BrokerStartException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
