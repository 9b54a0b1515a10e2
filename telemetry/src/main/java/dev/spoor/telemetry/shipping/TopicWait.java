package dev.spoor.telemetry.shipping;

import dev.spoor.contract.wire.KafkaConnection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Waits for a topic without creating it. A producer that asks a broker for a topic that is not
 * there has it made, with the broker's defaults, wherever {@code auto.create.topics.enable} is on
 * (it is by default); the gateway then refuses to start on a topic with too few partitions.
 */
final class TopicWait {
  private static final long PAUSE_MILLIS = 100;

  private TopicWait() {}

  /**
   * @throws org.apache.kafka.common.errors.TimeoutException if it is not there in time, or no
   *     broker answers; the message says which
   */
  static void until(KafkaConnection kafka, String clientId, String topic, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    String missing = "no broker answers";
    try (Admin admin =
        Admin.create(
            kafka.with(
                Map.of(
                    AdminClientConfig.CLIENT_ID_CONFIG,
                    clientId + "-topic-wait",
                    AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                    1000,
                    AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                    Math.toIntExact(limit.toMillis()),
                    AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                    Math.toIntExact(limit.toMillis()))))) {
      while (true) {
        try {
          long left = Math.max(1, end - System.nanoTime());
          var _ =
              admin.describeTopics(List.of(topic)).allTopicNames().get(left, TimeUnit.NANOSECONDS);
          return;
        } catch (ExecutionException e) {
          if (e.getCause() instanceof UnknownTopicOrPartitionException) {
            missing = "topic " + topic + " does not exist; the gateway creates it when it starts";
          } else {
            missing = String.valueOf(e.getCause());
          }
        } catch (TimeoutException e) {
          // Said below.
        }
        if (System.nanoTime() - end >= 0) {
          throw new org.apache.kafka.common.errors.TimeoutException(missing);
        }
        Thread.sleep(PAUSE_MILLIS);
      }
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }
}
