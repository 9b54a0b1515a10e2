package dev.spoor.shipper.ingest;

import dev.spoor.contract.wire.Headers;
import dev.spoor.shipper.stats.Resolution;
import dev.spoor.shipper.stats.StatsSettings;
import dev.spoor.store.Checkpoint;
import dev.spoor.store.PartitionId;
import dev.spoor.store.Refusal;
import dev.spoor.store.TelemetryRecord;
import dev.spoor.store.TelemetryStore;
import dev.spoor.store.query.TimeSpan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop that takes records from the topics into the store. One platform thread.
 *
 * <p>The store's checkpoint is the only truth about how far a partition has been read; the group's
 * offsets in Kafka follow it, so that its lag can be seen, and are not read. So a record is dealt
 * with once, whatever dies: it is stored, known as a duplicate, or set aside, and only then does
 * the checkpoint pass it, in the same commit.
 *
 * <p>Whatever fails, store or broker, the answer is the same: forget what was not committed, pause,
 * and read it again from the checkpoint when the store can say where that is. Nothing is buffered
 * beyond one poll and what lies in the store's uncommitted part.
 *
 * <p>With several shippers the group shares the partitions out. A shipper with a store of its own
 * disk that is given a partition for the first time reads all of it, and one that gets it back goes
 * on where it was: each store has each record once, and only those of the partitions it has had.
 * Stores that all shippers share do not have this limit.
 */
final class Intake implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(Intake.class);

  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);
  private static final Duration STATS_RETENTION_INTERVAL = Duration.ofMinutes(10);

  /** Parsed records weigh many times their bytes, so a poll is written in pieces of this size. */
  private static final int PIECE_BYTES = 2 * 1024 * 1024;

  private final Consumer<byte[], byte[]> consumer;
  private final Collection<String> topics;
  private final TelemetryStore store;
  private final DeadLetters deadLetters;
  private final Decoder decoder;
  private final IntakeMeters meters;
  private final Clock clock;
  private final IntakeSettings settings;
  private final StatsSettings statsSettings;

  private final Map<TopicPartition, Reading> readings = new HashMap<>();
  private final Set<TopicPartition> unread = new HashSet<>();

  /** First offset that was never received, for all partitions that this process has ever had. */
  private final Map<TopicPartition, Long> receivedUpTo = new HashMap<>();

  private @Nullable Piece underWay;
  private boolean mustGoBack;
  private Duration backoff = FIRST_BACKOFF;
  private long dirtySince;
  private boolean dirty;
  private boolean backlog;
  private long uncommittedBytes;
  private boolean largeStats;
  private Instant nextStatsRetention = Instant.MIN;

  /** Commits of which nobody knows whether they are durable. The next checkpoint says it. */
  private final Map<TopicPartition, Attempt> unknown = new HashMap<>();

  private final Refresher refresher;
  private final Handbacks handbacks;
  private volatile boolean stopping;

  /** What is counted once a partition is committed up to this offset. */
  private record Attempt(long nextOffset, Reading.Outcome outcome) {}

  /** Records that the store is taking, while the next ones are made ready. */
  private record Piece(List<Pending> records, TelemetryStore.Writing writing) {}

  /** A record on its way into the store, and where it came from in case the store refuses it. */
  private record Pending(
      TelemetryRecord record, ConsumerRecord<byte[], byte[]> origin, Reading reading) {}

  Intake(
      Consumer<byte[], byte[]> consumer,
      Collection<String> topics,
      TelemetryStore store,
      DeadLetters deadLetters,
      IntakeMeters meters,
      Clock clock,
      IntakeSettings settings,
      StatsSettings statsSettings) {
    this.consumer = consumer;
    this.topics = topics;
    this.store = store;
    this.deadLetters = deadLetters;
    this.decoder = new Decoder(settings.maxRecordBytes());
    this.meters = meters;
    this.clock = clock;
    this.settings = settings;
    this.statsSettings = statsSettings;
    this.handbacks = new Handbacks(store, decoder, clock);
    this.refresher = new Refresher(store, meters, clock);
  }

  /** Ends the loop after a last commit. May be called by any thread. */
  void stop() {
    stopping = true;
    consumer.wakeup();
  }

  /**
   * Hands letters back, to be stored by this loop as the records that they were. May be called by
   * any thread. A letter is stored once, however often it is handed back: the trail knows what is
   * aside, and changes in the commit that makes the record durable.
   *
   * @param dryRun nothing is stored, and the answer says what would be offered to the store
   * @return fails with an {@link IOException} if it is not known what became of them: hand them
   *     back again
   */
  CompletableFuture<HandedBack> handBack(List<Letter> letters, boolean dryRun) {
    return handbacks.add(letters, dryRun);
  }

  @Override
  public void run() {
    try {
      awaitTopics();
      consumer.subscribe(topics, new Shares());
      while (!stopping) {
        try {
          turn();
        } catch (WakeupException stop) {
          // Only stop() wakes us up; the loop's condition says so.
        } catch (InterruptException stop) {
          stopping = true;
        } catch (IOException | KafkaException failed) {
          failed(failed);
        }
      }
      lastCommit();
    } catch (RuntimeException | Error fault) {
      // Nobody restarts this thread. The health probe sees that it is gone.
      log.error("the intake has ended by a fault of its own: nothing is stored any more", fault);
      throw fault;
    } finally {
      handbacks.refuse("the shipper stops");
      deadLetters.close();
      refresher.close();
      consumer.close(
          org.apache.kafka.clients.consumer.CloseOptions.timeout(settings.stopTimeout()));
    }
  }

  /** A gateway makes the topics. Until it has, there is nothing to do and nothing is wrong. */
  private void awaitTopics() {
    boolean said = false;
    while (!stopping) {
      try {
        boolean all = true;
        for (String topic : topics) {
          List<PartitionInfo> partitions = consumer.partitionsFor(topic, Duration.ofSeconds(5));
          all &= partitions != null && !partitions.isEmpty();
        }
        if (all) {
          return;
        }
      } catch (WakeupException stop) {
        return;
      } catch (InterruptException stop) {
        stopping = true;
        return;
      } catch (KafkaException notYet) {
        log.debug("the topics cannot be looked up yet", notYet);
      }
      if (!said) {
        said = true;
        log.info("waiting for the topics {}, which a gateway makes when it starts", topics);
      }
      pauseThread(Duration.ofMillis(250));
    }
  }

  private void turn() throws IOException {
    if (mustGoBack) {
      goBack();
    }
    if (!unread.isEmpty()) {
      begin();
    }
    ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
    if (mustGoBack) {
      // A rebalance within the poll failed to commit; these records will be read again.
      return;
    }
    take(records);
    takeLetters();
    if (refresher.hasEnded()) {
      refresher.await();
    }
    if (!dirty) {
      if (refresher.isOwed()) {
        refresher.begin();
      }
    } else if (isDue()) {
      settle();
    }
    if (!records.isEmpty()) {
      backoff = FIRST_BACKOFF;
    }
  }

  private boolean isDue() {
    Duration interval = backlog ? settings.catchUpInterval() : settings.commitInterval();
    return largeStats
        || uncommittedBytes >= settings.maxUncommittedBytes()
        || System.nanoTime() - dirtySince >= interval.toNanos();
  }

  /** New partitions: from where the store has them. */
  private void begin() throws IOException {
    for (TopicPartition partition : List.copyOf(unread)) {
      Reading reading =
          new Reading(
              store.checkpoint(new PartitionId(partition.topic(), partition.partition())),
              store,
              statsSettings);
      Attempt attempt = unknown.remove(partition);
      if (attempt != null && reading.nextOffset >= attempt.nextOffset) {
        // It was durable, and only its answer was lost: nobody will deal with these again.
        count(attempt.outcome);
      }
      consumer.seek(partition, reading.nextOffset);
      // What an earlier process received is not in this one's figures.
      receivedUpTo.merge(partition, reading.nextOffset, Math::max);
      readings.put(partition, reading);
      consumer.resume(List.of(partition));
      unread.remove(partition);
    }
  }

  private void take(ConsumerRecords<byte[], byte[]> records) throws IOException {
    if (records.isEmpty()) {
      backlog = false;
      return;
    }
    markDirty();
    List<Pending> piece = new ArrayList<>();
    int pieceBytes = 0;
    for (TopicPartition partition : records.partitions()) {
      Reading reading = readings.get(partition);
      if (reading == null) {
        continue;
      }
      long firstNew = receivedUpTo.getOrDefault(partition, 0L);
      long received = 0;
      for (ConsumerRecord<byte[], byte[]> record : records.records(partition)) {
        if (record.offset() >= firstNew) {
          received++;
        }
        reading.nextOffset = record.offset() + 1;
        reading.changed = true;
        takeOne(record, reading, piece);
        int size = Math.max(0, record.serializedValueSize());
        pieceBytes += size;
        uncommittedBytes += size;
        if (pieceBytes >= PIECE_BYTES) {
          write(piece);
          piece = new ArrayList<>();
          pieceBytes = 0;
        }
      }
      meters.received(received);
      receivedUpTo.merge(partition, reading.nextOffset, Math::max);
      OptionalLong lag = consumer.currentLag(partition);
      if (lag.isPresent()) {
        meters.lag().set(partition.topic(), partition.partition(), lag.getAsLong());
        backlog = lag.getAsLong() > 5_000;
      }
    }
    write(piece);
  }

  private void takeLetters() throws IOException {
    while (handbacks.takeNext(readings)) {
      if (handbacks.waitsForCommit()) {
        markDirty();
        settle();
      } else if (!dirty) {
        handbacks.answer();
      }
    }
  }

  private void markDirty() {
    if (!dirty) {
      dirty = true;
      dirtySince = System.nanoTime();
    }
  }

  private void takeOne(
      ConsumerRecord<byte[], byte[]> record, Reading reading, List<Pending> piece) {
    Instant kafkaTime = Instant.ofEpochMilli(Math.max(0, record.timestamp()));
    switch (decoder.decode(record.key(), record.value(), kafkaTime)) {
      case Decoded.Good(TelemetryRecord read) -> {
        switch (reading.trail.arrived(read.source(), read.seq(), read.fields(), kafkaTime)) {
          case NEW -> piece.add(new Pending(read, record, reading));
          case DUPLICATE -> reading.outcome.duplicates++;
          case TOO_MANY_HOLES ->
              setAside(
                  record,
                  reading,
                  identity(read),
                  DeadLetterReason.TOO_MANY_HOLES,
                  "the source " + read.source() + " has too many holes");
        }
      }
      case Decoded.Bad(DeadLetterReason reason, String detail) -> {
        // Key and headers may say whose it is, so that it is not missed for ever.
        String source = source(record);
        Long seq = seq(record);
        if (reason != DeadLetterReason.WRONG_KEY && source != null && seq != null) {
          switch (reading.trail.unreadable(source, seq, kafkaTime)) {
            case NEW, TOO_MANY_HOLES ->
                setAside(record, reading, source + "-" + seq, reason, detail);
            case DUPLICATE -> reading.outcome.duplicates++;
          }
        } else {
          setAside(record, reading, null, reason, detail);
        }
      }
    }
  }

  private void setAside(
      ConsumerRecord<byte[], byte[]> record,
      Reading reading,
      @Nullable String identity,
      DeadLetterReason reason,
      String detail) {
    deadLetters.add(record, identity, reason, detail);
    reading.outcome.deadLettered.merge(reason, 1L, Long::sum);
  }

  private void write(List<Pending> piece) throws IOException {
    if (piece.isEmpty()) {
      return;
    }
    Piece before = underWay;
    underWay = new Piece(piece, store.begin(piece.stream().map(Pending::record).toList()));
    finish(before);
  }

  private void finish(@Nullable Piece written) throws IOException {
    if (written == null) {
      return;
    }
    List<Pending> piece = written.records;
    Set<Integer> refused = new HashSet<>();
    for (Refusal refusal : written.writing.await()) {
      Pending pending = piece.get(refusal.position());
      pending.reading.trail.refused(pending.record.source(), pending.record.seq());
      setAside(
          pending.origin,
          pending.reading,
          identity(pending.record),
          DeadLetterReason.REFUSED,
          refusal.detail());
      refused.add(refusal.position());
    }
    Instant now = clock.instant();
    for (int i = 0; i < piece.size(); i++) {
      if (!refused.contains(i)) {
        Pending pending = piece.get(i);
        TelemetryRecord record = pending.record;
        pending.reading.outcome.stored++;
        refresher.taken(
            TimeSpan.nanos(record.timestamp()), now.toEpochMilli() - pending.origin.timestamp());
        pending.reading.stats.add(record.fields(), record.timestamp(), now);
        largeStats |= pending.reading.stats.isLarge();
      }
    }
  }

  /** Makes everything that was taken durable, and searchable if it is due. */
  private void settle() throws IOException {
    Piece last = underWay;
    underWay = null;
    finish(last);
    // 1. Dead letters first: if we die after this, they are sent again; the other way round they
    //    would be lost.
    deadLetters.flush();
    // 2. Records, trails and offsets in one step.
    List<Checkpoint> progress = new ArrayList<>();
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    readings.forEach((partition, reading) -> {
      if (reading.changed) {
        progress.add(
            new Checkpoint(
                reading.id,
                reading.nextOffset,
                reading.trail.takeChanges(),
                reading.stats.takeChanges()));
        offsets.put(partition, new OffsetAndMetadata(reading.nextOffset));
        unknown.put(partition, new Attempt(reading.nextOffset, reading.outcome));
        reading.outcome = new Reading.Outcome();
        reading.changed = false;
      }
    });
    deleteOldStats();
    store.commit(progress);
    // 3. From here on it is done; what follows is for people who watch.
    offsets
        .keySet()
        .forEach(partition -> {
          Attempt attempt = unknown.remove(partition);
          if (attempt != null) {
            count(attempt.outcome);
          }
        });
    meters.handedBack(handbacks.stored());
    refresher.committed();
    clearUncommitted();
    if (handbacks.isAwaited()) {
      refresher.begin();
      refresher.await();
    } else if (refresher.isDue()) {
      refresher.begin();
    }
    handbacks.answer();
    consumer.commitAsync(
        offsets,
        (committed, failed) -> {
          if (failed != null) {
            log.debug("the group's offsets were not written; the store has them", failed);
          }
        });
    backoff = FIRST_BACKOFF;
  }

  private void count(Reading.Outcome outcome) {
    meters.stored(outcome.stored);
    meters.duplicates(outcome.duplicates);
    outcome.deadLettered.forEach(meters::deadLettered);
  }

  private void deleteOldStats() throws IOException {
    Instant now = clock.instant();
    if (now.isBefore(nextStatsRetention)) {
      return;
    }
    nextStatsRetention = now.plus(STATS_RETENTION_INTERVAL);
    for (Resolution resolution : Resolution.values()) {
      store.deleteSummaries(
          resolution.span(), resolution.start(now.minus(statsSettings.retention(resolution))));
    }
  }

  private void clearUncommitted() {
    underWay = null;
    uncommittedBytes = 0;
    largeStats = false;
    handbacks.clearUncommitted();
    dirty = false;
  }

  private void failed(Exception failure) {
    mustGoBack = true;
    handbacks.refuse("the store does not take records now");
    log.atWarn()
        .setCause(backoff.equals(FIRST_BACKOFF) ? failure : null)
        .log(
            "records cannot be stored ({}); the same ones are tried again in {} ms",
            failure.getMessage(),
            backoff.toMillis());
    try {
      consumer.pause(consumer.assignment());
      // Polling while paused keeps our place in the group.
      long end = System.nanoTime() + backoff.toNanos();
      while (!stopping && System.nanoTime() - end < 0) {
        consumer.poll(POLL);
      }
    } catch (WakeupException stop) {
      // The loop's condition says so.
    } catch (InterruptException stop) {
      stopping = true;
    } catch (KafkaException again) {
      log.debug("Kafka fails too", again);
      pauseThread(backoff);
    }
    Duration next = backoff.multipliedBy(2);
    backoff = next.compareTo(settings.maxBackoff()) > 0 ? settings.maxBackoff() : next;
  }

  private void pauseThread(Duration pause) {
    try {
      Thread.sleep(pause);
    } catch (InterruptedException stop) {
      stopping = true;
    }
  }

  /** Everything from the last commit again. */
  private void goBack() throws IOException {
    deadLetters.forget();
    refresher.forget();
    clearUncommitted();
    readings.clear();
    unread.clear();
    unread.addAll(consumer.assignment());
    consumer.pause(unread);
    begin();
    mustGoBack = false;
    log.info("the store works again; going on from its last commit");
  }

  private void lastCommit() {
    try {
      if (mustGoBack) {
        return;
      }
      if (dirty) {
        settle();
      }
      if (refresher.isOwed()) {
        refresher.begin();
      }
      refresher.await();
    } catch (IOException | KafkaException failed) {
      log.warn("the last commit failed; the next start reads these records again", failed);
    }
  }

  private static String identity(TelemetryRecord record) {
    return record.source() + "-" + record.seq();
  }

  private static @Nullable String source(ConsumerRecord<byte[], byte[]> record) {
    byte[] key = record.key();
    if (key == null) {
      return null;
    }
    String source = new String(key, StandardCharsets.UTF_8);
    return Decoder.isName(source) ? source : null;
  }

  private static @Nullable Long seq(ConsumerRecord<byte[], byte[]> record) {
    Header header = record.headers().lastHeader(Headers.SEQ);
    if (header == null || header.value() == null || header.value().length > 19) {
      return null;
    }
    try {
      long seq = Long.parseLong(new String(header.value(), StandardCharsets.US_ASCII));
      return Decoder.isSeq(seq) ? seq : null;
    } catch (NumberFormatException none) {
      return null;
    }
  }

  /** Partitions come and go; called within a poll, by the loop's thread. */
  private final class Shares implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      // Paused until the loop has asked the store where to begin.
      consumer.pause(partitions);
      unread.addAll(partitions);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      if (dirty && !mustGoBack) {
        try {
          settle();
        } catch (IOException | KafkaException failed) {
          log.warn("what was taken before the partitions moved is read again", failed);
          mustGoBack = true;
        }
      }
      forget(partitions);
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      // Nobody else writes to our store, so there is nothing to lose but the work.
      onPartitionsRevoked(partitions);
    }

    private void forget(Collection<TopicPartition> partitions) {
      partitions.forEach(partition -> {
        readings.remove(partition);
        unread.remove(partition);
        meters.lag().unknown(partition.topic(), partition.partition());
      });
    }
  }
}
