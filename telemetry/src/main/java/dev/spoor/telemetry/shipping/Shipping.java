package dev.spoor.telemetry.shipping;

import dev.spoor.contract.wire.Headers;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.telemetry.journal.DropReason;
import dev.spoor.telemetry.journal.Entry;
import dev.spoor.telemetry.journal.Journal;
import dev.spoor.telemetry.journal.JournalReader;
import dev.spoor.telemetry.journal.Journals;
import dev.spoor.telemetry.logging.Pipeline;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that moves journals to the topic {@code telemetry}: this process's own two, and those
 * of dead processes in the same directory. Key is the source, so a source is one partition, in
 * order.
 *
 * <p>A record leaves the journal after Kafka has acknowledged it and all before it. After a failure
 * or a kill the first unacknowledged record and what follows are sent again; readers know a
 * repetition by source and seq. A broker that is away costs nothing but journal: at most {@value
 * #MAX_IN_FLIGHT} records a source and the producer's fixed buffer are in memory.
 */
public final class Shipping {
  private static final Logger log = LoggerFactory.getLogger(Shipping.class);

  private static final int MAX_IN_FLIGHT = 4000;
  private static final int MAX_READ = 500;
  private static final int MAX_READ_BYTES = 1 << 20;
  private static final Duration IDLE = Duration.ofMillis(20);
  private static final Duration FIRST_BACKOFF = Duration.ofMillis(250);
  private static final Duration MAX_BACKOFF = Duration.ofSeconds(10);
  private static final Duration CLOSE = Duration.ofSeconds(1);
  private static final Duration MAX_BLOCK = Duration.ofSeconds(5);

  private final Journals journals;
  private final String topic;
  private final Duration scanInterval;
  private final Function<Map<String, Object>, Producer<byte[], byte[]>> producers;
  private final Map<String, Object> properties;
  private final List<Source> sources = new ArrayList<>();
  private final Thread thread;
  private @Nullable Producer<byte[], byte[]> producer;
  private volatile long drainUntil = Long.MAX_VALUE;
  private volatile boolean stopping;
  private boolean troubled;
  private Duration backoff = FIRST_BACKOFF;
  private long retryAt = System.nanoTime();

  /**
   * @param topic of the records
   * @param scanInterval how often the directory is searched for sources of dead processes
   */
  public Shipping(
      Journals journals,
      KafkaConnection kafka,
      String topic,
      String clientId,
      Duration scanInterval) {
    this(
        journals,
        topic,
        scanInterval,
        properties(kafka, clientId),
        properties -> {
          awaitTopic(kafka, clientId, topic);
          return new KafkaProducer<>(properties);
        });
  }

  Shipping(
      Journals journals,
      String topic,
      Duration scanInterval,
      Map<String, Object> properties,
      Function<Map<String, Object>, Producer<byte[], byte[]>> producers) {
    this.journals = journals;
    this.topic = topic;
    this.scanInterval = scanInterval;
    this.properties = properties;
    this.producers = producers;
    // keep first: what matters goes first when there is much to send.
    sources.add(new Source(journals.keep(), false));
    sources.add(new Source(journals.bulk(), false));
    this.thread = Thread.ofPlatform().name(Pipeline.SHIPPING_CLIENT).daemon().unstarted(this::run);
  }

  private static void awaitTopic(KafkaConnection kafka, String clientId, String topic) {
    int limit = Math.toIntExact(MAX_BLOCK.toMillis());
    try (Admin admin =
        Admin.create(
            kafka.with(
                Map.of(
                    AdminClientConfig.CLIENT_ID_CONFIG,
                    clientId + "-topic-wait",
                    AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                    1000,
                    AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                    limit,
                    AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                    limit)))) {
      TopicWait.until(admin, Set.of(topic), MAX_BLOCK, _ -> {});
    } catch (TimeoutException e) {
      throw new TimeoutException(
          "Kafka " + e.getMessage() + "; the gateway creates the topics when it starts", e);
    }
  }

  private static Map<String, Object> properties(KafkaConnection kafka, String clientId) {
    return kafka.with(
        Map.ofEntries(
            Map.entry(ProducerConfig.CLIENT_ID_CONFIG, Pipeline.SHIPPING_CLIENT + "-" + clientId),
            Map.entry(
                ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class.getName()),
            Map.entry(
                ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class.getName()),
            Map.entry(ProducerConfig.ACKS_CONFIG, "all"),
            Map.entry(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true),
            // With more, a second batch can overtake the first where the log has only just opened,
            // and
            // the first is then refused for ever (KAFKA-15591, not mended in 4.3).
            Map.entry(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 1),
            Map.entry(ProducerConfig.LINGER_MS_CONFIG, 10),
            Map.entry(ProducerConfig.BATCH_SIZE_CONFIG, 128 << 10),
            Map.entry(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4"),
            Map.entry(ProducerConfig.BUFFER_MEMORY_CONFIG, 16L << 20),
            // Only this thread waits; long enough for metadata, short enough to be stopped.
            Map.entry(ProducerConfig.MAX_BLOCK_MS_CONFIG, MAX_BLOCK.toMillis()),
            Map.entry(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 15_000),
            // Kafka's own retries keep the order; ours begin again at the first unacknowledged.
            Map.entry(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 300_000),
            Map.entry(ProducerConfig.RECONNECT_BACKOFF_MS_CONFIG, 100),
            Map.entry(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 5000),
            Map.entry(ProducerConfig.RETRY_BACKOFF_MS_CONFIG, 100),
            Map.entry(ProducerConfig.RETRY_BACKOFF_MAX_MS_CONFIG, 2000)));
  }

  public void start() {
    thread.start();
  }

  /**
   * Lets both journals say their last word and ships what there is, for this long at most. What is
   * left stays on disk for whoever takes it over.
   */
  public void stop(Duration limit) {
    journals.finish();
    drainUntil = System.nanoTime() + limit.toNanos();
    stopping = true;
    try {
      if (!thread.join(limit)) {
        thread.interrupt();
        thread.join(CLOSE.multipliedBy(3));
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
  }

  /** One journal and how far it is sent. Used by the shipping thread only, except for states. */
  private static final class Source {
    final Journal journal;
    final byte[] key;
    final JournalReader reader;
    final boolean inherited;
    final ArrayDeque<InFlight> inFlight = new ArrayDeque<>();
    long acknowledged;
    @Nullable String lastEvent;
    boolean finished;

    Source(Journal journal, boolean inherited) {
      this.journal = journal;
      this.key = journal.source().getBytes(StandardCharsets.US_ASCII);
      this.inherited = inherited;
      this.acknowledged = journal.firstUnshipped() - 1;
      this.reader = new JournalReader(journal, acknowledged + 1);
    }
  }

  /** A record that Kafka has not answered for; the answer comes on the producer's thread. */
  private static final class InFlight {
    final long seq;
    volatile boolean answered;
    @Nullable Exception failure;

    InFlight(long seq) {
      this.seq = seq;
    }

    void answer(@Nullable Exception exception) {
      failure = exception;
      answered = true;
    }
  }

  private void run() {
    long scannedAt = System.nanoTime() - scanInterval.toNanos();
    while (true) {
      try {
        long now = System.nanoTime();
        if (!stopping && now - scannedAt >= scanInterval.toNanos()) {
          scannedAt = now;
          for (Journal journal : journals.takeOver()) {
            sources.add(new Source(journal, true));
          }
        }
        boolean moved = false;
        for (Source source : List.copyOf(sources)) {
          moved |= settle(source);
          moved |= send(source);
        }
        if (stopping && (isDone() || now - drainUntil >= 0)) {
          break;
        }
        if (!moved) {
          LockSupport.parkNanos(IDLE.toNanos());
        }
      } catch (RuntimeException e) {
        trouble(e);
      }
      if (Thread.interrupted() && stopping) {
        break;
      }
    }
    end();
  }

  private boolean isDone() {
    for (Source source : sources) {
      if (!source.inherited && source.journal.counts().inJournal() > 0) {
        return false;
      }
    }
    return true;
  }

  private void end() {
    closeProducer(CLOSE);
    for (Source source : sources) {
      try {
        settle(source);
      } finally {
        source.reader.close();
      }
      if (source.inherited) {
        journals.leave(source.journal);
      }
    }
    journals.close();
  }

  /** Takes in Kafka's answers, from the oldest on. */
  private boolean settle(Source source) {
    boolean moved = false;
    long before = source.acknowledged;
    for (InFlight head = source.inFlight.peek();
        head != null && head.answered;
        head = source.inFlight.peek()) {
      Exception failure = head.failure;
      if (failure == null) {
        source.acknowledged = head.seq;
      } else if (isOfTheRecord(failure)) {
        // Sent again it would fail again: it is given up by name, and the source goes on.
        journalLoss(source, head.seq, failure);
        source.acknowledged = head.seq;
      } else {
        if (!allAnswered(source)) {
          break;
        }
        source.inFlight.clear();
        source.reader.seek(source.acknowledged + 1);
        trouble(failure);
        moved = true;
        break;
      }
      source.inFlight.poll();
      moved = true;
    }
    if (source.acknowledged > before) {
      source.journal.shipped(source.acknowledged + 1);
      recovered();
    }
    return moved;
  }

  private static boolean allAnswered(Source source) {
    for (InFlight each : source.inFlight) {
      if (!each.answered) {
        return false;
      }
    }
    return true;
  }

  private static boolean isOfTheRecord(Exception failure) {
    return failure instanceof RecordTooLargeException
        || failure instanceof InvalidRecordException
        || failure instanceof SerializationException;
  }

  private void journalLoss(Source source, long seq, Exception failure) {
    source.journal.lost(seq, seq, DropReason.TOO_LARGE);
    log.warn(
        "Kafka refuses record {} of {} for itself, it is given up: {}",
        seq,
        source.journal.source(),
        failure.toString());
  }

  private boolean send(Source source) {
    if (System.nanoTime() - retryAt < 0 || hasFailed(source)) {
      return false;
    }
    int room = MAX_IN_FLIGHT - source.inFlight.size();
    if (room <= 0) {
      return false;
    }
    // First: where there is no producer, nothing has been read that would have to be read again.
    Producer<byte[], byte[]> to = producer();
    List<Entry> entries = source.reader.read(Math.min(room, MAX_READ), MAX_READ_BYTES);
    if (entries.isEmpty()) {
      return source.inherited && source.inFlight.isEmpty() && finish(source);
    }
    for (Entry entry : entries) {
      RecordHeaders headers = new RecordHeaders();
      headers.add(new RecordHeader(Headers.EVENT, entry.event()));
      headers.add(
          new RecordHeader(
              Headers.SEQ, Long.toString(entry.seq()).getBytes(StandardCharsets.US_ASCII)));
      InFlight record = new InFlight(entry.seq());
      source.inFlight.add(record);
      try {
        // The callback has the answer, also the one that send() gives at once.
        var _ =
            to.send(
                new ProducerRecord<>(topic, null, null, source.key, entry.payload(), headers),
                (metadata, failure) -> record.answer(failure));
      } catch (RuntimeException e) {
        record.answer(e);
      }
      source.lastEvent = new String(entry.event(), StandardCharsets.US_ASCII);
      if (record.answered && record.failure != null && !isOfTheRecord(record.failure)) {
        // The rest would only fail the same way, after waiting the same time.
        break;
      }
    }
    return true;
  }

  private static boolean hasFailed(Source source) {
    InFlight last = source.inFlight.peekLast();
    InFlight first = source.inFlight.peekFirst();
    return (last != null && last.answered && last.failure != null && !isOfTheRecord(last.failure))
        || (first != null
            && first.answered
            && first.failure != null
            && !isOfTheRecord(first.failure));
  }

  /** An inherited source has been read to its end. */
  private boolean finish(Source source) {
    if (!source.finished) {
      source.finished = true;
      journals.finish(source.journal, source.lastEvent);
      return true;
    }
    if (source.journal.counts().inJournal() == 0) {
      source.reader.close();
      journals.leave(source.journal);
      sources.remove(source);
      log.info("Shipped what was left of {}", source.journal.source());
      return true;
    }
    return false;
  }

  private Producer<byte[], byte[]> producer() {
    Producer<byte[], byte[]> current = producer;
    if (current == null) {
      current = producers.apply(properties);
      producer = current;
    }
    return current;
  }

  /** Says it once; begins again with a new producer after a while. */
  private void trouble(Exception failure) {
    if (!troubled && !stopping) {
      troubled = true;
      log.warn(
          "Telemetry cannot be shipped to {}, {} records wait in the journal: {}",
          topic,
          journals.counts().inJournal(),
          failure.toString());
    }
    retryAt = System.nanoTime() + backoff.toNanos();
    Duration doubled = backoff.multipliedBy(2);
    backoff = doubled.compareTo(MAX_BACKOFF) > 0 ? MAX_BACKOFF : doubled;
    closeProducer(Duration.ZERO);
  }

  private void recovered() {
    backoff = FIRST_BACKOFF;
    if (troubled) {
      troubled = false;
      log.info("Telemetry is shipped again");
    }
  }

  private void closeProducer(Duration limit) {
    Producer<byte[], byte[]> current = producer;
    producer = null;
    if (current != null) {
      try {
        current.close(limit);
      } catch (RuntimeException e) {
        log.debug("The producer did not close", e);
      }
    }
  }
}
