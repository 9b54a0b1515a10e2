package dev.spoor.shipper.alerts;

import dev.spoor.alert.evaluation.Evaluator;
import dev.spoor.contract.wire.Topics;
import dev.spoor.telemetry.shipping.TopicWait;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Evaluates, or stands by. One platform thread.
 *
 * <p>The shippers form a consumer group on the one partition of {@code alerts.state}; who has it
 * evaluates, for a {@link Term}. It reads all partitions of the telemetry topics by itself, from
 * the offsets in the last state, and writes offsets, panes and rule states as one record of {@code
 * alerts.state}, and the alerts that changed to {@code alerts}, in one transaction. The
 * transactional id is the same for all, so that a predecessor that only seemed dead can write no
 * more; what it could not write it does not tell anyone either, since notifications follow the
 * commit.
 *
 * <p>Whatever fails, the answer is the same: forget everything and begin from the last committed
 * state.
 */
final class EvaluatorLoop implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(EvaluatorLoop.class);

  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration TOPICS_LOOK = Duration.ofSeconds(1);
  private static final Duration FIRST_BACKOFF = Duration.ofMillis(200);
  private static final Duration MAX_BACKOFF = Duration.ofSeconds(15);

  private final EvaluatorClients clients;
  private final Term.Office office;
  private final TopicPartition statePartition;

  private @Nullable Consumer<byte[], byte[]> ownership;
  private @Nullable Consumer<byte[], byte[]> reader;
  private @Nullable Term term;
  private boolean owner;
  private long lastLook = System.nanoTime() - Duration.ofHours(1).toNanos();
  private Duration backoff = FIRST_BACKOFF;

  private volatile boolean stopping;

  EvaluatorLoop(EvaluatorClients clients, Term.Office office) {
    this.clients = clients;
    this.office = office;
    this.statePartition = new TopicPartition(office.topics().alertsState(), 0);
  }

  /** Ends the loop soon, after a last state. May be called by any thread. */
  void stop() {
    stopping = true;
  }

  @Override
  public void run() {
    while (!stopping) {
      try {
        awaitTopics();
        Consumer<byte[], byte[]> group = clients.ownership();
        ownership = group;
        Consumer<byte[], byte[]> records = clients.reader();
        reader = records;
        group.subscribe(List.of(office.topics().alertsState()), new Turns());
        while (!stopping) {
          turn(group, records);
        }
        lastState();
      } catch (WakeupException | InterruptException stop) {
        stopping = true;
      } catch (IOException | RuntimeException fault) {
        log.atWarn()
            .setCause(fault)
            .log(
                "alerts cannot be evaluated ({}); begins again from the last state in {} ms",
                fault.getMessage(),
                backoff.toMillis());
        closeAll();
        pauseThread(backoff);
        Duration doubled = backoff.multipliedBy(2);
        backoff = doubled.compareTo(MAX_BACKOFF) > 0 ? MAX_BACKOFF : doubled;
      } finally {
        closeAll();
      }
    }
  }

  private void closeAll() {
    standDown();
    owner = false;
    if (reader != null) {
      reader.close(CloseOptions.timeout(Duration.ofSeconds(1)));
      reader = null;
    }
    if (ownership != null) {
      ownership.close(CloseOptions.timeout(Duration.ofSeconds(2)));
      ownership = null;
    }
  }

  /** A gateway makes the topics, whenever it comes. */
  private void awaitTopics() {
    Topics topics = office.topics();
    List<String> wanted =
        List.of(
            topics.alertsState(), topics.alerts(), topics.telemetry(), topics.telemetryLedger());
    boolean said = false;
    try (Admin admin = clients.admin()) {
      while (!stopping) {
        try {
          TopicWait.until(admin, wanted, TOPICS_LOOK, _ -> {});
          return;
        } catch (TimeoutException notYet) {
          if (!said) {
            said = true;
            log.info(
                "alerts wait for their topics, which a gateway makes when it starts: Kafka {}",
                notYet.getMessage());
          }
        }
      }
    }
  }

  private void turn(Consumer<byte[], byte[]> group, Consumer<byte[], byte[]> records)
      throws IOException {
    // The group is asked first: who is no longer the owner must not begin anything.
    group.poll(owner ? Duration.ZERO : POLL);
    Term now = term;
    if (owner && now == null) {
      term = Term.begin(office, records, clients.transactional());
    } else if (!owner && now != null) {
      standDown();
    } else if (now != null) {
      if (now.turn()) {
        backoff = FIRST_BACKOFF;
      }
    } else if (System.nanoTime() - lastLook >= office.interval().toNanos()) {
      look(records);
    }
  }

  /** What the owner has found, for those who ask here. */
  private void look(Consumer<byte[], byte[]> records) {
    lastLook = System.nanoTime();
    StoredState state = new StateReader(records, office.topics()).last();
    if (state != null) {
      office
          .board()
          .show(Evaluator.restore(office.rules(), state.snapshot(), office.maxSeries()), false);
    }
  }

  private void lastState() {
    Term now = term;
    if (now != null) {
      try {
        now.end();
      } catch (IOException | KafkaException failed) {
        log.warn("the last state was not written; the next evaluator reads a little again", failed);
      }
    }
  }

  private void standDown() {
    Term now = term;
    term = null;
    if (now != null) {
      now.close();
    }
  }

  private void pauseThread(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException stop) {
      stopping = true;
    }
  }

  /** Called within a poll, by the loop's thread. */
  private final class Turns implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      if (partitions.contains(statePartition)) {
        owner = true;
        Consumer<byte[], byte[]> group = ownership;
        if (group != null) {
          group.pause(partitions);
        }
      }
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      if (partitions.contains(statePartition)) {
        lastState();
        owner = false;
      }
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      owner = false;
    }
  }
}
