package dev.spoor.store.elastic;

import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A value with the number of the commit that it was written with, and what it was before: whoever
 * finds the number of a commit that never was takes what was before.
 */
record Versioned(Value current, @Nullable Value before) {
  static final String COMMIT = "commit";

  private static final String VALUE = "value";
  private static final String BEFORE = "before";
  private static final String BEFORE_COMMIT = "before_commit";

  /**
   * A value as of a commit.
   *
   * @param commit 0 if there is none
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Value(long commit, byte[] bytes) {
    static final Value NONE = new Value(0, new byte[0]);
  }

  /** Reads what {@link #write} has put; null for what was put back to not existing. */
  static @Nullable Versioned read(JsonNode source) {
    JsonNode before = source.path(BEFORE);
    Value current = new Value(source.path(COMMIT).asLong(), decode(source.path(VALUE)));
    if (current.commit == 0 && before.isMissingNode()) {
      return null;
    }
    return new Versioned(
        current,
        before.isMissingNode()
            ? null
            : new Value(source.path(BEFORE_COMMIT).asLong(), decode(before)));
  }

  void write(Map<String, Object> document) {
    document.put(COMMIT, current.commit);
    document.put(VALUE, Base64.getEncoder().encodeToString(current.bytes));
    if (before != null) {
      document.put(BEFORE_COMMIT, before.commit);
      document.put(BEFORE, Base64.getEncoder().encodeToString(before.bytes));
    }
  }

  /** What counts, null if that is nothing. */
  @Nullable Value asOf(Offset offset) {
    return offset.covers(current.commit) ? current : before;
  }

  private static byte[] decode(JsonNode text) {
    return Base64.getDecoder().decode(text.asString());
  }
}
