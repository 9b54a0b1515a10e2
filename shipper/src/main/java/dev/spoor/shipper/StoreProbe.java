package dev.spoor.shipper;

import dev.spoor.store.TelemetryStore;
import dev.spoor.telemetry.health.DependencyProbe;
import java.util.function.BooleanSupplier;

/**
 * Asks the store, and whether anything still goes into it. Not essential: while it is down records
 * wait in Kafka and nothing is lost.
 */
final class StoreProbe implements DependencyProbe {
  private final TelemetryStore store;
  private final BooleanSupplier intakeRuns;

  StoreProbe(TelemetryStore store, BooleanSupplier intakeRuns) {
    this.store = store;
    this.intakeRuns = intakeRuns;
  }

  @Override
  public String name() {
    return "store";
  }

  @Override
  public boolean essential() {
    return false;
  }

  @Override
  public void check() throws Exception {
    if (!intakeRuns.getAsBoolean()) {
      throw new IllegalStateException("the intake does not run: nothing is stored");
    }
    store.check();
  }
}
