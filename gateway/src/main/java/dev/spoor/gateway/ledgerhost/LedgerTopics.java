package dev.spoor.gateway.ledgerhost;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/** Asks the cluster about the ledger's topics. */
final class LedgerTopics {
  private static final long TIMEOUT_S = 10;

  private LedgerTopics() {}

  /** A topic that was deleted and made again has another id. */
  static String id(Admin admin, String topic) {
    return Objects.requireNonNull(
            get(admin.describeTopics(List.of(topic)).allTopicNames(), TIMEOUT_S).get(topic))
        .topicId()
        .toString();
  }

  /** The end of a partition, open transactions included. */
  static long end(Admin admin, TopicPartition partition) {
    return get(
            admin.listOffsets(Map.of(partition, OffsetSpec.latest())).partitionResult(partition),
            TIMEOUT_S)
        .offset();
  }

  static <T> T get(KafkaFuture<T> future, long seconds) {
    try {
      return future.get(seconds, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException("Kafka did not answer: " + e.getMessage(), e);
    } catch (TimeoutException e) {
      throw new IllegalStateException("Kafka did not answer within " + seconds + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
