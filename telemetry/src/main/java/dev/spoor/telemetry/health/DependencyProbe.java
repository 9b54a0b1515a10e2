package dev.spoor.telemetry.health;

/**
 * Asks one dependency whether it is there. An app contributes one bean for each dependency; they
 * are asked in the background, one after another a probe, so a probe need not be thread-safe.
 */
public interface DependencyProbe {
  /** The key below {@code dependencies} in {@code /health}, for example {@code kafka}. */
  String name();

  /**
   * Whether the app can do nothing without it: then its loss is {@code unhealthy}, else {@code
   * degraded}.
   */
  boolean essential();

  /**
   * Returns if the dependency answers. May block; it is interrupted after its time limit.
   *
   * @throws Exception if it does not; the message is logged, never shown at {@code /health}
   */
  void check() throws Exception;
}
