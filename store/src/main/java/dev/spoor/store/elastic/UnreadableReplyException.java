package dev.spoor.store.elastic;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** An answer from which it cannot be told what was done: for us, nothing. */
final class UnreadableReplyException extends IOException {
  private static final long serialVersionUID = 1L;

  UnreadableReplyException(String what, @Nullable Throwable cause) {
    super("Elasticsearch gave " + what, cause);
  }
}
