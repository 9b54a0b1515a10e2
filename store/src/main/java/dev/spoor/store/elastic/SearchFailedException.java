package dev.spoor.store.elastic;

import java.io.IOException;

/** A search that was answered, but not completely. */
final class SearchFailedException extends IOException {
  private static final long serialVersionUID = 1L;

  private final boolean late;

  SearchFailedException(boolean late, String message) {
    super("Elasticsearch: " + message);
    this.late = late;
  }

  /** Whether time was what it lacked. */
  boolean isLate() {
    return late;
  }
}
