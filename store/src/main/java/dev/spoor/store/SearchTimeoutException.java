package dev.spoor.store;

import java.io.IOException;

/** A search took longer than it was allowed to; no part of the result is given. */
public final class SearchTimeoutException extends IOException {
  private static final long serialVersionUID = 1L;

  public SearchTimeoutException(String message) {
    super(message);
  }
}
