package dev.spoor.gateway.ledgerhost;

import dev.spoor.gateway.ledger.Output;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * Writes dispatches to the queues, outside of the transaction that they follow from and after it.
 * So there are no transaction markers on a queue: a share consumer (4.3.1) that fetches nothing but
 * a marker never acknowledges it, and the partition stands still at it until its lock ends
 * (decision 0010).
 *
 * <p>What a transaction dispatched is acknowledged before the next one commits. So a ledger that is
 * killed leaves no more than its last transaction undispatched, and whoever takes over writes that
 * once more. Used by the ledger's thread only.
 */
final class Dispatcher implements AutoCloseable {
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

  private final Supplier<Producer<byte[], byte[]>> producers;
  private final Outbox outbox;
  private final List<Future<RecordMetadata>> sent = new ArrayList<>();
  private @Nullable Producer<byte[], byte[]> producer;

  Dispatcher(Supplier<Producer<byte[], byte[]>> producers, Outbox outbox) {
    this.producers = producers;
    this.outbox = outbox;
  }

  void send(int partition, Output.Queue output) {
    Producer<byte[], byte[]> to = producer;
    if (to == null) {
      to = producers.get();
      producer = to;
    }
    sent.add(to.send(outbox.record(partition, output)));
  }

  /**
   * Waits until the queues have all that was sent.
   *
   * @throws IllegalStateException if that cannot be known: read back what is committed, and send it
   *     again
   */
  void await() {
    try {
      for (Future<RecordMetadata> each : sent) {
        each.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("jobs could not be put on their queue", e.getCause());
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
    sent.clear();
  }

  /** Forgets what is under way. */
  void drop() {
    sent.clear();
    Producer<byte[], byte[]> old = producer;
    producer = null;
    if (old != null) {
      old.close(Duration.ZERO);
    }
  }

  /** Sends what is left, within a limit. */
  @Override
  public void close() {
    Producer<byte[], byte[]> old = producer;
    producer = null;
    if (old != null) {
      old.close(CLOSE_LIMIT);
    }
  }
}
