package dev.spoor.telemetry.app;

import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.telemetry.journal.Journals;
import dev.spoor.telemetry.shipping.Shipping;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/**
 * Ships from before anything else starts until everything else has stopped: what the others log
 * while they stop is shipped too.
 */
final class ShippingLifecycle implements SmartLifecycle {
  /** Starts first, stops last; a broker in the same process must outlive it. */
  static final int PHASE = Integer.MIN_VALUE + 1000;

  private final Optional<Journals> journals;
  private final Supplier<KafkaConnection> kafka;
  private final Supplier<String> topic;
  private final String clientId;
  private final Duration scanInterval;
  private final Duration stopTimeout;
  private @Nullable Shipping shipping;

  /**
   * @param journals empty if another context ships them
   * @param kafka asked at start, not before: the bean may wait for a broker in this process
   */
  ShippingLifecycle(
      Optional<Journals> journals,
      Supplier<KafkaConnection> kafka,
      Supplier<String> topic,
      String clientId,
      Duration scanInterval,
      Duration stopTimeout) {
    this.journals = journals;
    this.kafka = kafka;
    this.topic = topic;
    this.clientId = clientId;
    this.scanInterval = scanInterval;
    this.stopTimeout = stopTimeout;
  }

  @Override
  public void start() {
    if (journals.isPresent()) {
      Shipping starting =
          new Shipping(journals.get(), kafka.get(), topic.get(), clientId, scanInterval);
      starting.start();
      shipping = starting;
    }
  }

  @Override
  public void stop() {
    Shipping stopping = shipping;
    shipping = null;
    if (stopping != null) {
      stopping.stop(stopTimeout);
    }
  }

  @Override
  public boolean isRunning() {
    return shipping != null;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }
}
