package dev.spoor.gateway.ledgerhost;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.Priority;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.ledger.QueueStats;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.Topics;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every second, for each partition that is served here: a tick, so that time moves on where nothing
 * happens, and what the partition counts. Called by one thread.
 */
final class LedgerPulse {
  private static final Logger log = LoggerFactory.getLogger(LedgerPulse.class);
  private static final int RATE_SECONDS = 60;

  private final Topics topics;
  private final Producer<byte[], byte[]> producer;
  private final Collection<OwnedPartition> owned;
  private final String instance;
  private final Supplier<String> ownerUrl;
  private final Clock clock;
  private final Map<Integer, EndedRate> rates = new ConcurrentHashMap<>();

  LedgerPulse(
      Topics topics,
      Producer<byte[], byte[]> producer,
      Collection<OwnedPartition> owned,
      String instance,
      Supplier<String> ownerUrl,
      Clock clock) {
    this.topics = topics;
    this.producer = producer;
    this.owned = owned;
    this.instance = instance;
    this.ownerUrl = ownerUrl;
    this.clock = clock;
  }

  void beat() {
    byte[] tick = Json.write(new LedgerInput.Tick());
    for (OwnedPartition partition : owned) {
      OwnedPartition.Snapshot snapshot = partition.snapshot();
      if (snapshot == null) {
        rates.remove(partition.partition);
        continue;
      }
      send(new ProducerRecord<>(topics.ledgerIn(), partition.partition, null, tick));
      QueueStats stats = stats(partition.partition, snapshot);
      send(
          new ProducerRecord<>(
              topics.queueStats(),
              Integer.toString(partition.partition).getBytes(UTF_8),
              Json.write(stats)));
    }
  }

  private void send(ProducerRecord<byte[], byte[]> record) {
    var _ =
        producer.send(
            record,
            (metadata, e) -> {
              if (e != null) {
                log.debug("A tick or a count was not written; the next one will be", e);
              }
            });
  }

  private QueueStats stats(int partition, OwnedPartition.Snapshot snapshot) {
    Map<JobStatus, Long> depth = new EnumMap<>(JobStatus.class);
    Map<Priority, Long> byPriority = new EnumMap<>(Priority.class);
    snapshot
        .facts()
        .depth()
        .forEach((status, row) ->
            row.forEach((priority, n) -> {
              depth.merge(status, n, Long::sum);
              if (status != JobStatus.RUNNING) {
                byPriority.merge(priority, n, Long::sum);
              }
            }));
    EndedRate rate = rates.computeIfAbsent(partition, p -> new EndedRate());
    return new QueueStats(
        partition,
        instance,
        ownerUrl.get(),
        clock.instant(),
        depth,
        byPriority,
        new HashMap<>(snapshot.facts().byTenant()),
        snapshot.oldestQueuedAt(),
        snapshot.workers(),
        rate.perSecond(snapshot.facts().ended()));
  }

  /** Jobs ended over the last minute; the first beat knows of none before it. */
  private static final class EndedRate {
    private final long[] counts = new long[RATE_SECONDS];
    private int beats;

    double perSecond(long ended) {
      int back = Math.min(beats, RATE_SECONDS);
      long before = back == 0 ? ended : counts[(beats - back) % RATE_SECONDS];
      counts[beats % RATE_SECONDS] = ended;
      beats++;
      return back == 0 ? 0 : (double) (ended - before) / back;
    }
  }

  void close() {
    producer.close(Duration.ofSeconds(1));
  }
}
