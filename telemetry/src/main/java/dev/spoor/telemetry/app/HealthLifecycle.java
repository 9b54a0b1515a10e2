package dev.spoor.telemetry.app;

import dev.spoor.telemetry.health.Health;
import org.springframework.context.SmartLifecycle;

/** Probes and samples while the service runs. */
final class HealthLifecycle implements SmartLifecycle {
  private final Health health;
  private volatile boolean running;

  HealthLifecycle(Health health) {
    this.health = health;
  }

  @Override
  public void start() {
    health.start();
    running = true;
  }

  @Override
  public void stop() {
    health.stop();
    running = false;
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** After shipping, before everything that logs and is probed. */
  @Override
  public int getPhase() {
    return ShippingLifecycle.PHASE + 1;
  }
}
