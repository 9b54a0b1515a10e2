package dev.spoor.broker;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.loader.LoaderManifest;
import org.apache.kafka.image.loader.MetadataLoader;
import org.apache.kafka.image.publisher.MetadataPublisher;
import org.apache.kafka.metadata.BrokerRegistration;

/**
 * The registration that a killed broker has left behind. As long as the controller takes it for
 * alive, no new broker may start.
 *
 * <p>Otherwise transactions lose their ends, in Kafka 4.3.1: the new broker is first told what the
 * controller remembers, that it leads all partitions, and its transaction coordinator goes on with
 * commits that the kill has interrupted. A moment later the dead registration expires and no
 * partition has a leader. For the coordinator a partition without a leader is a deleted one ({@code
 * KRaftMetadataCache.getPartitionLeaderEndpoint} says nothing of either, and {@code
 * TransactionMarkerChannelManager.addTxnMarkersToBrokerQueue} skips it): it writes no marker there
 * and calls the transaction complete. The partition's readers then wait at a transaction that
 * nobody ends, and offsets that went with it stay unstable.
 */
final class DeadRegistration implements MetadataPublisher {
  private final int brokerId;
  private final CompletableFuture<Void> gone = new CompletableFuture<>();

  private DeadRegistration(int brokerId) {
    this.brokerId = brokerId;
  }

  /**
   * Returns at once if there is none or the broker was stopped in order; else when the session of
   * the dead one is over.
   *
   * @param loader of the controller, which has started
   * @throws TimeoutException if the controller knows nothing or still believes in it after the
   *     limit
   */
  static void await(MetadataLoader loader, int brokerId, Duration limit)
      throws TimeoutException, InterruptedException {
    DeadRegistration dead = new DeadRegistration(brokerId);
    var _ =
        loader
            .installPublishers(List.of(dead))
            .whenComplete((_, failed) -> {
              if (failed != null) {
                dead.gone.completeExceptionally(failed);
              }
            });
    try {
      dead.gone.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException late) {
      throw new TimeoutException(
          "the controller has not let go of the broker that ran here before within " + limit);
    } catch (ExecutionException failed) {
      throw new IllegalStateException("the controller's metadata cannot be read", failed);
    } finally {
      var _ = loader.removeAndClosePublisher(dead);
    }
  }

  @Override
  public String name() {
    return "DeadRegistration";
  }

  @Override
  public void onMetadataUpdate(MetadataDelta delta, MetadataImage image, LoaderManifest manifest) {
    BrokerRegistration registration = image.cluster().broker(brokerId);
    if (registration == null || registration.fenced()) {
      gone.complete(null);
    }
  }

  @Override
  public void close() {}
}
