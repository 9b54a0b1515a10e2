package dev.spoor.alert.evaluation;

/**
 * How much the panes of all series may hold together, and how much they do, in bytes as {@link
 * Pane#sizeBytes} estimates them. Not thread-safe.
 */
final class Room {
  private final long maxBytes;
  private long usedBytes;

  Room(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * Whether a pane may be made or grow. A quarter is kept for series without labels: their number
   * does not depend on what records say, so those of others must not blind them.
   *
   * @param labelled whether it is one of a rule that groups
   */
  boolean isLeft(boolean labelled) {
    return usedBytes < (labelled ? maxBytes - maxBytes / 4 : maxBytes);
  }

  /**
   * @param bytes negative for what is given back
   */
  void take(long bytes) {
    usedBytes += bytes;
  }
}
