package dev.spoor.system.rolling;

/** How long a caller was without a good answer, at most, after the first. Thread-safe. */
final class Gaps {
  private long answers;
  private long lastNanos;
  private long longestNanos;

  synchronized void good() {
    long now = System.nanoTime();
    if (answers > 0) {
      longestNanos = Math.max(longestNanos, now - lastNanos);
    }
    lastNanos = now;
    answers++;
  }

  synchronized String told() {
    return answers + " good answers, at most " + longestNanos / 1_000_000 + " ms between two";
  }
}
