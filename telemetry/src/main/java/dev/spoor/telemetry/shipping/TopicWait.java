package dev.spoor.telemetry.shipping;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Waits for topics without creating them. A producer that asks a broker for a topic that is not
 * there has it made, with the broker's defaults, wherever {@code auto.create.topics.enable} is on
 * (it is by default); the gateway then refuses to start on a topic with too few partitions. Used at
 * the start of every app.
 */
public final class TopicWait {
  private static final long PAUSE_MILLIS = 100;

  private TopicWait() {}

  /**
   * @param missing is told once, if they are not there at the first look, of what is not
   * @return what the brokers say of each, by name
   * @throws TimeoutException if one is not there in time, or no broker answers; the message says
   *     which, and follows "Kafka" in a sentence
   * @throws InterruptException if the thread is interrupted
   */
  public static Map<String, TopicDescription> until(
      Admin admin, Collection<String> topics, Duration limit, Consumer<String> missing) {
    long end = System.nanoTime() + limit.toNanos();
    boolean told = false;
    try {
      while (true) {
        Map<String, TopicDescription> found = new HashMap<>();
        List<String> absent = new ArrayList<>();
        String fault = null;
        Map<String, KafkaFuture<TopicDescription>> asked =
            admin.describeTopics(topics).topicNameValues();
        for (Map.Entry<String, KafkaFuture<TopicDescription>> each : asked.entrySet()) {
          String topic = each.getKey();
          try {
            long left = Math.max(1, end - System.nanoTime());
            found.put(topic, each.getValue().get(left, TimeUnit.NANOSECONDS));
          } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
              absent.add(topic);
            } else {
              fault = String.valueOf(e.getCause());
            }
          } catch (java.util.concurrent.TimeoutException e) {
            fault = "does not answer";
          }
        }
        if (found.size() == topics.size()) {
          return found;
        }
        String now = fault != null ? fault : "lacks " + String.join(", ", absent);
        if (System.nanoTime() - end >= 0) {
          throw new TimeoutException(now);
        }
        if (!told) {
          told = true;
          missing.accept(now);
        }
        Thread.sleep(PAUSE_MILLIS);
      }
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }
}
